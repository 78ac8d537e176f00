"""The text that `xpip compile` writes and reads again: one pinned requirement after the other.

The form is that of pip-compile and `uv pip compile`, so that tools which read theirs read this one,
and theirs are understood here as the versions to keep.
"""

from __future__ import annotations

from xpip.errors import RequirementError
from xpip.formats.requirements_txt import parse
from xpip.model.names import leading_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.link import Digest

SPLIT = "split"
"""Reasons below the pin, a line each."""
LINE = "line"
"""Reasons beside the pin."""

_CONFLICT_MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_PIN_WIDTH = 24
"""Columns of a pin before its reasons in line style, as in pip-compile."""
_NAME_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


class Pin(NamedTuple):
    """One project in one version."""

    name: str
    """Normalised."""
    version: str
    """Empty for a direct reference."""
    url: str = ""
    """Of a direct reference, without credentials."""
    extras: tuple[str, ...] = ()
    """Normalised and sorted."""
    marker: str = ""
    """Where it is wanted; empty for everywhere."""
    digests: tuple[Digest, ...] = ()
    """Sorted; empty when no hashes are to be written."""
    reasons: tuple[str, ...] = ()
    """Who asks for it, such as `-r requirements.in` or `flask`, sorted."""
    index_url: str = ""
    """Where it is from, without credentials; empty for a direct reference."""
    editable: bool = False
    """Of a folder or repository that is used where it is."""


class PinnedFile(NamedTuple):
    """Everything in the output of one compilation."""

    pins: tuple[Pin, ...]
    """In the order to be written."""
    header: tuple[str, ...] = ()
    """Lines without their `# `."""
    options: tuple[str, ...] = ()
    """Lines such as `--index-url https://index.example/simple`."""
    left_out: tuple[str, ...] = ()
    """Names of projects that were resolved and are not to be written."""
    annotations: str = SPLIT
    """`split`, `line`, or empty for none."""
    indexes: bool = False
    """Say below each pin which index it is from."""


def format_pins(file: PinnedFile) -> str:
    """Return the text of a file, with a newline at its end unless it is empty."""
    lines = [f"# {line}".rstrip() for line in file.header]
    lines += file.options
    if file.options and file.pins:
        lines.append("")
    for pin in file.pins:
        lines += _lines(pin, file.annotations)
        if file.indexes and pin.index_url:
            lines.append(f"    # from {pin.index_url}")
    if file.left_out:
        lines += ["", "# The following packages were excluded from the output:"]
        lines += [f"# {name}" for name in file.left_out]
    return "".join([f"{line}\n" for line in lines])


def parse_pins(text: str, path: str) -> tuple[tuple[str, str], ...]:
    """Return (normalised name, version) of all pins of an earlier output, sorted by name.

    Direct references and what is not pinned to one version are left out. Of a project that is
    pinned more than once the first pin counts.

    Raises:
        RequirementError: Lists the lines that are no requirements, such as those of a merge that
            was not finished.
    """
    _ensure_no_conflict(text, path)
    pins: dict[str, str] = {}
    for entry in parse(text, path, {}).entries:
        if isinstance(entry, RequirementText) and not entry.editable:
            name, version = _pin_of(entry.text)
            if version:
                pins.setdefault(name, version)
    return tuple(sorted(pins.items()))


def _ensure_no_conflict(text: str, path: str) -> None:
    if not any(mark in text for mark in _CONFLICT_MARKS):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_CONFLICT_MARKS):
            raise RequirementError(
                f"{path}:{number}: `{line[:40]}` is left over from a merge",
                hints=("finish the merge, or start without the file's pins with `--upgrade`",),
            )


def _pin_of(text: str) -> tuple[str, str]:
    """Return name and version of `name[extras]==version ; marker`; no version for all else."""
    head = text.partition(";")[0].strip()
    name = leading_name(head)
    rest = head.lstrip(_NAME_LETTERS).lstrip()
    if rest.startswith("["):
        rest = rest.partition("]")[2].lstrip()
    if not rest.startswith("=="):
        return name, ""
    version = rest[2:].removeprefix("=").strip()
    if "," in version or "*" in version or " " in version:
        return name, ""
    return name, version


def _lines(pin: Pin, annotations: str) -> list[str]:
    extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
    what = f" @ {pin.url}" if pin.url else f"=={pin.version}"
    text = f"-e {_editable(pin)}" if pin.editable else f"{pin.name}{extras}{what}"
    if pin.marker:
        text += f" ; {pin.marker}"
    parts = [text, *(f"    --hash={digest}" for digest in pin.digests)]
    lines = [f"{part} \\" for part in parts[:-1]] + parts[-1:]
    if not annotations or not pin.reasons:
        return lines
    if annotations == LINE:
        reasons = ", ".join(pin.reasons)
        if pin.digests:
            return [*lines, f"    # via {reasons}"]
        return [f"{text.ljust(_PIN_WIDTH)}  # via {reasons}"]
    if len(pin.reasons) == 1:
        return [*lines, f"    # via {pin.reasons[0]}"]
    return [*lines, "    # via", *(f"    #   {reason}" for reason in pin.reasons)]


def _editable(pin: Pin) -> str:
    """Return what stands after `-e`, as pip reads it: a path with extras, or a repository."""
    extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
    if "+" not in pin.url.partition("://")[0]:
        return pin.url + extras
    if extras:
        return f"{pin.name}{extras} @ {pin.url}"
    url, _, fragment = pin.url.partition("#")
    return f"{url}#egg={pin.name}" + (f"&{fragment}" if fragment else "")


class Difference(NamedTuple):
    """What became of the pins of an earlier output."""

    added: tuple[tuple[str, str], ...] = ()
    """(name, version)."""
    removed: tuple[tuple[str, str], ...] = ()
    """(name, version)."""
    changed: tuple[tuple[str, str, str], ...] = ()
    """(name, version before, version now)."""


def compare_versions(
    before: Sequence[tuple[str, str]], now: Iterable[tuple[str, str]]
) -> Difference:
    """Return how the pins of an output differ from those of the one before.

    Args:
        now: (name, version); what has no version does not count.
    """
    old = dict(before)
    new = {name: version for name, version in now if version}
    return Difference(
        tuple((name, version) for name, version in new.items() if name not in old),
        tuple((name, version) for name, version in old.items() if name not in new),
        tuple(
            (name, old[name], version)
            for name, version in new.items()
            if name in old and old[name] != version
        ),
    )
