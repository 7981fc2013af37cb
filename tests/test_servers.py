"""The settings in deploy/ make real web servers publish feeds as readers need them."""

import contextlib
import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from urllib.request import urlopen

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from click.testing import CliRunner

import feedloom
from feedloom.cli.init import servers
from feedloom.cli.main import main
from feedloom.config.load import load
from feedloom.config.settings import Config, Site
from feedloom.errors import ConfigError
from tests.conftest import record
from tests.programs import needs
from tests.servers import conformance
from tests.servers.conformance import Target

pytestmark = pytest.mark.once

HUB = "https://hub.example.com/"
BROTLI = "ngx_http_brotli_static_module.so", "ngx_http_brotli_filter_module.so"
MODULES = Path("/usr/lib/nginx/modules")


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    """A site with a renamed topic, a topic beyond ASCII, and compressed files beside all others."""
    with tempfile.TemporaryDirectory(prefix="feedloom-servers-") as place:  # pytest's own folders are for one user alone
        folder = Path(place)
        folder.chmod(0o755)
        publish(folder)
        yield folder


def publish(folder: Path, base: str = "feeds", more: str = "") -> None:
    (folder / "records").mkdir()
    for number in range(30):
        text = record(title=f"Article {number}", webUrl=f"https://example.org/{number}", topics="[AI, Größe, C++]")
        (folder / "records" / f"{number}.md").write_text(text)
    (folder / "feedloom.yaml").write_text(
        "records: records\noutput: feeds\n"
        f"site:\n  url: https://example.com/{base}/\n  hub: {HUB}\n{more}"
        "topics:\n  AI:\n    aliases: [Artificial Intelligence, Künstliche Intelligenz]\n"
        "also: {feed.xml: all.rss, old/feed: topics/grösse.atom}\n"
    )
    config = load(str(folder / "feedloom.yaml"))
    feedloom.build(config)
    for path in list((folder / "feeds").rglob("*")):
        if path.is_file() and ".feedloom" not in path.parts:
            data = path.read_bytes()
            Path(f"{path}.gz").write_bytes(gzip.compress(data, mtime=0))
            Path(f"{path}.br").write_bytes(brotli.compress(data))
            Path(f"{path}.zst").write_bytes(zstandard.compress(data))


def settings(site: Path, server: str) -> str:
    return servers.settings(server, servers.site_of(load(str(site / "feedloom.yaml"))))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A server in the foreground, until it is stopped by its own pid."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as server:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if server.poll() is not None:
                    pytest.fail(server.communicate()[0])
                time.sleep(0.05)
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(5)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)  # its session is its own: what it started goes with it


def conforms(site: Path, port: int, *lacks: str) -> None:
    target = Target(
        address=f"http://127.0.0.1:{port}/feeds/",
        folder=site / "feeds",
        hub=HUB,
        moved=("topics/k%C3%BCnstliche-intelligenz.atom", "topics/ai.atom"),
        lacks=frozenset(lacks),
    )
    failures = conformance.run(target)
    assert not failures, "\n".join(f"{name}: {why}" for name, why in failures.items())
    for path, feed, name in (("feed.xml", "all.rss", "rss"), ("old/feed", "topics/gr%C3%B6sse.atom", "atom")):
        with urlopen(target.address + path) as answer:
            assert answer.headers["Content-Type"] == f"application/{name}+xml; charset=utf-8"
            assert answer.read() == (site / "feeds" / path).read_bytes()
            if "link_to_itself" not in lacks:
                own = f'<https://example.com/feeds/{feed}>; rel="self", <{HUB}>; rel="hub"'
                assert ", ".join(answer.headers.get_all("Link")) == own


@pytest.mark.parametrize("server", servers.SERVERS)
def test_the_command_fills_in_the_site(site: Path, server: str) -> None:
    ran = CliRunner().invoke(main, ["init", "--server", server, str(site)])
    assert (ran.exit_code, ran.stdout) == (0, settings(site, server))
    root = "" if server in ("htaccess", "lighttpd-lua") else f"{site}/feeds/"
    for value in ("/feeds/", root, *(() if server == "lighttpd-lua" else (HUB, "topics/ai."))):
        assert value in ran.stdout


