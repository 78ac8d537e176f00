"""Which requirements of a build the target environment lacks, for builds without isolation."""

from __future__ import annotations

from xpip.environment.installed import scan
from xpip.model.environment import Environment
from xpip.model.markers import marker_holds, parse_requirement
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.planner.satisfied import admits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.environment import Interpreter


def missing_requirements(requires: Sequence[str], interpreter: Interpreter) -> tuple[str, ...]:
    """Return a line for each requirement that what is installed does not satisfy.

    Args:
        requires: Valid requirements, as the project wrote them.
    """
    own = interpreter.layout.library_folders()
    others = tuple(folder for folder in interpreter.library_folders if folder not in own)
    environment = Environment(interpreter, interpreter.layout, "build", True, None, others)
    versions = {one.name: one.version for one in reversed(scan(environment))}
    lines = []
    for text in requires:
        requirement = parse_requirement(text)
        if not marker_holds(requirement, interpreter.target):
            continue
        version = versions.get(normalized_name(requirement.name))
        if version is None:
            lines.append(f"`{text}`: not installed")
        elif not admits(requirement.specifier, version):
            lines.append(f"`{text}`: {version} is installed")
    return tuple(lines)
