"""The only starter of other programs."""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from subprocess import Popen

MAXIMUM_LOG = 64 << 20
"""Bytes of a log; what a program prints beyond that takes the place of what it printed before."""
_LOOK_INTERVAL = 1.0
"""Seconds between two looks at the size of a log."""


class Completed(NamedTuple):
    """What a program left behind."""

    code: int
    """Exit code; negative for the signal that ended it."""
    stdout: bytes
    stderr: bytes


class ProgramFailed(XpipError):
    """A program could not be started or did not end in time."""

    code = "program"


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    cwd: str | None = None,
    input: bytes = b"",  # noqa: A002 - the name that everybody expects
    timeout: float = 60.0,
) -> Completed:
    """Run a program to its end and return what it printed.

    Args:
        environment: All variables it gets; None hands on xpip's own.
        timeout: Seconds; the program is killed then.

    Raises:
        ProgramFailed: It cannot be started, or `timeout` passed.
    """
    if "/" in argv[0] and not input and cwd is None:
        from xpip.spawning import read_to_end, spawn

        # `subprocess` takes 6 ms to import.
        spawned = spawn(argv, environment)
        if spawned is not None:
            output = read_to_end(spawned, timeout)
            if output is None:
                raise ProgramFailed(f"`{argv[0]}` did not end within {timeout:g} seconds")
            return Completed(*output)
    import subprocess

    try:
        done = subprocess.run(
            argv,
            input=input,
            capture_output=True,
            env=environment,
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"`{argv[0]}` did not end within {timeout:g} seconds") from error
    except OSError as error:
        raise ProgramFailed(f"`{argv[0]}` cannot be started: {error.strerror or error}") from error
    return Completed(done.returncode, done.stdout, done.stderr)


def run_in_foreground(argv: Sequence[str]) -> int:
    """Run a program that talks to the user itself, such as an editor, and return its exit code.

    Raises:
        ProgramFailed: It cannot be started.
    """
    import subprocess

    try:
        return subprocess.run(argv, check=False).returncode
    except OSError as error:
        raise ProgramFailed(f"`{argv[0]}` cannot be started: {error.strerror or error}") from error


def converse(
    argv: Sequence[str], number: int, requests: Sequence[bytes], silence: float
) -> Iterator[tuple[int, bytes]]:
    """Have several copies of a program answer requests, and yield the answers as they come.

    A copy reads requests from its standard input, one after the other, and answers each by one
    line. It gets the next request with its answer. What a copy that ends early was asked stays
    without an answer.

    Args:
        number: Of copies.
        silence: Seconds; when no copy has answered for so long, all are killed.

    Yields:
        (position of the request, answer without its line end).

    Raises:
        ProgramFailed: It cannot be started, or `silence` passed.
    """
    conversation = _Conversation(requests)
    try:
        for _ in range(number):
            conversation.start(argv)
        while conversation.is_waiting():
            ready = conversation.listen(silence)
            if not ready:
                raise ProgramFailed(f"`{argv[0]}` said nothing for {silence:g} seconds")
            for descriptor in ready:
                answer = conversation.answer(descriptor)
                if answer is not None:
                    yield answer
                    conversation.ask(descriptor)
    except OSError as error:
        raise ProgramFailed(f"`{argv[0]}` cannot be started: {error.strerror or error}") from error
    finally:
        conversation.end()


