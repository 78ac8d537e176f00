"""Make a virtual environment."""

from __future__ import annotations

import os
import sys

from xpip.environment.create import (
    CreateOptions,
    create_environment,
    default_prompt,
    seed_requirements,
)
from xpip.environment.interpreter import query_interpreter
from xpip.environment.pyvenv import environment_of
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.environment.create import Created
    from xpip.model.environment import Interpreter
    from xpip.store.layout import Store


class VenvRequest(NamedTuple):
    """What one `xpip venv` asks for."""

    path: str
    """As written."""
    python: str = ""
    """Path, name or version of an interpreter; empty for the one that xpip runs on."""
    prompt: str = ""
    """`.` for the name of the current folder, empty for that of the environment's."""
    clear: bool = False
    allow_existing: bool = False
    system_site_packages: bool = False
    seed: bool = False


class VenvOutcome(NamedTuple):
    """An environment and what is still to do."""

    created: Created
    interpreter: Interpreter
    """The one that the environment was made of, or an environment that was made of the same."""
    seeds: tuple[str, ...]
    """Requirements to install into the environment; empty unless asked for."""


def make_environment(
    request: VenvRequest,
    variables: Mapping[str, str],
    cwd: str,
    store: Store | None,
) -> VenvOutcome:
    """Make a virtual environment, or find the one that another process made meanwhile.

    Args:
        variables: `PATH` and `HOME` are read.
        cwd: Absolute folder that relative paths start from.

    Raises:
        UsageError: The path or prompt cannot be that of an environment.
        EnvironmentFault: There is no such interpreter, or the environment cannot be made.
    """
    interpreter = _interpreter(request.python, variables, cwd, store)
    path = request.path
    if path.startswith("~/"):
        path = variables.get("HOME", "~") + path[1:]
    path = os.path.normpath(os.path.join(cwd, path))
    prompt = default_prompt(path, cwd, request.prompt)
    options = CreateOptions(
        prompt="" if prompt == os.path.basename(path) and not request.prompt else prompt,
        clear=request.clear,
        allow_existing=request.allow_existing,
        system_site_packages=request.system_site_packages,
    )
    created = create_environment(path, interpreter, options)
    seeds = seed_requirements(interpreter) if request.seed else ()
    return VenvOutcome(created, interpreter, seeds)


def _interpreter(
    python: str, variables: Mapping[str, str], cwd: str, store: Store | None
) -> Interpreter:
    if python:
        from xpip.environment.search import Search

        return Search(variables, cwd, store).named(python)
    return query_interpreter(_own_base(), store)


def _own_base() -> str:
    """Return the interpreter that xpip runs on, not that of an environment that it runs in.

    Not what `sys._base_executable` says where `site` is turned off: then it may be the link inside.
    """
    executable: str = getattr(sys, "_base_executable", None) or sys.executable
    return sys.executable if environment_of(executable) is not None else executable