def test_what_the_command_needs(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["init", "--server", "nginx", str(tmp_path)])
    assert (ran.exit_code, "feedloom.yaml: is not there" in ran.stderr) == (2, True)
    (tmp_path / "feedloom.yaml").write_text("limit: 5\n")
    ran = CliRunner().invoke(main, ["init", "--server", "nginx", str(tmp_path)])
    assert (ran.exit_code, ran.stdout, "site.url: is not set" in ran.stderr) == (2, "", True)


@pytest.mark.parametrize("output", ["a b", "$uri", "a;b", "a{b}", 'a"b', "%{x}", "a\nb"])
def test_what_a_server_would_misread_is_refused(output: str) -> None:
    config = Config(output=output, site=Site(url="https://example.com/feeds/"))
    with pytest.raises(ConfigError, match="output: "):
        servers.site_of(config)


def test_caddy_gets_no_certificate_for_a_site_without_tls() -> None:
    found = servers.settings("caddy", servers.site_of(Config(site=Site(url="http://example.com:8080/feeds/"))))
    assert "\nhttp://example.com:8080 {\n" in found


HAS_BROTLI = all((MODULES / name).exists() for name in BROTLI)


def nginx(text: str, place: Path, port: int) -> list[str]:
    if HAS_BROTLI:
        text = text.replace("#brotli", "brotli")
    (place / "feedloom.conf").write_text(text)
    places = "".join(f"{kind}_temp_path {place}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    modules = "".join(f"load_module {MODULES / name};\n" for name in BROTLI) if HAS_BROTLI else ""
    user = "user root;\n" if os.getuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{modules}{user}pid {place}/pid;\nerror_log {place}/error.log;\ndaemon off;\nevents {{ }}\n"
        f"http {{ access_log off; {places}\n"
        f"server {{ listen 127.0.0.1:{port}; include {place}/feedloom.conf; }} }}\n"
    )
    command = [shutil.which("nginx") or "nginx", "-c", str(place / "nginx.conf")]
    assert "[warn]" not in subprocess.run([*command, "-t"], capture_output=True, text=True, check=True).stderr
    return command


def caddy(text: str, place: Path, port: int) -> list[str]:
    assert "\nexample.com {" in text
    text = text.replace("\nexample.com {", f"\nhttp://127.0.0.1:{port} {{").replace(
        "{\n\tservers", "{\n\tadmin off\n\tservers", 1
    )
    (place / "Caddyfile").write_text(text)
    return ["caddy", "run", "--config", str(place / "Caddyfile"), "--adapter", "caddyfile"]


APACHE = """\
ServerName localhost
ServerRoot {root}
PidFile {place}/pid
ErrorLog {place}/error.log
Listen 127.0.0.1:{port}
Mutex file:{place}
{modules}
TypesConfig /etc/mime.types
User www-data
Group www-data
DocumentRoot {place}/nothing
"""


def apache(text: str, place: Path, port: int) -> list[str]:
    names = ["mpm_event", "authz_core", "alias", "mime", "dir", "headers", "rewrite", "setenvif", "reqtimeout"]
    folder = next(path for path in (Path("/usr/lib/apache2/modules"),) if path.exists())
    modules = "\n".join(f"LoadModule {name}_module {folder}/mod_{name}.so" for name in names)
    (place / "nothing").mkdir()
    (place / "apache.conf").write_text(APACHE.format(root=place, place=place, port=port, modules=modules) + text)
    return [shutil.which("apache2") or "apache2", "-f", str(place / "apache.conf"), "-D", "FOREGROUND"]


def lighttpd(text: str, place: Path, port: int) -> list[str]:
    (place / "feedloom.conf").write_text(text)
    (place / "lighttpd.conf").write_text(
        f'server.document-root = "{place}"\nserver.port = {port}\nserver.bind = "127.0.0.1"\n'
        f'server.errorlog = "{place}/error.log"\nserver.modules = ()\ninclude "{place}/feedloom.conf"\n'
    )
    return [shutil.which("lighttpd") or "lighttpd", "-D", "-f", str(place / "lighttpd.conf")]


