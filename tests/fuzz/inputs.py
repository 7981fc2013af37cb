"""What is tried: records, their names and settings, made by chance from a seed."""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests import nasty
from tests.conftest import record
from tests.test_hostile import VECTORS

SEEDS = Path(__file__).parent.parent.parent / "seeds"

PRIVATE = "Zq7Private7qZ"
"""Stands in fields that are never shown, and nowhere else."""


class Case(NamedTuple):
    """The record files of a build by name, its settings, and what changes before the second build: None is a file deleted."""

    records: dict[str, bytes]
    settings: dict[str, Any]
    changes: dict[str, bytes | None]

    @property
    def names(self) -> list[str]:
        """Of all its records."""
        return list(self.records | self.changes)

    def without(self, names: list[str]) -> "Case":
        """The case with fewer records."""
        return self._replace(
            records={name: data for name, data in self.records.items() if name not in names},
            changes={name: data for name, data in self.changes.items() if name not in names},
        )

    def keep(self, folder: Path) -> None:
        """Write it down."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for part, files in (("records", self.records), ("changes", self.changes)):
            for name, data in files.items():
                if data is not None:
                    path = folder / part / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
        deleted = [name for name, data in self.changes.items() if data is None]
        (folder / "case.json").write_text(json.dumps({"settings": self.settings, "deleted": deleted}, indent=2))

    @classmethod
    def kept(cls, folder: Path) -> "Case":
        """The case that was written down there."""
        told = json.loads((folder / "case.json").read_text())
        changes = dict.fromkeys(told["deleted"]) | _files(folder / "changes")
        return cls(_files(folder / "records"), told["settings"], changes)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# --- What values are made of ----------------------------------------------------------------------------------------------

_YAML = [
    "---\n",
    "...\n",
    "\n",
    "\r",
    "\t",
    "  ",
    "- ",
    "? ",
    ": ",
    "# ",
    "|\n",
    ">-\n",
    "|9\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    '"',
]
_YAML += [
    "&a ",
    "*a ",
    "<<: *a\n",
    "!!python/object/apply:os.system [x]",
    "!!binary ",
    "! ",
    "%TAG !x! x\n",
    "%YAML 9.9\n",
    "~",
    "null",
]
_YAML += [
    "\\",
    "\\ud83d",
    "\\ude00",
    "\\U00110000",
    "\\x00",
    "\x85",
    "\u2028",
    "\ufeff",
    "\\N{BULLET}",
    "{name}",
    "{0.__class__}",
    "%s",
]
_XML = [
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "</",
    "<",
    "&",
    "&#0;",
    "&#xD800;",
    "&#x110000;",
    "&lt;b&gt;",
    "&amp;amp;lt;",
    "\x00",
    "\x1b[2J",
]
_URLS = [
    "https://",
    "HTTP://",
    "//",
    "/../",
    "/.",
    "%",
    "%00",
    "%ff",
    "%cc%81",
    "@",
    ":99999",
    ":",
    "[::1]",
    "xn--",
    "xn--a.",
    "ü.",
]
_URLS += ["javascript:", "?", "#", "&amp;", "\\", "..", "_", "a" * 64 + ".", "ß", "\u3002", "\u200d", "İ"]
_DATES = [
    "2021-02-30",
    "24:00:00",
    "T24:00:00.1",
    "23:59:60",
    "+99:99",
    "-0001",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00+14:00",
]
_DATES += ["Z", "Mon, ", "12:60", "1969-12-31", "2020-W53-7", "2021-366", "EST", "PM", "1e9", "2021", "٢٠٢١", "May", "\u2212"]
_NUMBERS = [
    "0",
    "-0",
    "1",
    "0x7f",
    "1e999",
    "NaN",
    ".inf",
    "9" * 15,
    "9" * 16,
    "9" * 5000,
    "१२",
    "1_000",
    "0o7",
    "12:30:45",
    "²",
]
TOKENS = _YAML + _XML + _URLS + _DATES + _NUMBERS + VECTORS
BYTES = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x80", b"\xc3"]

# Where characters lie that mean something to somebody; the last one is all of Unicode.
_PLANES = [(0, 0x20), (0x20, 0x7F), (0x7F, 0x100), (0x300, 0x370), (0x590, 0x700), (0x2000, 0x2070), (0xD800, 0xE000)]
_PLANES += [(0xFDD0, 0xFDF0), (0xFE00, 0xFE10), (0xFFF0, 0x10000), (0x1F300, 0x1F700), (0xE0000, 0xE01F0), (0, 0x110000)]

_NAMES = [
    "-rf",
    "%s",
    "{}",
    "C:\\x",
    "\\xff",
    "$(id)",
    "`id`",
    "~",
    " ",
    "'",
    '"',
    "\n",
    "\x1b[31m",
    "\u202e",
    "..",
    "con",
    "\U000e0001",
]
_NAMES += ["a" * 200, "😀" * 40, "\udcff", "\udcff" * 200, "\\" * 100, "é", "e\u0301", ".feedloom", ".hidden"]
_SUFFIXES = [".md", ".md", ".md", ".markdown", ".txt", ".yaml", ".yml", ".MD", ".Yaml", "", ".md~", ".html"]


class Inputs:
    """The stream of cases that a seed stands for."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.pick = self.chance.choice
        self.large = nasty.large()
        self.small = list(nasty.small().values())
        self.good = [record().encode(), *(path.read_bytes() for path in sorted(SEEDS.glob("*.md")))]

    def cases(self) -> Iterator[Case]:
        """The nasty records, then without end what chance makes up."""
        yield Case(nasty.small(), {}, {})
        large = iter(self.large.items())
        while part := dict(islice(large, 4)):
            yield Case({f"{name}.md": data for name, data in part.items()}, {}, {})
        while True:
            yield self.case()

    def case(self) -> Case:
        """A build, and in one of three cases another one after changes."""
        names = list(dict.fromkeys(self.name(number) for number in range(self.pick((3, 20, 40, 60)))))
        changes: dict[str, bytes | None] = {}
        if self.chance.random() < 0.35:
            changed = [*self.chance.sample(names, self.chance.randrange(len(names) + 1)), self.name(99)]
            changes = {name: self.record() if self.chance.random() < 0.8 else None for name in changed}
        return Case({name: self.record() for name in names}, self.settings(), changes)

    def record(self) -> bytes:
        """A record file."""
        if self.chance.random() < 0.65:
            return self.structured()
        large = list(self.large.values()) if self.chance.random() < 0.02 else self.good
        return self.mutated(self.pick(self.pick((self.small, large))))

    # --- Bytes ---

    def mutated(self, data: bytes) -> bytes:
        """A record that was sound or nasty, and suffered."""
        new = bytearray(data)
        for _ in range(self.pick((1, 1, 2, 3, 8))):
            at = self.chance.randrange(len(new) + 1)
            end = min(len(new), at + int(self.chance.expovariate(1 / 20)))
            what = self.chance.randrange(100)
            if what < 15:
                new[at : at + 1] = bytes([self.chance.randrange(256)])
            elif what < 30:
                del new[at:end]
            elif what < 40:
                new[at:at] = new[at:end] * self.pick((1, 2, 50))
            elif what < 50:
                other = self.pick(self.pick((self.small, self.good)))
                new[at:] = other[self.chance.randrange(len(other) + 1) :]
            elif what < 98:
                new[at : self.pick((at, end))] = self.fragment()
            else:
                repeated = self.fragment()
                new[at:at] = repeated * (self.pick((1_000, 30_000, nasty.LARGEST - len(new) - 1)) // len(repeated))
        return bytes(new)

    def fragment(self) -> bytes:
        """What stands in a record for a purpose."""
        if self.chance.random() < 0.03:
            return self.pick(BYTES)
        made = self.pick((self.pick(TOKENS), self.pick(TOKENS), self.characters(), self.pick(list(self.fields())) + ": "))
        return made.encode(errors=self.pick(("surrogatepass", "replace", "replace")))

    # --- Fields ---

    def structured(self) -> bytes:
        """A record whose fields have values of their kinds, of other kinds, or none."""
        fields = {name: self.value(make) for name, make in self.fields().items() if self.chance.random() < 0.7}
        number = self.chance.randrange(50)
        sure = {"title": f"T{number}", "publishedDateTime": f"{1970 + number}-05-21", "webUrl": f"https://e.example/{number}"}
        fields |= {name: value for name, value in sure.items() if name not in fields or self.chance.random() < 0.5}
        items = list(fields.items())
        self.chance.shuffle(items)
        written = self.rendered(dict(items))
        if self.chance.random() < 0.1:
            written = written.replace("\n", "\r\n")
        text = f"---\n{written}\n---\n{self.pick(TOKENS)}" if self.chance.random() < 0.95 else written
        return text.encode(errors=self.pick(("surrogatepass", *["replace"] * 20)))

    def fields(self) -> dict[str, Callable[[], Any]]:
        """All that docs/records.md names, and what is to stay in the house."""
        return {
            **dict.fromkeys(("title", "excerpt", "type", "category"), self.text),
            **dict.fromkeys(("publishedDateTime", "updatedDateTime"), self.date),
            **dict.fromkeys(("originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl"), self.url),
            **dict.fromkeys(("quality", "heat"), self.number),
            **dict.fromkeys(("featuredContent", "secured", "x"), self.private),
            "published": lambda: self.pick((True, "yes", *["Y"] * 20, False, "off", "maybe")),
            "provider": self.provider,
            "topics": lambda: self.several(self.topic),
            "images": self.images,
            "related": lambda: self.several(self.related),
        }

    def value(self, make: Callable[[], Any]) -> Any:
        """What a maker makes, or now and then anything else."""
        return make() if self.chance.random() < 0.95 else self.anything(3)

    def anything(self, deepest: int) -> Any:
        """A value that has nothing to do with its field."""
        if deepest and self.chance.random() < 0.4:
            values = [self.anything(deepest - 1) for _ in range(self.pick((0, 1, 3)))]
            return self.pick((values, {self.pick((self.text(), *self.fields())): value for value in values}))
        return self.pick((None, True, 1.5, -(10**30), self.text(), self.date(), self.url(), self.number()))

    def several(self, make: Callable[[], Any]) -> Any:
        """A list as people write it, or one of its items; YAML's writer names what stands in it twice by aliases."""
        values = [self.value(make) for _ in range(self.pick((0, 1, 1, 2, 3, 5)))]
        if self.chance.random() < 0.02:
            values *= self.pick((2, 40, 101))
        return self.pick((values, values, values, values, *values[:1]))

    def text(self) -> str:
        """A text: words, tokens and odd characters."""
        makers = (lambda: "word", lambda: self.pick(TOKENS), lambda: self.pick(VECTORS), self.characters)
        text = self.pick((" ", "")).join(self.pick(makers)() for _ in range(self.pick((1, 1, 2, 5))))
        if self.chance.random() < 0.01:
            text = (text or "x") * (self.pick((1_100, 5_100, 200_000)) // (len(text) or 1))
        return text

    def characters(self) -> str:
        """Some of a plane."""
        plane = self.pick(_PLANES)
        return "".join(chr(self.chance.randrange(*plane)) for _ in range(self.pick((1, 1, 2, 10)))) * self.pick((1, 1, 1, 30))

    def topic(self) -> str:
        """A topic, often one that others have."""
        return self.pick(("AI", "ai", "C++", ".NET", "Open Web", "open-web", self.text()))

    def private(self) -> Any:
        """What nobody is to see."""
        return self.pick((PRIVATE, f"<b>{PRIVATE}</b>", [PRIVATE], {"title": PRIVATE, "name": {"x": PRIVATE}}))

    def date(self) -> str:
        """A date, sound in two of three cases."""
        moment = datetime(1965, 1, 1, tzinfo=UTC) + timedelta(seconds=self.chance.randrange(64 * 365 * 86400))
        if self.chance.random() < 0.6:
            return moment.isoformat().replace("+00:00", "Z")
        moment = moment.replace(year=self.pick((moment.year, moment.year, 1970, 9999, 1)), day=1)
        zone = timezone(timedelta(minutes=self.chance.randrange(-1439, 1440)))
        ways = [
            "%a, %d %b %Y %H:%M:%S GMT",
            "%d/%m/%Y",
            "%B %d, %Y %I:%M %p",
            "%Y%m%dT%H%M%SZ",
            "%Y-%j",
            "%G-W%V-%u",
            "%H:%M %d.%m.%Y",
        ]
        ways += [
            "%Y-%m-%d",
            "%Y/%m/%d %H:%M",
            "%Y-%m-%dT24:00",
            "%A %d %B %Y",
            "%d %b %Y %H:%M EST",
            "%Y-%m-%d %I %p",
            "%c",
            "%s",
            "%m/%y",
        ]
        written = self.pick((moment.strftime(self.pick(ways)), moment.replace(tzinfo=zone).isoformat(), self.pick(_DATES)))
        return written if self.chance.random() < 0.7 else self.spoilt(written, _DATES)

    def url(self) -> str:
        """An address, sound in two of three cases; there are few, so that records meet in them."""
        url = f"https://{self.pick(('e', 'a.e', 'E', 'b-1'))}.example/{self.chance.randrange(30)}"
        url += self.pick(("", "", "", "?a=1&b=2", "#x", "/ü", ".png", ".svg", ":443/", "/caf%E9"))
        return url if self.chance.random() < 0.7 else self.spoilt(url, _URLS + VECTORS)

    def spoilt(self, value: str, tokens: list[str]) -> str:
        """A value with a token or odd characters in it."""
        at = self.chance.randrange(len(value) + 1)
        return value[:at] + self.pick((self.pick(tokens), self.characters())) + value[self.pick((at, at + 1, len(value))) :]

    def number(self) -> Any:
        """A number, or what somebody may take for one."""
        return self.pick((self.chance.randrange(1, 2000), self.pick(_NUMBERS), self.pick((10**30, 2**63, -1, 0.5))))

    def images(self) -> Any:
        """Images."""
        return self.several(lambda: {"url": self.value(self.url), "width": self.value(self.number), "height": self.number()})

    def provider(self) -> Any:
        """A provider, often one that others have."""
        domain = self.pick(("p.example", "www.P.example", "https://q.example/x", self.url(), self.spoilt("r.example", _URLS)))
        whole = {"name": self.pick(("P", self.text())), "domain": domain, "images": self.images()}
        return self.pick((whole, whole, {"domain": domain}, self.text()))

    def related(self) -> dict[str, Any]:
        """A related article."""
        makers = {"title": self.text, "webUrl": self.url, "excerpt": self.text, "publishedDateTime": self.date}
        makers |= {"provider": self.provider, "images": self.images}
        return {name: self.value(make) for name, make in makers.items() if self.chance.random() < 0.9}

    def rendered(self, fields: dict[str, Any]) -> str:
        """YAML in one of its many styles."""
        way = self.chance.random()
        if way < 0.3:
            return "\n".join(
                f"{name}: {json.dumps(value, ensure_ascii=self.pick((True, False)))}" for name, value in fields.items()
            )
        if way < 0.4:
            return json.dumps(fields, indent=self.pick((None, 2)), ensure_ascii=self.pick((True, False)))
        return yaml.safe_dump(
            fields,
            allow_unicode=self.pick((True, False)),
            default_flow_style=self.pick((True, False, False, None)),
            default_style=self.pick((None, None, '"', "'", "|", ">")),
            width=self.pick((20, 80, 1 << 30)),
            indent=self.pick((2, 4, 9)),
            sort_keys=False,
        ).rstrip("\n")

    # --- Around the records ---

    def name(self, number: int) -> str:
        """A file's name below the records folder, with a number that makes it the only one in most cases."""
        suffix = self.pick(_SUFFIXES)
        if self.chance.random() < 0.8:
            return f"{number}{suffix or '.md'}"
        made = self.pick((*_NAMES, self.characters(), self.pick(VECTORS)))
        base = os.fsencode(made.encode(errors="surrogateescape" if "\udcff" in made else "ignore"))
        base = base.replace(b"/", b"").replace(b"\0", b"")[:240]
        whole = self.pick((b"", b"", f"{number}".encode())) + base + suffix.encode()
        folder = self.pick(("", "", "d/", ".d/", "d d/\u202e/", "d\udcfe/e/"))
        return folder + (os.fsdecode(whole) if whole not in (b"", b".", b"..") else f"{number}.md")

    def settings(self) -> dict[str, Any]:
        """Those of a site: mostly plain ones."""
        if self.chance.random() < 0.6:
            return {}
        makers: dict[str, Callable[[], Any]] = {
            **dict.fromkeys(("site__title", "site__description", "site__author"), self.text),
            **dict.fromkeys(
                ("site__id", "site__records_url", "site__hub"), lambda: self.pick(("https://x.example/y", self.url()))
            ),
            "site__url": lambda: self.pick((None, "https://ü.example/a b", "http://x.example:8080/~x", self.url())),
            "site__language": lambda: self.pick(("de", "en-GB", "zh-Hans")),
            "site__timezone": lambda: self.pick(("Europe/Berlin", "+14:00", "-23:59", "Pacific/Apia", self.text())),
            "site__icon": lambda: self.pick(("https://x.example/i.ico", "https://x.example/i.svg")),
            "site__logo": lambda: "https://x.example/l.png",
            "limit": lambda: self.pick((1, 2, 7, 100, self.number())),
            "ttl": lambda: self.pick((1, 10**9, self.number())),
            "max_file_size": lambda: self.pick((1000, 10**9, 10**9, self.number())),
            "unpublished": lambda: self.pick(("skip", "include")),
            "topics": lambda: {self.topic(): {"aliases": [self.topic(), self.text()]}},
            "archive": lambda: True,
            "groups": lambda: {kind: self.pick((True, False)) for kind in ("topic", "category", "type", "provider_topic")},
            "feeds": lambda: [{"name": self.text(), "order": self.pick(("newest", "heat")), "where": self.where()}],
            **dict.fromkeys(("labels__source", "labels__related"), self.text),
            **dict.fromkeys(
                ("titles__all", "titles__topic", "descriptions__provider"),
                lambda: self.pick(("{name} & {site}", "<b>{description}</b>", self.text())),
            ),
        }
        return {name: make() for name, make in makers.items() if self.chance.random() < 0.2}

    def where(self) -> dict[str, Any]:
        """What a feed of the owner's asks for."""
        return self.pick(
            (
                {},
                {"topics": [self.topic()]},
                {"not_providers": [self.text(), self.url()]},
                {"text": self.text(), "since": "1 year"},
            )
        )
