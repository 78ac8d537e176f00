"""The entry point: exit codes, signals, and the last resort for what nobody expected.

Like `cli/unchanged.py` this file imports nothing until it knows that something has to be done, and
does without `from __future__ import annotations`.
"""

import os
import sys

from xpip.cli import unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import Any, NoReturn

    from xpip.cli.assembly import Streams
    from xpip.errors import XpipError
    from xpip.terminal.console import Console

INTERRUPTED = 130
TERMINATED = 143
_BUG = 2
_GC_THRESHOLD = 500_000
"""Objects between two collections of the youngest generation. The default of 700 has the collector
run hundreds of times over manifests and pages that all stay alive."""


def run() -> "NoReturn":
    """Run the command line of this process and end the process."""
    code = main()
    if code in (INTERRUPTED, TERMINATED):
        _die_of(code - 128)
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        pass  # `main` has told already.
    # Nothing is left to be done, and taking all modules apart costs milliseconds.
    os._exit(code)


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: Arguments after the program's name; None: those of this process.
    """
    arguments = tuple(sys.argv[1:] if argv is None else argv)
    if arguments in (("--version",), ("-V",)):
        answer: str | None = f"{version_line()}\n"
    elif arguments[:1] == ("venv",):
        from xpip.cli import repeated_venv

        if repeated_venv.make(arguments):
            return 0
        answer = None
    elif arguments[:1] in (("compile",), ("lock",)):
        from time import time  # noqa: TID251 - the one clock of a command

        from xpip.cli import repeated_compile

        code = repeated_compile.answer(arguments, time())
        if code is not None:
            return code
        answer = None
    else:
        answer = unchanged.check(arguments)
        if answer is None and arguments[:1] == ("install",):
            code = _install_again(arguments)
            if code is not None:
                return code
    if answer is not None and unchanged.tell(sys.stdout, answer):
        return 0
    # Where the answer could not be written, the console finds a way, or the words for it.
    # Who calls this as a function has a process of its own to look after.
    return _run(arguments, may_bundle=argv is None)


def _install_again(arguments: "tuple[str, ...]") -> "int | None":
    """Fill an environment as an identical run did; None where the command has to run."""
    import gc
    from time import time  # noqa: TID251 - the one clock of a command

    from xpip.cli import repeated_install

    gc.set_threshold(_GC_THRESHOLD)
    _end_cleanly_on_sigterm()
    try:
        said = repeated_install.repeat(arguments, time())
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    # What cannot be written is told by the command, which finds everything in place.
    return 0 if said is not None and unchanged.tell(sys.stdout, said) else None


def version_line() -> str:
    """Return pip's form of saying which program this is."""
    from xpip import __version__

    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    major, minor = sys.version_info[:2]
    return f"xpip {__version__} from {folder} (python {major}.{minor})"


def _run(arguments: "tuple[str, ...]", may_bundle: bool) -> int:
    """Run a command with everything in place that it may need to end well."""
    import gc

    from xpip.cli.bundle import open_bundle

    # Before anything else is imported: looking for garbage among new modules takes 2 ms.
    gc.set_threshold(_GC_THRESHOLD)
    bundle = open_bundle(arguments) if may_bundle else None

    from xpip.cli.assembly import make_console, standard_streams
    from xpip.cli.settings import OutputOptions
    from xpip.errors import XpipError

    streams = standard_streams()
    debug = "--debug" in arguments
    # Until the settings are known, errors are told in the plainest way.
    plain = OutputOptions(json_errors="--json-errors" in arguments)
    consoles = [make_console(streams, plain, unchanged.variables())]
    try:
        _end_cleanly_on_sigterm()
        code = _command(arguments, streams, consoles)
        consoles[-1].close()
    except XpipError as error:
        code = _failed(error, consoles[-1], debug)
    except KeyboardInterrupt:
        _close(consoles[-1])
        return INTERRUPTED
    except SystemExit as end:
        _close(consoles[-1])
        return end.code if isinstance(end.code, int) else 1
    except Exception as error:  # noqa: BLE001 - whatever else gets here is a bug in xpip
        _close(consoles[-1])
        return _tell_bug(error, consoles[-1], arguments, debug)
    if bundle is not None:
        try:
            bundle.save()
        except (KeyboardInterrupt, SystemExit):
            pass  # The command had ended: what it did stands, and so does its exit code.
    return code


