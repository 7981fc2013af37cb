"""Standard input, output and error: open, able to show any name, and flushed in one place before the program ends."""

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
    """Run a program whose streams never fail in the middle of it.

    At the end both are flushed. Where one lost something, an exit code of 0 becomes 1, and a line on standard error says what
    became of standard output. A reader who went away is no error to report: the end is silent.
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
    """A descriptor that remembers the first error and drops what is written after it."""

    error: OSError | None = None

    def write(self, data: "ReadableBuffer", /) -> int:
        while not self.error:
            try:
                # None: it does not block and has no room. FileIO's type does not say so.
                if (written := super().write(data)) is not None:
                    return written
                select.select([], [self], [])
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


def _fill() -> None:
    """Open /dev/null for streams that are closed: the next file would take their number, and what is printed to them."""
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)


def _remembering(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed, as by `2>&-`
        return open(os.devnull, "w")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # a name that a terminal cannot show is no reason to stop
    if type(stream) is not io.TextIOWrapper or not _is_file(stream):  # a test's, or another program's
        return stream
    with contextlib.suppress(OSError):
        stream.flush()
    # -u asks for write_through, which reaches the descriptor only where nothing buffers below.
    at_lines = stream.line_buffering or stream.write_through
    raw = io.BufferedWriter(_Raw(stream.fileno(), "w", closefd=False))
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors=stream.errors, line_buffering=at_lines)


def _is_file(stream: TextIO) -> bool:
    try:
        return stream.fileno() >= 0
    except OSError:
        return False


def _lost(output: TextIO, error: TextIO) -> bool:
    """Flush both, and tell whether anything written to them is lost."""
    output.flush()
    failed = _error(output)
    if failed and not isinstance(failed, BrokenPipeError):
        click.secho(f"feedloom: standard output cannot be written: {failed.strerror}", fg="red", err=True)
    error.flush()
    return bool(failed or _error(error))


def _error(stream: TextIO) -> OSError | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.error if isinstance(raw, _Raw) else None
