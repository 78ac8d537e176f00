"""Which files and versions may be used, from what the user wrote."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.options import SelectionPolicy
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

ALL, NONE = ":all:", ":none:"
PRERELEASE_MODES = ("disallow", "allow", "if-necessary", "explicit")
_RELEASE_MODES = {"all-releases": "allow", "only-final": "disallow"}
"""By the marker of the option."""


class PrereleaseChoices(NamedTuple):
    """What was said of pre-releases."""

    mode: str = ""
    """Of `--pre` and `--prerelease`; empty when neither was given."""
    releases: tuple[tuple[str, str], ...] = ()
    """`--all-releases` and `--only-final` in order: `OPTION=NAMES` without hyphens, and where it
    was written, as messages name it."""
    packages: tuple[tuple[str, str], ...] = ()
    """Of `--prerelease-package`: normalised name and mode."""


def make_policy(values: OptionValues, now: float) -> SelectionPolicy:
    """Return the policy but for pre-releases, `--only-binary` and `--no-binary`.

    Raises:
        UsageError: Values make no sense, or not together.
    """
    policy = SelectionPolicy(
        prefer_binary=values.flag("prefer_binary"),
        ignore_requires_python=values.flag("ignore_requires_python"),
        require_hashes=values.flag("require_hashes"),
        resolution=values.text("resolution", "highest"),
    )
    names = ("exclude_newer", "uploaded_prior_to")
    if any(values.text(name) for name in names) or values.list("exclude_newer_package"):
        from xpip.cli.cutoffs import general_cutoff, project_cutoffs

        policy = policy._replace(
            uploaded_before=general_cutoff(values, now),
            uploaded_before_packages=project_cutoffs(values, now),
        )
    return policy


def moves_with_time(values: OptionValues) -> bool:
    """Say whether the same words mean another policy at another time, as `7 days` do."""
    policy = make_policy(values, 0.0)
    if policy.uploaded_before is None and not policy.uploaded_before_packages:
        return False
    return policy != make_policy(values, 1e9)


def prerelease_choices(values: OptionValues) -> PrereleaseChoices:
    """Return what command line, variables and files of configuration say of pre-releases.

    Raises:
        UsageError: Values make no sense, or not together.
    """
    releases = values.sourced("releases")
    mode = values.text("prerelease")
    if values.flag("pre"):
        if releases:
            # As in pip, which could only guess which of the two counts.
            raise UsageError("`--pre` goes with neither `--all-releases` nor `--only-final`")
        if mode not in ("", "allow"):
            raise UsageError(f"`--pre` does not go with `--prerelease {mode}`")
        mode = "allow"
    packages: dict[str, str] = {}
    for written, source in values.sourced("prerelease_package"):
        name, equals, own = written.partition("=")
        if not equals or not is_project_name(name) or own not in PRERELEASE_MODES:
            modes = ", ".join(f"`{known}`" for known in PRERELEASE_MODES)
            raise UsageError(
                f"{source} takes `PROJECT=MODE`, not `{redact_text(written)}`",
                hints=(f"modes are {modes}",),
            )
        packages[normalized_name(name)] = own
    return PrereleaseChoices(mode, releases, tuple(packages.items()))


def with_prereleases(policy: SelectionPolicy, choices: PrereleaseChoices) -> SelectionPolicy:
    """Return the policy with what was said of pre-releases.

    Raises:
        UsageError: Two choices contradict each other.
    """
    general, packages = _release_modes(choices.releases)
    mode = choices.mode
    if general and mode not in ("", general):
        raise UsageError(f"`--prerelease {mode}` does not go with what is said of `:all:`")
    mode = mode or general
    packages.update(choices.packages)
    return policy._replace(
        pre=mode == "allow",
        prereleases=mode,
        prerelease_packages=tuple(sorted(packages.items())),
    )


def _release_modes(releases: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """Return what `--all-releases` and `--only-final` come to; the later one counts, as in pip."""
    general = ""
    packages: dict[str, str] = {}
    for value, source in releases:
        option, _, names = value.partition("=")
        mode = _RELEASE_MODES[option]
        for name in names.split(","):
            if name == ALL:
                general, packages = mode, {}
            elif name == NONE:
                general = "" if general == mode else general
                packages = {known: own for known, own in packages.items() if own != mode}
            elif is_project_name(name):
                packages[normalized_name(name)] = mode
            else:
                raise _no_name(source, name)
    return general, packages


def project_names(values: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Return normalised names from lists with commas, or `:all:` alone; `:none:` starts anew.

    Raises:
        UsageError: One is no name of a project.
    """
    found: set[str] = set()
    for written, source in values:
        for name in written.split(","):
            if name == NONE:
                found.clear()
            elif name == ALL:
                found = {ALL}
            elif not is_project_name(name):
                raise _no_name(source, name)
            elif ALL not in found:
                found.add(normalized_name(name))
    return frozenset(found)


def _no_name(source: str, name: str) -> UsageError:
    return UsageError(
        f"{source} takes names of projects, `:all:` or `:none:`, not `{redact_text(name)}`"
    )


def binary_choices(values: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return `--only-binary` and `--no-binary` in order: pairs of name without hyphens and value.

    Raises:
        UsageError: A value is no name of a project.
    """
    choices = []
    for value, source in values:
        option, _, names = value.partition("=")
        for name in names.split(","):
            if name not in (ALL, NONE) and not is_project_name(name):
                raise _no_name(source, name)
            choices.append((option, name))
    return tuple(choices)


def binary_sets(choices: Sequence[tuple[str, str]]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the projects of `--only-binary` and `--no-binary`; the later choice wins."""
    only_binary: set[str] = set()
    no_binary: set[str] = set()
    for option, name in choices:
        chosen, other = only_binary, no_binary
        if option == "no-binary":
            chosen, other = other, chosen
        if name == ALL:
            chosen.clear()
            other.clear()
            chosen.add(name)
        elif name == NONE:
            chosen.clear()
        else:
            chosen.add(normalized_name(name))
            other.discard(normalized_name(name))
    return frozenset(only_binary), frozenset(no_binary)
