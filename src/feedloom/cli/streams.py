"""Standard output and error: always open, able to print any name, and flushed once before the program ends."""

import contextlib
import io
import os
import select
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@contextlib.contextmanager
def checked() -> Iterator[None]:
    """Run a program so that its streams never fail in the middle of it.

    At the end both are flushed. If output was lost, exit code 0 becomes 1, and a line on standard error says why. A closed pipe
    prints nothing.
    """
    _fill()
    before = sys.stdout, sys.stderr
    try:
        sys.stdout, sys.stderr = map(_remembering, before)
        try:
            yield
        finally:
            is_lost = _lost(sys.stdout, sys.stderr)
            sys.stdout, sys.stderr = before
    except SystemExit as end:
        if end.code or not is_lost:
            raise
        raise SystemExit(1) from None
    if is_lost:
        raise SystemExit(1)


class _Raw(io.FileIO):
    """A descriptor that remembers the first error and drops all later output."""

    error: OSError | None = None

    def write(self, data: "ReadableBuffer", /) -> int:
        while not self.error:
            try:
                # None if a non-blocking descriptor is full; FileIO's type does not say so.
                if (written := super().write(data)) is not None:
                    return written
                select.select([], [self], [])
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


def _fill() -> None:
    """Open /dev/null for closed streams: otherwise the next file gets their number, and their output."""
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)


def _remembering(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed, as by `2>&-`
        return open(os.devnull, "w")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # print names that the terminal cannot show
    if type(stream) is not io.TextIOWrapper or not _is_file(stream):  # of a test or another program
        return stream
    with contextlib.suppress(OSError):
        stream.flush()
    # With -u, write_through is set, but the buffer below would hold lines back: flush each line.
    at_lines = stream.line_buffering or stream.write_through
    raw = io.BufferedWriter(_Raw(stream.fileno(), "w", closefd=False))
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors=stream.errors, line_buffering=at_lines)


def _is_file(stream: TextIO) -> bool:
    try:
        return stream.fileno() >= 0
    except OSError:
        return False


def _lost(output: TextIO, error: TextIO) -> bool:
    """Flush both; return whether output was lost."""
    output.flush()
    failed = _error(output)
    if failed and not isinstance(failed, BrokenPipeError):
        click.secho(f"feedloom: standard output cannot be written: {failed.strerror}", fg="red", err=True)
    error.flush()
    return bool(failed or _error(error))


def _error(stream: TextIO) -> OSError | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.error if isinstance(raw, _Raw) else None