COMMANDS = {"nginx": nginx, "caddy": caddy, "apache": apache, "lighttpd": lighttpd}
LACKS = {
    "nginx": ["zstd_and_304", *([] if HAS_BROTLI else ["br_and_304"])],
    "caddy": [],
    "apache": ["zstd_and_304"],
    "lighttpd": ["zstd_and_304", "gzip_refused_by_q", "link_to_itself", "a_header_byte_by_byte"],
}
EACH = [pytest.param(name, marks=needs("apache2" if name == "apache" else name)) for name in COMMANDS]


@pytest.mark.parametrize("server", EACH)
def test_server(site: Path, tmp_path: Path, server: str) -> None:
    port = free_port()
    with running(COMMANDS[server](settings(site, server), tmp_path, port), port):
        conforms(site, port, *LACKS[server])


@needs("apache2")
def test_apache_with_htaccess(site: Path, tmp_path: Path) -> None:
    port = free_port()
    feeds = site / "feeds"
    (feeds / ".htaccess").write_text(settings(site, "htaccess"))
    more = (
        "RequestReadTimeout header=5-10,MinRate=500\n"
        f'Alias "/feeds/" "{feeds}/"\n<Directory "{feeds}">\nRequire all granted\nOptions FollowSymLinks\n'
        "AllowOverride All\n</Directory>\n"
    )
    try:
        with running(apache(more, tmp_path, port), port):
            conforms(site, port, *LACKS["apache"])
    finally:
        (feeds / ".htaccess").unlink()


LUA = Path("/usr/lib/lighttpd/mod_magnet.so")


@needs("lighttpd")
@pytest.mark.skipif(not LUA.exists(), reason="Debian's lighttpd-modules-lua is not installed")
@pytest.mark.parametrize("path", ["feeds", "größe"])
def test_lighttpd_with_lua(request: pytest.FixtureRequest, tmp_path: Path, path: str) -> None:
    port = free_port()
    site: Path = request.getfixturevalue("site" if path == "feeds" else "elsewhere")
    (tmp_path / "feedloom.lua").write_text(settings(site, "lighttpd-lua"))
    text = settings(site, "lighttpd").replace("#server.modules", "server.modules")
    text = text.replace("#magnet.", "magnet.").replace("/etc/lighttpd/feedloom.lua", str(tmp_path / "feedloom.lua"))
    with running(lighttpd(text, tmp_path, port), port):
        if path == "feeds":
            conforms(site, port, "zstd_and_304", "a_header_byte_by_byte")
        else:
            elsewhere_conforms(site, port, has_links=True, can_compress=True)


def debians_nginx(text: str, place: Path, port: int) -> list[str]:
    own = place / "nginx"
    shutil.copytree("/etc/nginx", own, symlinks=True)
    (own / "snippets" / "feedloom.conf").write_text(text)
    found = re.sub("listen 80 .*;", f"listen 127.0.0.1:{port};", (own / "sites-available" / "default").read_text())
    found = re.sub(r"listen \[::\].*;", "", found).replace(
        "server_name _;", f"server_name _; include {own}/snippets/feedloom.conf;"
    )
    (own / "sites-enabled" / "default").unlink()
    (own / "sites-enabled" / "default").write_text(found)
    main_ = (own / "nginx.conf").read_text().replace("/etc/nginx/", f"{own}/").replace("/run/nginx.pid", f"{place}/pid")
    (own / "nginx.conf").write_text(main_.replace("/var/log/nginx", str(place)) + "daemon off;\n")
    return ["nginx", "-c", str(own / "nginx.conf")]


