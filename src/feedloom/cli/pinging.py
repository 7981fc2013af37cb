"""Tell hubs what changed, and say what became of it: for `ping` and `build --ping`."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from feedloom import __version__
from feedloom.cli import printing, run_log
from feedloom.config.settings import Config
from feedloom.model import printable
from feedloom.pipeline import ping
from feedloom.pipeline.ping import Pinged
from feedloom.records import scan
from feedloom.values import dates

_SHOWN = 10


class Line(msgspec.Struct, frozen=True):
    """A run as a line of JSON: how many addresses were `told`, are `left` for the next run, or were `dropped` after a day. Each
    hub counts. What is not known, because it stopped, is None.
    """

    time: str
    event: Literal["ping"]
    exit: int
    version: str
    output: str
    seconds: float
    told: int | None
    refused: list[ping.Refused] | None
    left: int | None
    dropped: int | None
    error: str | None


def run(
    config: Config,
    names: Sequence[str] = (),
    *,
    everything: bool = False,
    dry_run: bool = False,
    deployed: float = 0,
    log_json: bool = False,
    quiet: bool = False,
) -> int:
    """Ping, print what was done, and return the exit code: 1 if something is left to be told."""
    began, start = datetime.now(UTC), time.monotonic()

    def log(exit: int, done: Pinged | None, error: str | None) -> None:
        if log_json:
            line = _line(began, time.monotonic() - start, exit, config, done, error)
            printing.say_to_programs(msgspec.json.encode(line).decode() + "\n")

    try:
        done = ping.ping(config, names, everything=everything, dry_run=dry_run, deployed=deployed)
    except BaseException as error:
        log(*_stopped(error))
        raise
    code = int(bool(done.left))
    if not (log_json or quiet):
        for line in _planned(done) if dry_run else _lines(done):
            printing.say(printable(line))
    for line in _failures(done):
        printing.warn(line)
    log(code, done, _why(done))
    return code


def _stopped(error: BaseException) -> tuple[int, None, str | None]:
    code, message = run_log.ending(error)
    return code, None, message


def _line(began: datetime, seconds: float, exit: int, config: Config, done: Pinged | None, error: str | None) -> Line:
    return Line(
        time=dates.rfc3339(began),
        event="ping",
        exit=exit,
        version=__version__,
        output=scan.shown(config.output),
        seconds=round(seconds, 3),
        told=sum(map(len, done.told.values())) if done else None,
        refused=done.refused if done else None,
        left=sum(len(left.urls) for left in done.left) if done else None,
        dropped=len(done.dropped) if done else None,
        error=error,
    )


def _lines(done: Pinged) -> Iterator[str]:
    for hub, urls in done.told.items():
        if urls:
            yield f"{hub}: told of {_addresses(urls)}."
    if not (any(done.told.values()) or done.refused or done.left):
        yield "Nothing to tell: no feed changed since the last ping."


def _planned(done: Pinged) -> Iterator[str]:
    for hub, urls in done.told.items():
        for url in urls[:_SHOWN]:
            yield f"would tell {hub} of {url}"
        if more := urls[_SHOWN:]:
            yield f"would tell {hub} of {len(more):,} more"
    if not any(done.told.values()):
        yield "Nothing to tell: no feed changed since the last ping."


def _failures(done: Pinged) -> Iterator[str]:
    if done.undeployed:
        url, why = done.undeployed
        waits = "1 address waits" if len(done.left[0].urls) == 1 else f"{len(done.left[0].urls):,} addresses wait"
        yield (
            f"{url}: {why}; nothing was told, {waits}. Deploy the feeds, then run feedloom ping; "
            "--deployed 600 waits until they are there."
        )
    for refused in done.refused[:_SHOWN]:
        yield f"{refused.hub}: refused {refused.url}: {refused.why}"
    if more := done.refused[_SHOWN:]:
        yield f"{_addresses(more)} more refused; --log-json lists all"
    for left in () if done.undeployed else done.left:
        yield f"{left.hub}: {_addresses(left.urls)} left for the next ping: {left.why}"
    if done.dropped:
        yield f"{_addresses(done.dropped)} dropped: no ping reached the hub within 24 hours. Subscribers poll in the meantime."
    if done.left and not done.is_remembered:
        yield "there is no cache file, so the next ping does not know what is left; run feedloom ping --all"


def _why(done: Pinged) -> str | None:
    if done.undeployed:
        return ": ".join(done.undeployed)
    return "; ".join(f"{left.hub}: {left.why}" for left in done.left) or None


def _addresses(urls: Sequence[object]) -> str:
    return "1 address" if len(urls) == 1 else f"{len(urls):,} addresses"
