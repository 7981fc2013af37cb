"""Object storage: URLs, requests and their errors. The storage is moto, and folders."""

import os
import pickle
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from feedloom.errors import ConfigError, StorageError
from feedloom.storage.objects import ABSENT, ConditionError, Mark, Objects, Upload
from feedloom.values import object_urls
from tests import buckets


@pytest.mark.parametrize(
    ("text", "shown", "prefix"),
    [
        ("s3://bucket", "s3://bucket", ""),
        ("s3://bucket/", "s3://bucket", ""),
        ("S3://bucket/a/b/", "s3://bucket/a/b", "a/b"),
        ("gs://my.bucket/a%20b", "gs://my.bucket/a%20b", "a%20b"),
        ("az://container/über uns", "az://container/über uns", "über uns"),
        ("file:///srv/feeds/", "file:///srv/feeds", "/srv/feeds"),
    ],
)
def test_urls(text: str, shown: str, prefix: str) -> None:
    found = object_urls.parsed(text)
    assert (str(found), found.prefix) == (shown, prefix)
    assert object_urls.is_url(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("feeds", "is not an URL"),
        ("http://example.org/feeds", "http:// is not supported"),
        ("s3://", "names no valid bucket"),
        ("s3://bucket:80/x", "names no valid bucket"),
        ("s3://key:secret@bucket/x", "contains a user name"),
        ("s3://bucket/x?key=secret", "contains a user name"),
        ("s3://bucket/x#secret", "contains a user name"),
        ("s3://bucket/a//b", "contains //"),
        ("s3://bucket/../b", "contains //"),
        ("s3://bucket/a\nb", "control character"),
        ("file://host/srv", "is not a local folder"),
        ("file:///", "is not a local folder"),
    ],
)
def test_urls_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        object_urls.parsed(text)
    assert "secret" not in str(refused.value)
    with pytest.raises(ConfigError, match=message):
        Objects(text)


@pytest.fixture(params=["s3", "file"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    url = request.getfixturevalue("s3") + "/a/prefix" if request.param == "s3" else f"file://{tmp_path}/objects"
    opened: Objects = pickle.loads(pickle.dumps(Objects(url)))
    return opened


def test_what_is_put_can_be_read_in_parts(objects: Objects) -> None:
    key = "topics/c++ ü~%41.atom"
    mark = objects.put(key, b"hello", {"Content-Type": "application/atom+xml; charset=utf-8"})
    found = objects.get(key)
    assert found is not None
    assert found[:2] == (b"hello", mark)
    assert objects.get("topics") is None
    assert objects.get_range(key, 1, 2) == b"el"
    assert objects.get_range(key, 3, 100) == b"lo"
    assert objects.get_end(key, 3) == b"llo"
    assert list(objects.chunks(key, 2)) == [b"he", b"ll", b"o"]


def test_objects_are_listed_and_deleted(objects: Objects) -> None:
    marks = dict(objects.put_all(Upload(f"{number % 3}/{number}", b"x" * number) for number in range(100)))
    listed = {found.key: found for found in objects.list()}
    assert {key: found.mark.tag for key, found in listed.items()} == {key: mark.tag for key, mark in marks.items()}
    assert {found.size for found in listed.values()} == set(range(100))
    assert {found.key for found in objects.list("1")} == {f"1/{number}" for number in range(1, 100, 3)}
    objects.delete([*marks, "nothing/here"])
    assert not list(objects.list())
    objects.delete([])


def test_a_condition_that_is_not_met(s3: str) -> None:
    objects = Objects(s3)
    first = objects.put("lock", b"one", condition=ABSENT)
    with pytest.raises(ConditionError, match=f"{s3}/lock: was changed by somebody else"):
        objects.put("lock", b"two", condition=ABSENT)
    second = objects.put("lock", b"two", condition=first)
    with pytest.raises(ConditionError):
        objects.put("lock", b"three", condition=first)
    # As if the answer to the request had been lost, and obstore had repeated it.
    assert objects.put("lock", b"two", condition=first) == second
    with pytest.raises(StorageError):
        objects.put("other", b"new", condition=Mark('"never"'))


def test_an_object_that_changes_while_it_is_read(s3: str) -> None:
    objects = Objects(s3)
    objects.put("shard", b"old" * 10)
    pieces = objects.chunks("shard", 3)
    assert next(pieces) == b"old"
    objects.put("shard", b"new" * 10)
    with pytest.raises(ConditionError):
        list(pieces)


def test_errors_name_place_and_cure(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageError, match=f"^{s3}/nothing: there is no such object$"):
        Objects(s3).get_end("nothing", 1)
    for use in (
        lambda objects: objects.get("a"),
        lambda objects: objects.put("a", b""),
        lambda objects: list(objects.list()),
        lambda objects: objects.delete(["a"]),
        lambda objects: list(objects.put_all([Upload("a", b"")])),
    ):
        with pytest.raises(ConfigError, match=r"^s3://none/at/all: there is no bucket none: correct the URL") as refused:
            use(Objects("s3://none/at/all"))
        assert "<" not in str(refused.value)
        assert refused.value.__suppress_context__
    for module in ("obstore", "obstore.store"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=r"needs the package obstore: pip install 'feedloom\[objects\]'$"):
        Objects(s3)


def test_a_request_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for name, value in buckets.s3(f"http://127.0.0.1:{silent.getsockname()[1]}").environment.items():
            monkeypatch.setenv(name, value)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            Objects("s3://bucket").get("key")
        timer.join()