def debians_apache(text: str, place: Path, port: int) -> list[str]:
    own = place / "apache2"
    shutil.copytree("/etc/apache2", own, symlinks=True)
    (own / "conf-available" / "feedloom.conf").write_text(text)
    (own / "ports.conf").write_text(f"Listen 127.0.0.1:{port}\n")
    for enabled, available in (
        *(("mods-enabled", f"mods-available/{name}.load") for name in ("headers", "rewrite")),
        ("conf-enabled", "conf-available/feedloom.conf"),
    ):
        (own / enabled / Path(available).name).symlink_to(f"../{available}")
    site = own / "sites-available" / "000-default.conf"
    site.write_text(site.read_text().replace("*:80", f"*:{port}"))
    (own / "apache2.conf").write_text(f"ServerName localhost\n{(own / 'apache2.conf').read_text()}")
    names = {"RUN_USER": "www-data", "RUN_GROUP": "www-data", "PID_FILE": f"{place}/pid"}
    names |= dict.fromkeys(("RUN_DIR", "LOCK_DIR", "LOG_DIR"), str(place))
    variables = [f"APACHE_{name}={value}" for name, value in names.items()]
    return ["env", *variables, "apache2", "-d", str(own), "-f", str(own / "apache2.conf"), "-D", "FOREGROUND"]


def debians_lighttpd(text: str, place: Path, port: int) -> list[str]:
    own = place / "lighttpd"
    shutil.copytree("/etc/lighttpd", own, symlinks=True)
    (own / "conf-enabled" / "60-feedloom.conf").write_text(text)
    found = (own / "lighttpd.conf").read_text().replace("/etc/lighttpd/", f"{own}/")
    found = found.replace('server.username             = "www-data"', "").replace(
        'server.groupname            = "www-data"', ""
    )
    found = re.sub("server.port .*", f'server.port = {port}\nserver.bind = "127.0.0.1"', found)
    for name in ("/var/log/lighttpd", "/var/cache/lighttpd/uploads", "/run/lighttpd.pid"):
        found = found.replace(name, str(place / "lighttpd.pid" if name.endswith("pid") else place))
    found = re.sub("include_shell .*use-ipv6.*", "", found)
    (own / "lighttpd.conf").write_text(found)
    return ["lighttpd", "-D", "-f", str(own / "lighttpd.conf")]


@needs("nginx")
def test_nginx_in_front_of_feedloom(site: Path, tmp_path: Path) -> None:
    """The settings in docs/serving.md: they limit filters, and nothing else."""
    text = (Path(__file__).parents[1] / "docs" / "serving.md").read_text()
    found = text.partition("For nginx, in a file in")[2].partition("With `--access-log")[0]
    blocks = ["\n".join(re.findall("(?m)^    (.*)$", part)) for part in found.split("and in the server block:")]
    port, behind = free_port(), free_port()
    http = blocks[0] + f"\nserver {{ listen 127.0.0.1:{port}; {blocks[1].replace('8000', str(behind))} }}"
    command = nginx("", tmp_path, port)
    whole = (tmp_path / "nginx.conf").read_text().partition("\nserver {")[0]
    (tmp_path / "nginx.conf").write_text(f"{whole}\n{http}\n}}\n")
    given = ["-c", str(site / "feedloom.yaml"), "--bind", f"127.0.0.1:{behind}", "--filters"]
    with running([sys.executable, "-m", "feedloom", "serve", *given], behind), running(command, port):
        target = Target(f"http://127.0.0.1:{port}/feeds/", site / "feeds")
        assert {conformance.ask(target, "all.atom").status for _ in range(40)} == {200}
        statuses = [conformance.ask(target, f"topics/ai+c-plus-plus.atom?limit={limit}").status for limit in range(1, 81)]
        assert (statuses[0], set(statuses) <= {200, 429}, 429 in statuses) == (200, True, True)
        assert conformance.ask(target, "all.atom").status == 200


DEBIANS = {"nginx": debians_nginx, "apache": debians_apache, "lighttpd": debians_lighttpd}


@pytest.mark.parametrize("server", [one for one in EACH if one.values[0] in DEBIANS])
def test_server_within_debians_own_settings(site: Path, tmp_path: Path, server: str) -> None:
    """As the documentation says: the settings in their place, and all others as the package has them."""
    if not Path("/etc", {"apache": "apache2"}.get(server, server)).is_dir():
        pytest.skip("not Debian's package")
    port = free_port()
    lacks = [*LACKS[server], "a_header_byte_by_byte", *(["br_and_304"] if server == "nginx" else [])]
    if server == "apache":  # it has pages of its own, and 150 places for clients
        lacks += ["a_request_that_is_none", "many_half_open_connections"]
    tmp_path.chmod(0o755)
    with running(DEBIANS[server](settings(site, server), tmp_path, port), port):
        conforms(site, port, *lacks)
        plain = site / "feeds" / "plain.rss"
        plain.write_bytes((site / "feeds" / "all.rss").read_bytes())  # mod_deflate compresses what is not compressed yet
        target = Target(f"http://127.0.0.1:{port}/feeds/", site / "feeds")
        tag = conformance.ask(target, plain.name, Accept_Encoding="gzip")["etag"]
        assert conformance.ask(target, plain.name, Accept_Encoding="gzip", If_None_Match=tag).status == 304
        plain.unlink()


