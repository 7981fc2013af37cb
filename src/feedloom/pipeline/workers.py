"""Worker processes. They call functions on values, and end when the build ends.

Tasks and results are sent through pipes, one pair for each process. So only processes and descriptors are needed: no threads,
and no semaphores, which some systems lack. If not enough processes can be started, the build continues with fewer.
"""

import contextlib
import gc
import itertools
import os
import pickle
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import GeneratorType, TracebackType
from typing import Any, TypeVar

from feedloom.errors import FeedloomError, WorkerError

Task = TypeVar("Task")
Result = TypeVar("Result")

Progress = Callable[[str, int, int], None]
"""Called during work: what is being done, how many steps are done, and how many there are in all."""

_INTERRUPTS = {signal.SIGINT, signal.SIGTERM}

_PATIENCE = 1.0
"""Seconds without an answer, after which the build checks whether the processes still run."""

_READY_WITHIN = 60.0
"""Seconds within which a new interpreter must answer."""

_AHEAD = 2
"""Tasks that a process has at a time: the current one, and one more, so that it does not have to wait."""

_LENGTH = 8
_PIPE_SIZE = 1 << 20
"""Bytes of a pipe for results, as far as the system allows it: of 250 records, these are 500,000. So a process goes on while
the parent groups records, instead of waiting for room.
"""

FEWEST = 4
"""The least number of tasks for which processes are started: starting them takes 20 to 35 ms, as long as one or two tasks."""

_SMALLEST = 8
"""The smallest task has this part of what the largest has."""

_PART = "part"
"""Marks a result of a task that has more."""

_KILLED = "a worker process was killed (out of memory?); try --jobs 1"


def no_progress(what: str, done: int, total: int) -> None:
    """Show no progress."""


