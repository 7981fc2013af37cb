"""What authors write harms nobody: not the subscribers' readers, and not the machine that builds.

SECURITY.md says what is promised to whom.
"""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest

import feedloom
from tests.conftest import NOW, Site, record
from tests.programs import needs
from tests.readers import PARAMETERS, READERS, served

VECTORS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<script\n>alert(1)</script >",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)",
    "<img/src=`x`onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img src=javascript:alert(1)>",
    "<img src='jav\tascript:alert(1)'>",
    "<image href=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==></object>",
    "<embed src=//x.example/x.swf>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='&#106;&#97;vascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href=data:text/html,<script>alert(1)</script>>x</a>",
    "<a href=vbscript:msgbox(1)>x</a>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<base href=//x.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//x.example/x.css>",
    "<style>@import '//x.example/x.css';</style>",
    "<div style='background:url(javascript:alert(1))'>",
    "<div style=width:expression(alert(1))>",
    "<table background=javascript:alert(1)>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<x onclick=alert(1) tabindex=1>x</x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "&#0000060script>alert(1)</script>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<\x00script>alert(1)</script>",
    "]]><script>alert(1)</script><![CDATA[",
    "<![CDATA[<script>alert(1)</script>]]>",
    "--><script>alert(1)</script><!--",
    "<!--><script>alert(1)</script>-->",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<xsl:script xmlns:xsl='x'>alert(1)</xsl:script>",
    "</title></channel><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    '" onmouseover="alert(1)" x="',
    "` onmouseover=alert(1) `",
    "javascript:alert(1)",
    "JaVaScRiPt&colon;alert(1)",
    "javascript&#58;alert(1)//https://x.example/",
    "data:text/html,<script>alert(1)</script>",
    "//x.example/x.js",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "{% raw %}<script>alert(1)</script>{% endraw %}",
]

# What docs/feeds.md says of an entry's content, and nothing else.
SHOWN = {
    ("figure", ()),
    ("p", ()),
    ("p", ("dir",)),
    ("ul", ()),
    ("li", ()),
    ("li", ("dir",)),
    ("img", ("alt", "src")),
    ("img", ("alt", "height", "src", "width")),
    ("a", ("href",)),
}
# A reader may say how its links open.
_OF_READERS = {"rel", "target"}


def elements(text: str) -> set[tuple[str, tuple[str, ...]]]:
    """The elements that a browser makes of a text, with the names of their attributes, and odd links.

    The text may stand before others, which close what it leaves open.
    """
    found = set()
    for element in html5lib.parseFragment(f"{text} >", treebuilder="etree", namespaceHTMLElements=False).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        name = element.tag if isinstance(element.tag, str) else "comment"
        odd = [
            f"{attribute}={value}"
            for attribute, value in element.attrib.items()
            if attribute in ("href", "src") and not re.match("https?://", value)
        ]
        found.add((name, (*sorted(set(element.attrib) - _OF_READERS), *odd)))
    return found


def text_of(value: str) -> str:
    """A value of YAML that stands for any text."""
    return json.dumps(value)