ELSEWHERE = "/gr%C3%B6%C3%9Fe/"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """A site below a path beyond ASCII, whose owner has an index page of another name, with renamed topics."""
    with tempfile.TemporaryDirectory(prefix="feedloom-servers-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        publish(folder, "größe", "pages: {index: all-feeds.html}\n")
        yield folder


def elsewhere_conforms(site: Path, port: int, *, has_links: bool, can_compress: bool) -> None:
    target = Target(address=f"http://127.0.0.1:{port}{ELSEWHERE}", folder=site / "feeds")
    feeds = site / "feeds"
    for path, file in (("", "all-feeds.html"), ("all.atom", "all.atom"), ("topics/gr%C3%B6sse.rss", "topics/grösse.rss")):
        answer = conformance.ask(target, path)
        assert (answer.status, answer.body) == (200, (feeds / file).read_bytes()), path
    if has_links:
        own = f'<https://example.com{ELSEWHERE}all.atom>; rel="self"'
        assert own in conformance.ask(target, "all.atom")["link"]
    for path in ("topics/k%C3%BCnstliche-intelligenz.atom", "topics/artificial-intelligence.rss"):
        answer = conformance.ask(target, path)
        assert answer.status == 301
        assert unquote(urlsplit(answer["location"]).path) == f"/größe/topics/ai{path[path.rindex('.') :]}"
    for path, feed in (("feed.xml", "all.rss"), ("old/feed", "topics/grösse.atom")):
        answer = conformance.ask(target, path, Accept_Encoding="gzip")
        assert conformance.decoded(answer) == (feeds / path).read_bytes()
        assert answer["content-type"] == f"application/{feed.rpartition('.')[2]}+xml; charset=utf-8"
        assert ("content-encoding" in answer.headers) == can_compress, path
        preflight = conformance.ask(target, path, "OPTIONS", Origin="https://reader.example")
        assert preflight.status in (200, 204), path
        assert "if-none-match" in preflight["access-control-allow-headers"].lower()
        if has_links:
            own = f'<https://example.com{ELSEWHERE}{quote(feed)}>; rel="self"'
            assert own in answer["link"]
    assert "access-control-allow-headers" in conformance.ask(target, "catalog.json", "OPTIONS").headers


@pytest.mark.parametrize("server", EACH)
def test_server_elsewhere(elsewhere: Path, tmp_path: Path, server: str) -> None:
    port = free_port()
    with running(COMMANDS[server](settings(elsewhere, server), tmp_path, port), port):
        elsewhere_conforms(elsewhere, port, has_links=server != "lighttpd", can_compress=True)


def test_feedloom_elsewhere(elsewhere: Path) -> None:
    port = free_port()
    given = ["-c", str(elsewhere / "feedloom.yaml"), "--bind", f"127.0.0.1:{port}", "--redirect-aliases"]
    with running([sys.executable, "-m", "feedloom", "serve", *given], port):
        elsewhere_conforms(elsewhere, port, has_links=True, can_compress=True)


@pytest.mark.parametrize("options", [[], ["--workers", "2", "--filters"]])
def test_feedloom_itself(site: Path, options: list[str]) -> None:
    port = free_port()
    given = ["-c", str(site / "feedloom.yaml"), "--bind", f"127.0.0.1:{port}", "--redirect-aliases", *options]
    with running([sys.executable, "-m", "feedloom", "serve", *given], port):
        conforms(site, port, *(["a_query_changes_nothing"] if "--filters" in options else []))
