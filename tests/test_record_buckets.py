"""Records in object storage: the same feeds as from a folder."""

import gzip
import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import feedloom
from feedloom.cli.main import main
from feedloom.errors import ExportError, StorageError
from feedloom.records import buckets
from feedloom.storage import objects
from feedloom.storage.objects import Objects
from tests.buckets import SECRET
from tests.conftest import Site, published, record
from tests.test_shards import FIELDS, FORMS, GOOD, as_text, built, expected, lines, problems, text

pytestmark = pytest.mark.long


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that were asked for."""
    found: list[str] = []
    for name in ("get", "chunks"):
        original = getattr(Objects, name)

        def asked(self: Objects, key: str, *more: Any, original: Any = original) -> Any:
            found.append(key)
            return original(self, key, *more)

        monkeypatch.setattr(Objects, name, asked)
    return found


def put_all(url: str, files: dict[str, bytes]) -> None:
    store = Objects(url)
    for key, data in files.items():
        store.put(key, data)


def mixed() -> dict[str, bytes]:
    files = {row["path"]: text(row).encode() for row in FIELDS[:8]}
    for number, form in enumerate(FORMS):
        some = FIELDS[8 + 6 * number : 14 + 6 * number] if number < 4 else FIELDS[32:]
        files[f"shards/part-{number}{form}"] = FORMS[form]([as_text(row) for row in some] if number % 2 else some)
    return files


def test_a_bucket_gives_the_same_bytes(site: Site, tmp_path: Path, s3: str, read: list[str]) -> None:
    files = expected(site)
    put_all(f"{s3}/drafts/records", mixed())
    put_all(s3, {"other/a.md": b"x", "drafts/records2/a.md": b"x", "drafts/records/.hidden/a.md": b"x"})
    put_all(
        f"{s3}/drafts/records", {"_temporary/part.jsonl": b"x", "README.md": b"x", "a.csv": b"x", "node_modules/a.md": b"x"}
    )
    report = built(f"{s3}/drafts/records", tmp_path / "feeds", jobs=1)
    assert (report.records.read, report.problems) == (40, [])
    assert published(tmp_path / "feeds") == files
    assert len(read) == 13
    read.clear()
    assert built(f"{s3}/drafts/records", tmp_path / "feeds", jobs=1).files.written == 0
    assert read == []
    put_all(f"{s3}/drafts/records", {"shards/part-1.ndjson": lines([as_text(row) for row in FIELDS[16:20]])})
    built(f"{s3}/drafts/records", tmp_path / "feeds", jobs=2)
    built(f"{s3}/drafts/records", tmp_path / "fresh", jobs=2)
    assert published(tmp_path / "fresh") == published(tmp_path / "feeds") != files


def test_a_mistyped_bucket_or_prefix_is_told(site: Site, tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write({"a.md": record()})
    put_all(f"{s3}/records", {"a.jsonl": lines(FIELDS[:5])})
    ran = CliRunner().invoke(main, ["check", f"{s3}/recrods"])
    assert f"the settings: records: there is no record file in {s3}/recrods" in ran.stdout
    assert f"Nothing to publish: there is no record file in {s3}/recrods." in ran.stdout
    several = [str(site.records), f"{s3}/recrods", f"{s3}/records", f"{s3}/records/*.parquet"]
    (tmp_path / "feedloom.yaml").write_text(f"site: {{}}\nrecords: {json.dumps(several)}\n")
    ran = CliRunner().invoke(main, ["check", "-c", str(tmp_path / "feedloom.yaml")])
    assert [line.strip() for line in ran.stdout.splitlines() if "there is no" in line] == [
        f"{tmp_path}/feedloom.yaml:2: records: there is no record file in {s3}/{wrong}"
        for wrong in ("recrods", "records/*.parquet")
    ]
    ran = CliRunner().invoke(main, ["build", f"{s3}x/records"])
    assert (ran.exit_code, f"there is no bucket {s3.removeprefix('s3://')}x: correct the URL" in ran.stderr) == (2, True)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{SECRET}:{SECRET}@{host}/x")
        monkeypatch.setattr(objects, "_RETRY_FOR", timedelta(0))
        ran = CliRunner().invoke(main, ["build", str(site.records), "-o", f"{s3}/feeds"])
    assert ran.exit_code == 1
    assert f"{s3}/feeds: the storage does not answer at {host}: check the network and AWS_ENDPOINT_URL\n" in ran.stderr
    assert SECRET not in ran.output


def test_a_copy_of_an_unfinished_export_is_not_read(tmp_path: Path, s3: str) -> None:
    mark = b'{"version":1,"files":{},"unfinished":true}'
    put_all(f"{s3}/drafts", {".feedloom-export": mark, "x/a.jsonl": lines(FIELDS[:5])})
    assert built(f"{s3}/drafts", tmp_path / "feeds").records.read == 5
    put_all(f"{s3}/drafts", {"x/.feedloom-export": mark})
    with pytest.raises(ExportError, match=f"^{s3}/drafts/x: an export to this folder has not finished"):
        built(f"{s3}/drafts", tmp_path / "feeds")
    put_all(f"{s3}/drafts", {"x/.feedloom-export": mark.replace(b"true", b"false")})
    assert built(f"{s3}/drafts", tmp_path / "feeds").records.read == 5


def test_a_copy_is_read_only_if_it_is_complete(site: Site, tmp_path: Path, s3: str) -> None:
    """Copied file by file, in any order, a folder is refused unless it is the one export or the other."""
    site.write({f"{number}.md": record(title=f"T{number}", id=str(number)) for number in range(5)})
    folder, place = tmp_path / "shards", Objects(f"{s3}/x")
    export = ["export", str(folder), "--records", str(site.records), "--shards", "2", "--format", "jsonl"]

    def files() -> dict[str, bytes]:
        assert CliRunner().invoke(main, export).exit_code == 0
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def checked() -> str:
        ran = CliRunner().invoke(main, ["check", f"{s3}/x"])
        return ran.stderr.partition(": is not")[0] if ran.exit_code else ran.stdout.splitlines()[-1]

    put_all(f"{s3}/x", first := files())
    put_all(f"{s3}/x", {"mine.jsonl": lines(FIELDS[1:2])})
    assert checked() == "Would publish 6 of 6 records."
    (site.records / "0.md").unlink()
    second = files()
    changed = sorted(name for name in first if first[name] != second.get(name))
    assert changed == [".feedloom-export", "part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl"]
    for order in (changed, changed[::-1]):
        put_all(f"{s3}/x", first)
        said = []
        for name in order:
            if name in second:
                place.put(name, second[name])
            else:
                place.delete([name])
            said.append(checked())
        assert said[-1] == "Would publish 5 of 5 records."
        assert all(line.startswith(f"feedloom: {s3}/x/part-0000") for line in said[:-1])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_list_of_places(site: Site, tmp_path: Path, s3: str, jobs: int) -> None:
    files = expected(site)
    put_all(f"{s3}/a", {"x.jsonl": lines(FIELDS[:5]), "x.md": b"no record"})
    put_all(f"{s3}/b", {row["path"]: text(row).encode() for row in FIELDS[5:10]})
    put_all(f"{s3}/c", {"x.jsonl": lines(FIELDS[10:15]), "y.jsonl": b"no record"})
    (tmp_path / "few").mkdir()
    (tmp_path / "few/x.csv").write_text("title\nno record")
    (tmp_path / "few/x.json").write_text(json.dumps(FIELDS[15:20]))
    (tmp_path / "few/many.jsonl.gz").write_bytes(gzip.compress(lines(FIELDS[20:25])))
    (tmp_path / "more").mkdir()
    for row in FIELDS[25:]:
        (tmp_path / "more" / row["path"]).parent.mkdir(exist_ok=True)
        (tmp_path / "more" / row["path"]).write_text(text(row))
    (tmp_path / "feedloom.yaml").write_text(
        f"records: ['{s3}/a/*.jsonl', '{s3}/b', '{s3}/c/x.jsonl', few/x.json, 'few/*.gz', more]\n"
        "output: feeds\nsite: {url: 'https://f.example/'}\n"
    )
    report = feedloom.build(feedloom.load_config(str(tmp_path / "feedloom.yaml"), jobs=jobs), force=True)
    assert (report.records.read, report.problems) == (40, [])
    assert published(tmp_path / "feeds") == files


def test_problems_name_the_object(tmp_path: Path, s3: str) -> None:
    bad = {**GOOD, "title": ""}
    put_all(s3, {"a.md": b"---\ntitle: A\n---\n", "b.jsonl": lines([GOOD, bad]), "c.jsonl.gz": b"x", "d.parquet": b"x"})
    report = built(s3, tmp_path / "feeds")
    assert [problem.partition(" is ")[0].partition(" cannot ")[0] for problem in problems(report, tmp_path)] == [
        f"{s3}/a.md:2: publishedDateTime:",
        f"{s3}/b.jsonl:2: title:",
        f"{s3}/c.jsonl.gz:",
        f"{s3}/d.parquet:",
    ]


def test_many_objects_are_told(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "_MANY", 3)
    put_all(s3, {row["path"]: text(row).encode() for row in FIELDS[:4]})
    report = built(s3, tmp_path / "feeds")
    assert str(report.problems[0]).startswith(f"{s3}: has 4 objects with one record each: shards are read")


def test_an_object_that_is_gone_is_rejected(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_all(s3, {"a.md": text(FIELDS[1]).encode(), "b.jsonl": lines([GOOD])})
    scan_objects = buckets.scan_objects

    def scanned(url: str, *more: Any) -> Any:
        found = scan_objects(url, *more)
        Objects(url).delete(["a.md", "b.jsonl"])
        return found

    monkeypatch.setattr(buckets, "scan_objects", scanned)
    report = built(s3, tmp_path / "feeds", jobs=1)
    assert (report.records.rejected, report.records.published) == (2, 0)
    assert all("No such file" in str(problem) for problem in report.problems)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ("s3://no-such-bucket/x", "there is no bucket no-such-bucket"),
        ("s3://user:password@bucket/x", "contains a user name"),
        ("ftp://bucket/x", "ftp:// is not supported"),
        ("s3://bucket/x?key=1", "contains a user name, ? or #"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, s3: str, records: str, said: str) -> None:
    ran = CliRunner().invoke(main, ["build", records, "-o", str(tmp_path / "feeds")])
    assert ran.exit_code == 2
    assert said in ran.output
    assert "password" not in ran.output
    assert SECRET not in ran.output


def test_an_url_of_a_folder(site: Site, tmp_path: Path) -> None:
    files = expected(site)
    built(f"file://{site.records}", tmp_path / "feeds")
    assert published(tmp_path / "feeds") == files


def test_objects_are_not_watched(tmp_path: Path, s3: str) -> None:
    (tmp_path / "feedloom.yaml").write_text(f"records: {s3}/records\n")
    ran = CliRunner().invoke(main, ["serve", "--watch", "-c", str(tmp_path / "feedloom.yaml"), str(tmp_path / "feeds")])
    assert (ran.exit_code, f"--watch needs all records in local folders, not in {s3}/records" in ran.output) == (2, True)


def test_a_server_that_fails_stops_the_build(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_all(s3, {"a.md": text(FIELDS[1]).encode(), "b.jsonl": lines([GOOD])})
    built(s3, tmp_path / "feeds", jobs=1)
    before = published(tmp_path / "feeds")
    put_all(s3, {"a.md": text(FIELDS[2]).encode(), "b.jsonl": lines([GOOD, GOOD])})

    def fails(self: Objects, *_: Any) -> Any:
        raise StorageError("s3://bucket/a.md: the storage answers 503 SlowDown; try again later")

    for name in ("get", "chunks"):
        with monkeypatch.context() as patched:
            patched.setattr(Objects, name, fails)
            with pytest.raises(StorageError, match="503"):
                built(s3, tmp_path / "feeds", jobs=1)
        assert published(tmp_path / "feeds") == before