def _command(arguments: "tuple[str, ...]", streams: "Streams", consoles: "list[Console]") -> int:
    from time import time  # noqa: TID251 - the one clock of a command

    from xpip.cli.arguments import module_name
    from xpip.cli.assembly import make_console, open_log, with_spare_store
    from xpip.cli.settings import load_settings
    from xpip.errors import StoreFault

    settings = load_settings(arguments, unchanged.variables(), _current_folder(), time())
    settings = settings._replace(argv=arguments)
    if settings.is_moved:
        _change_folder(settings.cwd)
    log = open_log(settings, version_line()) if settings.output.log else None
    console = make_console(streams, settings.output, settings.environ, log)
    consoles.append(console)
    for warning in settings.warnings:
        console.warning(warning)
    if settings.command == "version":
        console.out(version_line())
        return 0
    name = f"xpip.cli.commands.{module_name(settings.command)}"
    __import__(name)  # `importlib` brings `warnings`: 0.4 ms.
    command: Any = sys.modules[name]
    try:
        code: int = command.run(settings.options, settings, console)
    except StoreFault as error:
        spare = with_spare_store(settings, error, console)
        if spare is None:
            raise
        code = command.run(spare.options, spare, console)
    return code


def _current_folder() -> str:
    from xpip.errors import EnvironmentFault

    try:
        return os.getcwd()
    except OSError as error:
        raise EnvironmentFault(
            f"the current folder cannot be read: {error.strerror}",
            hints=("change to a folder that exists",),
        ) from error


def _change_folder(path: str) -> None:
    from xpip.errors import UsageError

    try:
        os.chdir(path)
    except OSError as error:
        raise UsageError(f"`--directory` cannot go to `{path}`: {error.strerror}") from error


def _end_cleanly_on_sigterm() -> None:
    """Have SIGTERM unwind the stack, so that a change under way is taken back."""
    import _signal as signal  # type: ignore[import-not-found]  # `signal` brings enum: 4 ms

    def end(_number: int, _frame: "FrameType | None") -> None:
        # Tasks let SystemExit through and would keep an exception of our own to themselves.
        raise SystemExit(TERMINATED)

    try:
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, end)
    except ValueError:
        pass  # Only the main thread may do this; in another one xpip is somebody's library.


def _die_of(number: int) -> "NoReturn":
    """End as the signal would have ended this process, so that shells stop their loops too."""
    import _signal as signal

    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def _failed(error: "XpipError", console: "Console", debug: bool) -> int:
    if debug:
        console.trace(_traceback(error))
    if not getattr(error, "is_closed", False):
        console.error(error)
    _close(console)
    return error.exit_code


def _close(console: "Console") -> None:
    from xpip.errors import XpipError

    try:
        console.close()
    except XpipError:
        pass  # There is something worse to tell.


def _tell_bug(
    error: Exception, console: "Console", arguments: "tuple[str, ...]", debug: bool
) -> int:
    """Tell of an exception that no code expected: the traceback goes to a file, or is shown."""
    from xpip.errors import XpipError
    from xpip.model.urls import redact_text

    text = redact_text(f"{version_line()}\n{' '.join(arguments)}\n\n{_traceback(error)}")
    summary = f"xpip has a bug: {type(error).__name__}: {redact_text(str(error))}"
    if debug:
        console.trace(text)
        console.error(XpipError(summary))
        return _BUG
    path = _write_report(text)
    details = (f"`{path}` tells where",) if path else ()
    console.error(XpipError(summary, details=details, hints=("`--debug` shows the traceback",)))
    return _BUG


def _write_report(text: str) -> str:
    """Keep a text in a file of its own and return its path, empty when that cannot be done."""
    import tempfile

    try:
        descriptor, path = tempfile.mkstemp(prefix="xpip-bug-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return ""
    return path


def _traceback(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))
