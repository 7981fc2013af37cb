"""A lease on a place in object storage: a lock that ends by itself if its holder does not renew it.

It is not a lock as the system's is: a build that was paused for longer than the lease may still send a file after another build
took over. So what must not be overwritten is put with a condition, too (`bucket`).
"""

import contextlib
import secrets
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from feedloom.errors import ConfigError, FeedloomError, LockError, PublishError
from feedloom.site import manifest
from feedloom.storage.objects import ABSENT, Condition, ConditionError, Found, Mark, Objects, UnsupportedError
from feedloom.values import dates

PATH = f"{manifest.FOLDER}/lock"

_LASTS = 60.0
"""Seconds after the last renewal, by the clock of the storage."""
_EVERY = _LASTS / 3
_SKEW = 5.0
"""Seconds by which the clock of this machine may be ahead of that of the storage."""
_PAUSE = 1.0
_PATIENCE = 5.0
"""Seconds to give a lease back. If the storage does not answer, the lease ends by itself."""

HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
"""The headers of feedloom's own files."""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that goes on while the machine sleeps."""


class _Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the object says. It is as public as the feeds, so it names no machine. Each one is unique."""

    holder: str
    since: str
    number: int
    ended: bool = False


class Lease:
    """A lease, while this process has it."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._holder = secrets.token_hex(8)
        self._since = dates.rfc3339(datetime.now(UTC))
        self._number = 0
        self._mark = Mark("")
        self._renewed = 0.0
        self._is_lost = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="feedloom-lease", daemon=True)

    def check(self) -> None:
        """Raise PublishError if another build may have the lease by now."""
        if self._is_lost or _now() - self._renewed > _LASTS:
            raise PublishError(
                f"{self._objects.url}: this build lost its lock: it was paused, or the storage did not answer for a minute. "
                "Another build may be running. Build again."
            )

    def take(self, wait: float) -> None:
        """Take the lease, and renew it from now on. Raises LockError if another build has it for longer than `wait` seconds;
        ConfigError if the storage ignores conditions.
        """
        until = time.monotonic() + wait
        while not self._is_taken(found := self._objects.get(PATH)):
            late = time.monotonic() - until
            if late >= 0:
                raise LockError(
                    f"{self._objects.url}: {_who(found, self._objects)}; nothing done. --wait {_LASTS + _SKEW:.0f} would wait."
                )
            time.sleep(min(_PAUSE, -late))
        self._check_conditions()
        self._thread.start()

    def end(self) -> None:
        """Give the lease back. If that fails, it ends by itself."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        with contextlib.suppress(FeedloomError):
            while self._number and (found := self._objects.get(PATH, patience=_PATIENCE)) and self._is_mine(found):
                # A request that was interrupted may have been done, and changed the mark.
                with contextlib.suppress(ConditionError):
                    document = self._document(is_ended=True)
                    self._objects.put(PATH, document, HEADERS, condition=found.mark, patience=_PATIENCE)
                    return

    def _is_mine(self, found: Found) -> bool:
        document = _read(found, self._objects)
        return document.holder == self._holder and not document.ended

    def _is_taken(self, found: Found | None) -> bool:
        """Whether this process could take the lease, which nobody or `found` has."""
        if found and _left(found, self._objects) > 0:
            return False
        try:
            self._put(found.mark if found else ABSENT)
        except ConditionError:
            return False
        except UnsupportedError:
            raise _unconditional(self._objects) from None
        return True

    def _check_conditions(self) -> None:
        """Check that the storage refuses what does not meet a condition: some servers ignore them. Raises ConfigError."""
        first = self._mark
        self._put(first)
        for condition in (ABSENT, first):
            try:
                self._objects.put(PATH, self._document(), HEADERS, condition=condition)
            except ConditionError:
                continue
            except UnsupportedError:
                pass
            self._number = 0
            with contextlib.suppress(FeedloomError):
                self._objects.delete([PATH])
            raise _unconditional(self._objects)

    def _keep(self) -> None:
        while not self._ending.wait(_EVERY):
            try:
                self._put(self._mark)
            except ConditionError:
                self._is_lost = True
                return
            except FeedloomError:
                continue  # `check` says so when the lease has ended

    def _put(self, condition: Condition) -> None:
        began = _now()
        self._mark = self._objects.put(PATH, self._document(), HEADERS, condition=condition)
        self._renewed = began

    def _document(self, *, is_ended: bool = False) -> bytes:
        self._number += 1
        return msgspec.json.encode(_Document(self._holder, self._since, self._number, is_ended))


@contextlib.contextmanager
def hold(objects: Objects, wait: float) -> Iterator[Lease]:
    """Have the lease on a place. Raises as `Lease.take`, and ConfigError and StorageError if the storage cannot be used."""
    lease = Lease(objects)
    try:
        lease.take(wait)
        yield lease
    finally:
        lease.end()


def _left(found: Found, objects: Objects) -> float:
    """Seconds until a lease ends. Raises PublishError if it is not one."""
    return 0.0 if _read(found, objects).ended else found.modified / 1e9 + _LASTS + _SKEW - time.time()


def _who(found: Found | None, objects: Objects) -> str:
    document = _read(found, objects) if found else None
    if document is None or document.ended:
        return "another build has just begun"
    return f"another build is running since {document.since}, or was killed less than a minute ago"


def _read(found: Found, objects: Objects) -> _Document:
    try:
        return msgspec.json.decode(found.data, type=_Document)
    except msgspec.MsgspecError:
        raise PublishError(f"{objects.url.shown(PATH)}: not a lock of feedloom; delete it") from None


def _unconditional(objects: Objects) -> ConfigError:
    return ConfigError(
        f"{objects.url}: this storage ignores conditions (If-Match, If-None-Match), so feedloom cannot lock it. If you make "
        "sure yourself that only one build runs at a time, use --no-lock."
    )


def _now() -> float:
    return time.clock_gettime(_CLOCK)