class _Conversation:
    """Copies of a program and what each of them was asked."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        import select

        self._requests = requests
        self._next = 0
        self._answers = select.poll()
        self._processes: dict[int, Popen[bytes]] = {}
        """By the descriptor of its standard output."""
        self._asked: dict[int, int] = {}
        """Descriptor -> position of the request that is being worked at."""

    def start(self, argv: Sequence[str]) -> None:
        """Start one copy and ask it something."""
        import select
        import subprocess

        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        self._processes[descriptor] = process
        self._answers.register(descriptor, select.POLLIN)
        self.ask(descriptor)

    def ask(self, descriptor: int) -> None:
        """Give a copy that is idle its next request, or nothing more to do."""
        stdin = self._processes[descriptor].stdin
        assert stdin is not None
        position = self._next
        try:
            if position < len(self._requests):
                self._next += 1
                self._asked[descriptor] = position
                stdin.write(self._requests[position])
                stdin.flush()
                return
            stdin.close()
        except OSError:
            # It has ended, so that what it was asked stays without an answer.
            self._asked.pop(descriptor, None)
        self._answers.unregister(descriptor)

    def is_waiting(self) -> bool:
        """Say whether some copy has yet to answer."""
        return bool(self._asked)

    def listen(self, silence: float) -> list[int]:
        """Return descriptors of copies that have said something or have ended."""
        return [descriptor for descriptor, _ in self._answers.poll(silence * 1000)]

    def answer(self, descriptor: int) -> tuple[int, bytes] | None:
        """Return the request and answer of a copy, None if it has ended."""
        stdout = self._processes[descriptor].stdout
        assert stdout is not None
        position = self._asked.pop(descriptor)
        line: bytes = stdout.readline()
        if line.endswith(b"\n"):
            return position, line[:-1]
        self._answers.unregister(descriptor)
        return None

    def end(self) -> None:
        """End all copies."""
        for process in self._processes.values():
            process.kill()
            _close_pipes(process)
            process.wait()


def _close_pipes(process: Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass  # What was still to be written is of no use to a program that has ended.


def get_ready() -> None:
    """Import what starting programs takes, for who may not import anything later."""
    import subprocess  # noqa: F401


class Stopper:
    """Ends the programs of a piece of work from another thread."""

    def __init__(self) -> None:
        from threading import Lock

        self._lock = Lock()
        self._running: set[Popen[bytes]] = set()
        self.stopped = False
        """Nothing is started any more."""

    def stop(self) -> None:
        """End every program with all that it has started; none is started from now on."""
        with self._lock:
            self.stopped = True
            for process in self._running:
                _kill_group(process)

    def add(self, process: Popen[bytes]) -> None:
        """Take a program that was just started."""
        with self._lock:
            self._running.add(process)
            if self.stopped:
                _kill_group(process)

    def remove(self, process: Popen[bytes]) -> None:
        """Forget a program that has ended."""
        with self._lock:
            self._running.discard(process)


class Attendant:
    """A program that does one piece of work after the other: a request a line, an exit code back.

    It has a group of its own, so that whatever it starts ends with it when it is stopped.
    """

    def __init__(
        self,
        argv: Sequence[str],
        log: str,
        *,
        environment: Mapping[str, str],
        stopper: Stopper,
    ) -> None:
        """Start it.

        Args:
            log: Path of a file that takes its standard error, made if it is not there.

        Raises:
            ProgramFailed: It cannot be started.
        """
        import subprocess

        self._name = argv[0]
        self._stopper = stopper
        output = _open_log(log)
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramFailed(
                f"`{argv[0]}` cannot be started: {error.strerror or error}"
            ) from error
        finally:
            import os

            os.close(output)
        stopper.add(self._process)

    def ask(self, request: bytes, log: str, limit: int = MAXIMUM_LOG) -> int:
        """Have some work done, with all output added to a file, and return its exit code.

        Args:
            request: One line.
            limit: Bytes of the log from which on it starts anew; looked at once a second.

        Returns:
            The exit code; negative for the signal that ended the work, or the program itself.

        Raises:
            ProgramFailed: It was stopped, or answers something else.
        """
        import select

        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(request)
            stdin.flush()
        except OSError:
            pass  # It has ended; its answer, which is none, says so.
        waiting = select.poll()
        waiting.register(stdout, select.POLLIN)
        while not waiting.poll(_LOOK_INTERVAL * 1000):
            _shorten(log, limit)
        answer = stdout.readline()
        if self._stopper.stopped:
            raise ProgramFailed(f"`{self._name}` was stopped")
        if not answer:
            return self._process.wait()
        try:
            return int(answer)
        except ValueError as error:
            raise ProgramFailed(f"`{self._name}` answers nonsense") from error

    def has_ended(self) -> bool:
        """Say whether it cannot be asked any more."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it with all that it has started, and wait until that has ended."""
        import os
        import select

        process = self._process
        _kill_group(process)
        process.wait()
        assert process.stdout is not None
        # Its forks have the other end of the pipe for as long as they live.
        alive = select.poll()
        alive.register(process.stdout, select.POLLIN)
        while alive.poll(_LOOK_INTERVAL * 1000) and os.read(process.stdout.fileno(), 1 << 16):
            pass
        _close_pipes(process)
        self._stopper.remove(process)


def _open_log(log: str) -> int:
    """Open a file for what programs print.

    Raises:
        ProgramFailed: It cannot be written.
    """
    import os

    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(log, flags, 0o600)
    except OSError as error:
        raise ProgramFailed(f"the log `{log}` cannot be written: {error.strerror}") from error


def _shorten(log: str, limit: int) -> None:
    """Have a log that got too large start anew."""
    import os

    try:
        if os.stat(log).st_size > limit:
            os.truncate(log, 0)
            with open(log, "ab") as file:
                file.write(b"[the output before this was dropped: there was too much]\n")
    except OSError:
        pass  # Somebody has removed it, which makes it small enough.


def run_logged(
    argv: Sequence[str],
    log: str,
    *,
    environment: Mapping[str, str],
    cwd: str,
    stopper: Stopper,
    limit: int = MAXIMUM_LOG,
) -> int:
    """Run a program to its end, with all its output added to a file, and return its exit code.

    It has no standard input, and a group of its own, so that whatever it starts ends with it when
    it is stopped. A log that gets too large starts anew: its end is what people need.

    Args:
        log: Path of a file, which is made if it is not there.
        limit: Bytes of the log from which on it starts anew; looked at once a second.

    Returns:
        The exit code; negative for the signal that ended it.

    Raises:
        ProgramFailed: It cannot be started, or was stopped.
    """
    import os
    import subprocess

    output = _open_log(log)
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )
        stopper.add(process)
        try:
            _watch(process, output, limit)
        except BaseException:
            _kill_group(process)
            process.wait()
            raise
        finally:
            stopper.remove(process)
    except OSError as error:
        raise ProgramFailed(f"`{argv[0]}` cannot be started: {error.strerror or error}") from error
    finally:
        os.close(output)
    if stopper.stopped:
        raise ProgramFailed(f"`{argv[0]}` was stopped")
    return process.returncode


def _watch(process: Popen[bytes], output: int, limit: int) -> None:
    """Wait for a program and keep its log small."""
    import os
    import select
    import subprocess

    try:
        descriptor = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else -1
    except OSError:
        descriptor = -1
    end = select.poll()
    try:
        if descriptor >= 0:
            end.register(descriptor, select.POLLIN)
        while True:
            if descriptor >= 0:
                # Waiting with a time limit looks every 50 ms only, which a short hook would feel.
                end.poll(_LOOK_INTERVAL * 1000)
                if process.poll() is not None:
                    return
            else:
                try:
                    process.wait(_LOOK_INTERVAL)
                except subprocess.TimeoutExpired:
                    pass
                else:
                    return
            if os.fstat(output).st_size > limit:
                os.ftruncate(output, 0)
                os.write(output, b"[the output before this was dropped: there was too much]\n")
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _kill_group(process: Popen[bytes]) -> None:
    import os
    import signal

    if process.returncode is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        process.kill()