def hostile(number: int, vector: str) -> str:
    """A record with a vector in each of its fields; its own address is sound, or it would be left out."""
    text = text_of(f"T{number} {vector}")
    bare = text_of(vector)
    inside = text_of(f"https://e.example/{number}/{vector}")
    image = f"[{{url: {bare}}}, {{url: {inside}, width: 3, height: 2}}]"
    return (
        record(
            title=text,
            webUrl=f"https://e.example/{number}",
            excerpt=text,
            category=text,
            type=text,
            ampWebUrl=inside,
            cdnAmpWebUrl=bare,
            featuredContent=bare,
            topics=f"[{text}, {bare}]",
            provider=f"{{name: {text}, domain: p{number}.example, images: {image}}}",
            images=image,
            related=f"[{{title: {text}, excerpt: {text}, webUrl: {inside}, provider: {{name: {text}}}, images: {image}}}, "
            f"{{title: {text}, webUrl: {bare}}}, {{title: {text}, webUrl: 'https://r.example/{number}'}}]",
        )
        + vector
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "records").mkdir()
    for number, vector in enumerate(VECTORS):
        (folder / "records" / f"{number}.md").write_text(hostile(number, vector))
    with served(folder / "public") as base:
        config = feedloom.load_config(
            records=str(folder / "records"), output=str(folder / "public"), limit=len(VECTORS), site__url=base
        )
        assert feedloom.build(config, now=NOW).records.published == len(VECTORS)
        yield base


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
@pytest.mark.parametrize("name", PARAMETERS)
def test_no_mark_up_of_a_record_reaches_a_reader(server: str, name: str, format: str) -> None:
    entries = READERS[name](f"{server}all.{format}")
    assert len(entries) == len(VECTORS) or (format == "json" and name in ("feedparser", "node-feedparser", "newsboat", "sfeed"))
    for entry in entries:
        related = [text for link in entry.related or () for text in link]
        for text in (entry.feed, entry.title, entry.author, entry.summary, *(entry.categories or ()), *related):
            assert elements(text or "") == set(), text
        assert elements(entry.content or "") <= SHOWN, entry.content
        for url in (entry.id, entry.link, entry.image, *(url for url, _ in entry.related or ())):
            assert re.fullmatch(r"https://[^\s\"<>`]+", url or "https://-"), url


@pytest.mark.parametrize("vector", [vector for vector in VECTORS if re.search("<[a-zA-Z]", vector)])
def test_such_mark_up_would_be_seen(vector: str) -> None:
    # The standard's parser drops what belongs into a head or a table, as a browser does.
    assert not elements(f"<p>{vector}") <= SHOWN or re.match("<(body|xsl)", vector)


def test_what_is_no_file_is_not_opened(site: Site) -> None:
    """It would be waited for without end, or act when it is opened. Its name is told."""
    special = {"fifo.md": "file-not-regular", "socket.md": "file-not-regular", "zero.md": "link-outside"}
    os.mkfifo(site.records / "fifo.md")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(site.records / "socket.md"))
        os.symlink("/dev/zero", site.records / "zero.md")
        os.symlink("fifo.md", site.records / "to-fifo.md")
        special["to-fifo.md"] = "file-not-regular"
        os.symlink("b.md", site.records / "a.md")
        os.symlink("a.md", site.records / "b.md")
        special |= {"a.md": "link-broken", "b.md": "link-broken"}
        os.symlink(".", site.records / "again")
        if os.geteuid() == 0:
            os.mknod(site.records / "full.md", 0o666 | stat.S_IFCHR, os.makedev(1, 7))
            special["full.md"] = "file-not-regular"
        site.write({"good.md": record()})
        ran = watched(site, "open")
    opened = {os.path.basename(path) for path in ran}
    assert "good.md" in opened
    assert not opened & {*special, "again"}
    report = site.build()
    told = {os.path.basename(problem.path): problem.code for problem in report.problems}
    assert told == special
    assert report.records.published == 1


def test_no_connection_is_opened(site: Site) -> None:
    """Not for images, links, related articles, nor for what XML and YAML could name; not by processes that share the work."""
    external = "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'><link href='http://127.0.0.1:9/'>"
    site.write({f"{n}.md": hostile(n, f"{external} {n}").replace("https://", "http://127.0.0.1:9/") for n in range(400)})
    assert watched(site, "socket.") == []


def test_a_connection_would_be_seen(site: Site) -> None:
    site.write({"a.md": record()})
    code = "from feedloom.records import parse; import socket\nreal = parse.reading\n"
    code += "def reading(*given): socket.socket().close(); return real(*given)\nparse.reading = reading\n"
    assert "socket.__new__" in watched(site, "socket.", code)


@needs("strace")
def test_the_system_is_asked_for_no_connection(site: Site) -> None:
    """The libraries in C, too, which Python's audit does not see."""
    site.write({f"{n}.md": hostile(n, VECTORS[n % len(VECTORS)]) for n in range(20)})
    log = site.records.parent / "calls"
    command = ["strace", "-f", "-e", "trace=network", "-e", "signal=none", "-o", str(log)]
    subprocess.run([*command, sys.executable, "-m", "feedloom", *places(site)], check=True, capture_output=True)
    calls = log.read_text()
    assert "exited with 0" in calls
    assert re.findall(r"\b(?:socket|connect|sendto|bind)\(.*", calls) == []
    subprocess.run([*command, sys.executable, "-c", "import socket; socket.socket()"], check=True)
    assert "socket(AF_INET" in log.read_text()