def shares(count: int, most: int, jobs: int) -> Iterator[int]:
    """How many of `count` things each task has: `most`, and towards the end less, so that all processes end at the same time.
    Where there is too little for several processes, all tasks have `most`.
    """
    smallest = most if jobs == 1 or count <= most * (FEWEST - 1) else -(-most // _SMALLEST)
    while count > 0:
        size = min(count, most, max(smallest, count // (2 * jobs)))
        yield size
        count -= size


class Workers:
    """Up to `jobs` processes, started when there is work for them. With one job, this process does all the work.

    If fewer could be started, one of the `fallbacks` says so.
    """

    def __init__(self, jobs: int | None) -> None:
        self.jobs = jobs or _cores()
        self.fallbacks: tuple[str, ...] = ()
        self._processes: list[_Process] = []
        self._ended: list[_Process] = []

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task], count: int | None = None) -> Iterator[Result]:
        """The results of the tasks, in their order. The function and all values must be picklable.

        If their `count` is given, each task is taken when a process will soon have time for it. Take all results before the
        next call. A process unpickles a function once, and keeps it until another one is called.
        Raises WorkerError, and whatever the function raises.
        """
        if count is None:
            tasks = list(tasks)
            count = len(tasks)
        if self.jobs == 1 or (not self._processes and count < FEWEST):
            return map(function, tasks)
        self._start(min(self.jobs, count))
        if not self._processes:
            return map(function, tasks)
        run = _Run(self._processes, function, tasks, count)
        run.send()
        return run.results()

    def spread(self, function: Callable[[Task], Result], task: Callable[[int], Task], count: int) -> Iterator[Result]:
        """The results of so many tasks, which `task` gives by number, in the order in which they come. Each process does tasks
        that follow each other, as what it keeps of one helps with the next; at the end, it helps another. Otherwise as `map`.
        """
        if self.jobs == 1 or (not self._processes and count < FEWEST):
            return map(function, map(task, range(count)))
        self._start(min(self.jobs, count))
        if not self._processes:
            return map(function, map(task, range(count)))
        run = _Spread(self._processes, function, task, count)
        run.send()
        return run.results()

    def stream(self, function: Callable[[Task], Iterator[Result]], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """The results of tasks that have several each, with the number of the task: in order for each of them, but the tasks at
        the same time. Nothing is kept of what was taken. Otherwise as `map`.
        """
        if self.jobs > 1 and (self._processes or len(tasks) > 1):
            self._start(min(self.jobs, len(tasks)))
        if self.jobs == 1 or not self._processes:
            return ((number, result) for number, task in enumerate(tasks) for result in function(task))
        run = _Run(self._processes, function, tasks, len(tasks))
        run.send()
        return run.parts()

    def start_quickly(self) -> bool:
        """Whether several processes can be started in some milliseconds: they are forked, not new interpreters."""
        return self.jobs > 1 and sys.platform == "linux" and _is_alone()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        self.end()
        for process in self._ended:
            process.wait()

    def end(self) -> None:
        """End the processes, which frees their memory while this one goes on. The next work starts new ones."""
        # After an interrupt, nobody should wait for unfinished tasks; at the end of a build there are none.
        for process in self._processes:
            process.kill()
        self._ended += self._processes
        self._processes = []

    def _start(self, wanted: int) -> None:
        """Start processes until there are as many as wanted, or no more can be started."""
        if self.fallbacks or wanted <= len(self._processes):
            return
        is_safe = self.start_quickly()
        begun = self._processes
        known = len(begun)
        failure = ""
        with _interrupts_blocked():
            while len(begun) < wanted and not failure:
                try:
                    begun.append(_forked(begun) if is_safe else _spawned())
                except (OSError, MemoryError, ValueError) as error:
                    failure = getattr(error, "strerror", None) or str(error) or "out of memory"
        if not is_safe:
            for process in [process for process in begun[known:] if not process.is_ready()]:
                failure = failure or "a new Python did not start"
                process.kill()
                process.wait()
                begun.remove(process)
        if failure:
            count = len(begun)
            used = f"used {count} of {wanted} processes: no more" if count else "used one process: no other"
            self.fallbacks = (f"{used} could be started ({failure}); --jobs {count or 1} avoids this",)


class _Process:
    """A process as its parent sees it: the ends of its pipes. The lifeline carries no data; it closes when the parent ends."""

    def __init__(self, pid: int, tasks: int, results: int, lifeline: int) -> None:
        import fcntl

        self.pid = pid
        self.function: object = None
        self.open = 0
        self._tasks = tasks
        self._results = results
        self._lifeline = lifeline
        self._outgoing = bytearray()
        self._length = bytearray(_LENGTH)
        self._message: bytearray | None = None
        self._room = memoryview(self._length)
        self._is_reaped = False
        # Otherwise parent and child could block while each writes to the other.
        os.set_blocking(tasks, False)
        os.set_blocking(results, False)
        with contextlib.suppress(OSError, AttributeError):  # some systems have pipes of one size only
            fcntl.fcntl(results, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)

    def ends(self) -> tuple[int, int, int]:
        """The descriptors that only the parent uses."""
        return self._tasks, self._results, self._lifeline

    def register(self, poll: "select.poll") -> None:
        """Register its pipes: wait until there is something to read, or room for what is to be written."""
        poll.register(self._results, select.POLLIN)
        if self._outgoing:
            poll.register(self._tasks, select.POLLOUT)

    def send(self, message: bytes) -> None:
        """Send a message as soon as there is room. Raises WorkerError."""
        self._outgoing += len(message).to_bytes(_LENGTH, "big") + message
        self.flush()

    def flush(self) -> None:
        """Write as much as there is room for. Raises WorkerError."""
        try:
            while self._outgoing:
                del self._outgoing[: os.write(self._tasks, self._outgoing)]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            raise WorkerError(_KILLED) from None

    def received(self) -> Iterator[Any]:
        """The messages that have arrived completely. Raises WorkerError if the process has ended."""
        with contextlib.suppress(BlockingIOError):
            while count := os.readv(self._results, [self._room]):
                self._room = self._room[count:]
                if self._room:
                    continue
                if self._message is None:
                    self._message = bytearray(int.from_bytes(self._length, "big"))
                    self._room = memoryview(self._message)
                else:
                    message, self._message = self._message, None
                    self._room = memoryview(self._length)
                    yield pickle.loads(message)  # noqa: S301 (from our own process)
            raise WorkerError(_KILLED)

    def is_ready(self) -> bool:
        """Whether it answers: a new interpreter does so when it runs."""
        poll = select.poll()
        poll.register(self._results, select.POLLIN)
        if not poll.poll(_READY_WITHIN * 1000):
            return False
        try:
            return list(self.received()) == [_READY]
        except (WorkerError, pickle.UnpicklingError):
            return False

    def is_running(self) -> bool:
        """Whether it has not ended, and nobody else has waited for it."""
        return not self._is_reaped and not self._reaped(os.WNOHANG)

    def kill(self) -> None:
        """Kill it."""
        for end in self.ends():
            os.close(end)
        if self.is_running():  # otherwise its PID may belong to another process
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has ended."""
        if not self._is_reaped:
            self._reaped(0)

    def _reaped(self, options: int) -> bool:
        try:
            self._is_reaped = os.waitpid(self.pid, options)[0] == self.pid
        except ChildProcessError:
            self._is_reaped = True
        return self._is_reaped


class _Run:
    """Calls of one function with many tasks, in processes."""

    def __init__(self, processes: list[_Process], function: Callable[[Any], Any], tasks: Iterable[Any], count: int) -> None:
        self._processes = processes
        self._function = function
        self._pickled = pickle.dumps(function)
        self._count = count
        self._waiting = enumerate(tasks)
        self._sent = 0
        self._done: dict[int, tuple[bool, Any]] = {}

    def send(self) -> None:
        """Send tasks to processes that have too few. Raises WorkerError."""
        for _ in range(_AHEAD):
            for process in self._processes:
                if self._sent < self._count and process.open < _AHEAD:
                    number, task = self._next(process)
                    self._sent += 1
                    function = None if process.function is self._function else self._pickled
                    process.function = self._function
                    process.open += 1
                    process.send(pickle.dumps((number, function, task)))

    def _next(self, _: _Process) -> tuple[int, Any]:
        """The next task for a process, and its number."""
        return next(self._waiting)

    def results(self) -> Iterator[Any]:
        """The results, in the order of the tasks. Raises WorkerError, and what the function raised."""
        for number in range(self._count):
            while number not in self._done:
                self._receive()
            is_value, found = self._done.pop(number)
            if not is_value:
                raise found
            yield found

    def parts(self) -> Iterator[tuple[int, Any]]:
        """The results of functions that have several, in the order in which they come."""
        left = self._count
        while left:
            for number, kind, found in self._receive():
                if kind == _PART:
                    yield number, found
                elif kind:
                    left -= 1
                else:
                    raise found

    def _receive(self) -> list[tuple[int, bool | str, Any]]:
        """Wait for results, and keep them if they are whole. Raises WorkerError."""
        poll = select.poll()
        for process in self._processes:
            process.register(poll)
        gone = [] if poll.poll(_PATIENCE * 1000) else [process for process in self._processes if not process.is_running()]
        received = []
        for process in self._processes:
            process.flush()
            for number, kind, found in process.received():
                received.append((number, kind, found))
                if kind != _PART:
                    process.open -= 1
                    self._done[number] = bool(kind), found
        if any(process.open for process in gone):
            raise WorkerError(_KILLED)  # another process, forked meanwhile, may keep its pipe open
        self.send()
        return received


class _Spread(_Run):
    """Calls of one function with many tasks, of which each process gets a part."""

    def __init__(
        self, processes: list[_Process], function: Callable[[Any], Any], task: Callable[[int], Any], count: int
    ) -> None:
        super().__init__(processes, function, (), count)
        self._task = task
        ends = [count * number // len(processes) for number in range(len(processes) + 1)]
        self._left = {one.pid: range(*part) for one, part in zip(processes, itertools.pairwise(ends), strict=True)}

    def _next(self, process: _Process) -> tuple[int, Any]:
        """The next task of its own part; then the last one of the longest part."""
        left = self._left
        if own := left[process.pid]:
            number, left[process.pid] = own[0], own[1:]
        else:
            longest = max(left, key=lambda pid: len(left[pid]))
            number, left[longest] = left[longest][-1], left[longest][:-1]
        return number, self._task(number)

    def results(self) -> Iterator[Any]:
        """The results, in the order in which they come. Raises WorkerError, and what the function raised."""
        for _ in range(self._count):
            while not self._done:
                self._receive()
            is_value, found = self._done.pop(next(iter(self._done)))
            if not is_value:
                raise found
            yield found


def serve(tasks: int, results: int, lifeline: int) -> None:
    """Do the tasks from a pipe and send the results, until the parent closes a pipe."""
    _begin(lifeline)
    gc.disable()  # as in `feedloom build`; in a program that uses feedloom, this process does nothing else
    function: Callable[[Any], Any] | None = None
    with contextlib.suppress(BrokenPipeError):
        while message := _message(tasks):
            number, pickled, task = pickle.loads(message)  # noqa: S301 (from the parent)
            try:
                if pickled:
                    function = pickle.loads(pickled)  # noqa: S301 (from the parent)
                assert function is not None
                value = function(task)
                if isinstance(value, GeneratorType):
                    for part in value:
                        _write(results, pickle.dumps((number, _PART, part)))
                    value = None
                reply = pickle.dumps((number, True, value))
            except Exception as error:  # the parent raises it
                reply = pickle.dumps((number, False, _portable(error)))
            _write(results, reply)


_READY = "ready"


def serve_as_new(lifeline: int) -> None:
    """Serve in a new interpreter, whose standard streams are the pipes."""
    _write(1, pickle.dumps(_READY))
    serve(0, 1, lifeline)


def _portable(error: Exception) -> Exception:
    """An error that can be raised in another process. If it is a bug, it gets its traceback as a note."""
    import traceback

    if not isinstance(error, FeedloomError | OSError | MemoryError):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (our own data)
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error


def _message(descriptor: int) -> bytes:
    """The next message; empty if the pipe was closed."""
    return _exactly(descriptor, int.from_bytes(_exactly(descriptor, _LENGTH), "big"))


def _exactly(descriptor: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            return b""
        data += more
    return bytes(data)


def _write(descriptor: int, message: bytes) -> None:
    left = memoryview(len(message).to_bytes(_LENGTH, "big") + message)
    while left:
        left = left[os.write(descriptor, left) :]


def _cores() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_alone() -> bool:
    """Whether the process has one thread only. What another thread has locked would stay locked in a fork."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _pipes() -> tuple[int, ...]:
    """Three pipes, each as the end to read from and the end to write to. Raises OSError.

    Three of the six descriptors are closed when the process has started, so that some are left for publishing.
    """
    made: list[int] = []
    try:
        for _ in range(3):
            made += os.pipe()
    except OSError:
        for descriptor in made:
            os.close(descriptor)
        raise
    return tuple(made)


def _forked(others: list[_Process]) -> _Process:
    """Fork a process. Raises OSError."""
    ours = _pipes()
    task, tasks, results, result, end, lifeline = ours
    try:
        pid = os.fork()
    except BaseException:
        for descriptor in ours:
            os.close(descriptor)
        raise
    if pid == 0:
        try:
            # Otherwise younger processes would keep them open, and older ones would not notice when the parent ends.
            for descriptor in (tasks, results, lifeline, *(end for other in others for end in other.ends())):
                os.close(descriptor)
            serve(task, result, end)
        finally:
            os._exit(1)
    for descriptor in (task, result, end):
        os.close(descriptor)
    return _Process(pid, tasks, results, lifeline)


def _spawned() -> _Process:
    """Start an interpreter. Raises OSError."""
    import subprocess

    ours = _pipes()
    task, tasks, results, result, end, lifeline = ours
    program = f"import sys; sys.path[:] = {sys.path!r}; from feedloom.pipeline import workers; workers.serve_as_new({end})"
    command = [sys.executable or "", "-X", f"utf8={sys.flags.utf8_mode}", "-c", program]
    try:
        process = subprocess.Popen(command, stdin=task, stdout=result, stderr=subprocess.DEVNULL, pass_fds=[end])  # noqa: S603
    except BaseException:
        for descriptor in (tasks, results, lifeline):
            os.close(descriptor)
        raise
    finally:
        for descriptor in (task, result, end):
            os.close(descriptor)
    process.returncode = 0  # Popen must not wait for it: _Process does
    return _Process(process.pid, tasks, results, lifeline)


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block signals during start-up: children would print tracebacks."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(lifeline: int) -> None:
    """Leave interrupts to the parent, and end when it ends.

    The kernel sends SIGIO when the other end of the lifeline is closed, and that kills this process, without a thread that
    waits for it (fcntl(2), O_ASYNC). Then the lock, which this process shares, is released.
    """
    import fcntl

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_INTERRUPTS, signal.SIGIO})
    with contextlib.suppress(OSError):  # otherwise it ends after its task, when it cannot send the result
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(lifeline, 0)
    if poll.poll(0):
        os._exit(1)  # the parent has ended already
