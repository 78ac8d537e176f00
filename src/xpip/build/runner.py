"""Who runs the hooks of backends: programs that have a backend imported and fork for each hook."""

from __future__ import annotations

import os
import sys
from threading import Lock

from xpip.model.records import TYPE_CHECKING
from xpip.process import Attendant, run_logged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xpip.build.hooks import Place
    from xpip.process import Stopper

    Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]

_IDLE = 4
"""Programs that are kept though nobody needs them now."""
_FOLLOWED_BY = {
    "setuptools.build_meta": (
        "setuptools.command.bdist_wheel", "setuptools.command.dist_info",
        "setuptools.command.install_lib",
    ),
}  # fmt: skip
"""Backend -> modules that all its hooks import sooner or later, each 50 ms or more."""


class HookRunner:
    """Runs hooks for all builds of a command."""

    def __init__(self, stopper: Stopper) -> None:
        """Prepare; nothing is started yet."""
        self._stopper = stopper
        self._lock = Lock()
        self._idle: list[tuple[Key, Attendant]] = []

    def run(
        self,
        argv: Sequence[str],
        place: Place,
        cwd: str,
        variables: Mapping[str, str],
        backend: str,
    ) -> int:
        """Run one hook to its end and return its exit code, negative for a signal.

        Args:
            argv: Python, a script, and its arguments.
            variables: Besides those of the place.
            backend: Module to have imported beforehand; empty when it lies in the project.

        Raises:
            ProgramFailed: It cannot be started, or was stopped.
        """
        if sys.platform == "darwin":
            # The frameworks of the system do not survive a fork there.
            return run_logged(
                argv,
                place.log,
                environment={**place.variables, **variables},
                cwd=cwd,
                stopper=self._stopper,
            )
        import json

        started = (argv[0], _server(), argv[1], *_modules(backend))
        key = (started, tuple(sorted(place.variables.items())))
        attendant = self._take(key)
        if attendant is None:
            attendant = Attendant(
                started, place.log, environment=place.variables, stopper=self._stopper
            )
        request = {
            "argv": list(argv[1:]), "cwd": cwd, "variables": dict(variables), "log": place.log,
        }  # fmt: skip
        try:
            code = attendant.ask(json.dumps(request).encode() + b"\n", place.log)
        except BaseException:
            attendant.close()
            raise
        self._give_back(key, attendant)
        return code

    def close(self) -> None:
        """End all programs; nothing runs any more."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, attendant in idle:
            attendant.close()

    def _take(self, key: Key) -> Attendant | None:
        with self._lock:
            for place, (known, attendant) in enumerate(self._idle):
                if known == key:
                    del self._idle[place]
                    return attendant
        return None

    def _give_back(self, key: Key, attendant: Attendant) -> None:
        surplus = []
        if attendant.has_ended():
            surplus.append(attendant)
        else:
            with self._lock:
                self._idle.append((key, attendant))
                while len(self._idle) > _IDLE:
                    surplus.append(self._idle.pop(0)[1])
        for one in surplus:
            one.close()


def _server() -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook_server.py")


def _modules(backend: str) -> tuple[str, ...]:
    module = backend.partition(":")[0]
    return (module, *_FOLLOWED_BY.get(module, ())) if module else ()