def places(site: Site) -> list[str]:
    return ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "-q", "--force", "--jobs", "2"]


def watched(site: Site, event: str, code: str = "") -> list[str]:
    """The events of a kind (PEP 578) in a build, and in the processes that it forks; of `open`, the files."""
    log = site.records.parent / "events"
    program = (
        "import os, sys\n"
        f"log = os.open({str(log)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC)\n"
        f"{code}"
        "def hook(event, given):\n"
        f"    if event.startswith({event!r}):\n"
        "        what = os.fsdecode(given[0]) if event == 'open' and isinstance(given[0], (str, bytes)) else event\n"
        "        os.write(log, what.encode('utf-8', 'replace') + b'\\n')\n"
        "sys.addaudithook(hook)\n"
        "from feedloom.cli.main import main\n"
        f"main({places(site)!r})\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return log.read_text().splitlines()


# Each is repeated to just below the limit of a file.
ENDLESS: dict[str, tuple[str, str, str]] = {
    "nested lists": ("x: ", "[", ""),
    "closed brackets": ("x: ", "]", ""),
    "nested mappings": ("x: ", "{a: ", ""),
    "nested blocks": ("x:", "\n- -", ""),
    "quotes": ("x: ", "'", ""),
    "keys": ("", "k: v\n", ""),
    "anchors": ("x: [", "&a b, ", "]"),
    "aliases": ("x: &a b\ny: [", "*a, ", "]"),
    "tags": ("x: ", "!!str ", "a"),
    "comments": ("", "#\n", ""),
    "empty lines": ("x: |\n", "\n", ""),
    "entities": ("title: '", "&amp;", "'"),
    "ampersands": ("title: '", "&", "'"),
    "numbers": ("title: '&#", "9", ";'"),
    "opened tags": ("title: '", "<a ", "'"),
    "angles": ("title: '", "<", "'"),
    "comments in text": ("title: '", "<!--", "'"),
    "quoted attributes": ("title: '", '<a b="', "'"),
    "white space": ('title: "a', "\\t ", 'b"'),
    "combining marks": ("title: 'a", "\u0301", "'"),
    "a URL of slashes": ("webUrl: 'https://e.example", "/", "'"),
    "a URL of dots": ("webUrl: 'https://e.example", "/..", "'"),
    "a URL of percents": ("webUrl: 'https://e.example/", "%", "'"),
    "a host of labels": ("webUrl: 'https://", "a.", "'"),
    "a host of letters": ("webUrl: 'https://", "ü", "/'"),
    "a date of digits": ("publishedDateTime: '", "2", "'"),
    "a date of zones": ("publishedDateTime: '2021-01-01", " +01", "'"),
    "an integer": ("quality: ", "9", ""),
    "topics": ("topics: [", "a, ", "]"),
    "a topic of hyphens": ("topics: ['a", "- ", "b']"),
    "related articles": ("related: [", "{title: a}, ", "]"),
    "lone returns": ("title: a", "\r", ""),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_a_record_without_end_takes_a_bounded_time_and_memory(site: Site, case: str) -> None:
    """A megabyte that is read twice over would take minutes: ten seconds of the processor and 400 MiB are plenty."""
    start, part, end = ENDLESS[case]
    name = start.partition(":")[0]
    others = "".join(f"{line}\n" for line in record().splitlines()[1:-1] if not name or not line.startswith(f"{name}:"))
    room = (1 << 20) - len((others + start + end).encode()) - 100
    matter = f"---\n{others}{start}{part * (room // len(part.encode()))}{end}\n---\n"
    site.write({"endless.md": matter, "good.md": record(webUrl="https://e.example/good")})
    program = (
        "import resource; from feedloom.cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (10, 10))\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\n"
        f"main({[*places(site), '--report', '-']!r})\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    counts: dict[str, Any] = json.loads(ran.stdout)["records"]
    assert counts["read"] == counts["published"] + counts["rejected"] + counts["duplicates"] == 2
    assert counts["published"] >= 1
