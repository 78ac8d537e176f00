"""Calls of build backends (PEP 517 and PEP 660), each in a process of its own (`runner.py`)."""

from __future__ import annotations

import os

from xpip.build.log_hints import hints_for
from xpip.errors import BuildFailed, XpipError
from xpip.formats.core_metadata import parse_core_metadata
from xpip.model.file_names import parse_wheel_name, sdist_stem
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.process import ProgramFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pyproject_hooks import BuildBackendHookCaller

    from xpip.build.project import BuildSystem
    from xpip.build.runner import HookRunner
    from xpip.model.dependencies import CoreMetadata

TAIL_LINES = 25
"""Lines of a log that are shown when a build fails."""
_TAIL_BYTES = 32 << 10
_LINE_WIDTH = 400
_MAXIMUM_METADATA = 8 << 20

Settings = dict[str, "str | list[str]"]


class Place(NamedTuple):
    """Where a backend runs."""

    source: str
    """Folder of the project."""
    python: str
    variables: Mapping[str, str]
    log: str
    """File that takes all output."""


class Backend:
    """The build backend of one project, in its environment."""

    def __init__(
        self,
        shown: str,
        system: BuildSystem,
        place: Place,
        settings: Sequence[tuple[str, str]],
        runner: HookRunner,
    ) -> None:
        """Prepare calls; nothing runs yet.

        Args:
            shown: What messages call the project.
            settings: `--config-settings` in order; a repeated key becomes a list, as in pip.
            runner: Starts what has to be started.
        """
        self._shown = shown
        self._name = system.backend
        self._place = place
        self._settings = grouped_settings(settings)
        self._runner = runner
        # What lies in the project is imported by each hook: other builds have other modules there.
        self._shared = "" if system.backend_path else system.backend
        self._caller = self._make_caller(system)

    def requirements(self, kind: str) -> tuple[str, ...]:
        """Return what a build needs besides what `pyproject.toml` says.

        Args:
            kind: `wheel`, `editable` or `sdist`.

        Raises:
            BuildFailed: The backend failed, or answers something else.
        """
        hook = f"get_requires_for_build_{kind}"
        answer = self._call(hook, lambda: getattr(self._caller, hook)(self._settings))
        if not isinstance(answer, list) or not all(isinstance(text, str) for text in answer):
            raise self._nonsense(hook, "it does not return a list of requirements")
        return tuple(answer)

    def metadata(self, folder: str, kind: str) -> CoreMetadata | None:
        """Return what a backend says a wheel would say; None when it cannot tell without building.

        Args:
            folder: Where the backend writes; empty, and there already.
            kind: `wheel` or `editable`.

        Raises:
            BuildFailed: The backend failed, or answers something else.
        """
        from pyproject_hooks import HookMissing

        hook = f"prepare_metadata_for_build_{kind}"
        try:
            answer = self._call(
                hook,
                lambda: getattr(self._caller, hook)(folder, self._settings, _allow_fallback=False),
            )
        except HookMissing:
            return None
        name = self._plain_name(answer, hook)
        try:
            with open(os.path.join(folder, name, "METADATA"), "rb") as file:
                data = file.read(_MAXIMUM_METADATA)
            return parse_core_metadata(data, f"{self._shown}: METADATA")
        except OSError as error:
            raise self._nonsense(hook, f"there is no `{name}/METADATA`") from error
        except XpipError as error:
            raise self._nonsense(hook, error.summary) from error

    def build_wheel(self, folder: str, kind: str) -> str:
        """Have a wheel built and return its file name.

        Args:
            folder: Where it is written; empty, and there already.
            kind: `wheel` or `editable`.

        Raises:
            BuildFailed: The backend failed, or what it made is no wheel.
        """
        from pyproject_hooks import HookMissing

        hook = f"build_{kind}"
        try:
            answer = self._call(hook, lambda: getattr(self._caller, hook)(folder, self._settings))
        except HookMissing as error:
            raise BuildFailed(
                f"`{self._shown}` cannot be installed editable: "
                f"its backend `{self._name}` cannot build editable wheels",
                hints=(
                    "leave out `-e`",
                    "a newer version of the backend may have the hook `build_editable` (PEP 660)",
                ),
            ) from error
        name = self._made_file(answer, hook, folder)
        if parse_wheel_name(name) is None:
            raise self._nonsense(hook, f"`{name}` is not the name of a wheel")
        return name

    def build_sdist(self, folder: str) -> str:
        """Have a source archive made and return its file name.

        Args:
            folder: Where it is written; empty, and there already.

        Raises:
            BuildFailed: The backend failed, or what it made is no source archive.
        """
        hook = "build_sdist"
        answer = self._call(hook, lambda: self._caller.build_sdist(folder, self._settings))
        name = self._made_file(answer, hook, folder)
        if sdist_stem(name) is None:
            raise self._nonsense(hook, f"`{name}` is not the name of a source archive")
        return name

    def _make_caller(self, system: BuildSystem) -> BuildBackendHookCaller:
        import warnings

        from pyproject_hooks import BuildBackendHookCaller, BuildBackendWarning

        # What a backend warns of is in its log. Not `catch_warnings`, which is not for threads.
        warnings.simplefilter("ignore", BuildBackendWarning)
        return BuildBackendHookCaller(
            self._place.source,
            system.backend,
            list(system.backend_path) or None,
            self._run,
            self._place.python,
        )

    def _run(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        """Run one hook for `pyproject_hooks`.

        Raises:
            _HookEnded: With another exit code than 0.
        """
        source = cwd or self._place.source
        code = self._runner.run(cmd, self._place, source, extra_environ or {}, self._shared)
        if code:
            raise _HookEnded(code)

    def _call(self, hook: str, call: Callable[[], Any]) -> Any:
        """Return the answer of a hook.

        Raises:
            HookMissing: The backend has no such hook, and needs none.
            BuildFailed: Anything else than an answer.
        """
        from pyproject_hooks import BackendUnavailable, UnsupportedOperation

        try:
            return call()
        except _HookEnded as error:
            raise self._failed(hook, error.text(), self._tail()) from error
        except BackendUnavailable as error:
            lines = tuple(error.traceback.rstrip().splitlines()[-TAIL_LINES:])
            raise BuildFailed(
                f"the build backend `{self._name}` of `{self._shown}` cannot be imported",
                details=lines,
                hints=("a project names what its backend needs in `build-system.requires`",),
            ) from error
        except UnsupportedOperation as error:
            lines = tuple(error.traceback.rstrip().splitlines()[-TAIL_LINES:])
            raise self._failed(hook, "it does not support that", lines) from error
        except ProgramFailed as error:
            raise self._failed(hook, error.summary, ()) from error
        except (OSError, ValueError, KeyError) as error:
            # Its answer is missing or is no JSON: the process ended without a word.
            raise self._failed(hook, "it ended without an answer", self._tail()) from error

    def _failed(self, hook: str, how: str, lines: tuple[str, ...]) -> BuildFailed:
        shown = (f"log: {self._place.log}", "its last lines:", *lines) if lines else ()
        return BuildFailed(
            f"`{self._shown}` cannot be built: `{self._name}` failed in `{hook}`",
            details=(how, *shown),
            hints=hints_for(lines),
        )

    def _nonsense(self, hook: str, what: str) -> BuildFailed:
        return BuildFailed(
            f"`{self._shown}` cannot be built: "
            f"what `{self._name}` returns from `{hook}` cannot be used",
            details=(what, f"log: {self._place.log}"),
        )

    def _plain_name(self, answer: object, hook: str) -> str:
        if not isinstance(answer, str) or not answer:
            raise self._nonsense(hook, "it is not a file name")
        if "/" in answer or "\\" in answer or "\0" in answer or answer in (".", ".."):
            raise self._nonsense(hook, f"`{answer}` is a path where a file name is asked for")
        return answer

    def _made_file(self, answer: object, hook: str, folder: str) -> str:
        """Return the name of the one file that a hook has made."""
        name = self._plain_name(answer, hook)
        path = os.path.join(folder, name)
        if os.path.islink(path) or not os.path.isfile(path):
            raise self._nonsense(hook, f"`{name}` was not made")
        suffix = name[-4:].lower()
        made = [other for other in os.listdir(folder) if other[-4:].lower() == suffix]
        if len(made) != 1:
            raise self._nonsense(hook, f"{len(made)} files were made: {', '.join(sorted(made))}")
        return name

    def _tail(self) -> tuple[str, ...]:
        return log_tail(self._place.log)


class _HookEnded(Exception):
    """The process of a hook ended with an error."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def text(self) -> str:
        """Return the end in words."""
        if self.code >= 0:
            return f"it ended with exit code {self.code}"
        return f"it was ended by signal {-self.code}"


def grouped_settings(settings: Sequence[tuple[str, str]]) -> Settings:
    """Return settings as backends get them: a key that is repeated has a list of values."""
    grouped: Settings = {}
    for key, value in settings:
        known = grouped.get(key)
        if known is None:
            grouped[key] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            grouped[key] = [known, value]
    return grouped


def log_tail(path: str) -> tuple[str, ...]:
    """Return the last lines of a log, cut to a sane width."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    lines = [line.rstrip()[:_LINE_WIDTH] for line in text.splitlines()]
    return tuple(f"  {line}" for line in lines if line)[-TAIL_LINES:]
