"""Everything that the arguments and files of one command ask for."""

from __future__ import annotations

import os

from xpip.documents import read_document
from xpip.errors import RequirementError, UsageError, XpipError
from xpip.formats.requirements_txt import (
    CONSTRAINT,
    REQUIREMENT,
    BadLines,
    Include,
    OptionLine,
    decode,
    parse,
)
from xpip.model.origin import ArgumentOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementSources, RequirementText, SourcedRequirement
from xpip.model.urls import (
    credential_for,
    redact,
    redact_text,
    scheme_of,
    split_credentials,
    url_to_path,
)
from xpip.operations.wanted import Reach, Wanted, is_project_file, is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xpip.formats.requirements_txt import Entry
    from xpip.model.options import Credential
    from xpip.model.origin import Origin
    from xpip.model.source import UnnamedSource

MAXIMUM_DEPTH = 50
"""Files that include each other in a chain."""
MAXIMUM_PROBLEMS = 100
"""Requirements that are told; a file that is no requirements file at all has thousands."""
STANDARD_INPUT = "-"
"""Names standard input where the command line names a file; what it includes is relative to the
current folder."""


class ParsedSources(NamedTuple):
    """The parsed form of what was asked for."""

    requirements: tuple[SourcedRequirement, ...]
    constraints: tuple[SourcedRequirement, ...]
    unnamed: tuple[UnnamedSource, ...] = ()
    """Sources whose project is known only once they have been looked at."""
    unnamed_at: tuple[int, ...] = ()
    """Where each of them stands among all requirements, counted from 0."""

    def named(
        self, name: Callable[[UnnamedSource], SourcedRequirement]
    ) -> tuple[SourcedRequirement, ...]:
        """Return all requirements in the order written.

        Args:
            name: Returns the requirement that some sources turned out to be.
        """
        found = list(self.requirements)
        for place, unnamed in zip(self.unnamed_at, self.unnamed, strict=True):
            found.insert(place, name(unnamed))
        return tuple(found)


def read_sources(
    arguments: Sequence[str | RequirementText],
    requirement_files: Sequence[str],
    constraint_files: Sequence[str],
    variables: Mapping[str, str],
    cwd: str,
    editables: Sequence[str] = (),
) -> RequirementSources:
    """Read the files that were named and those they include; all of them are on this machine.

    Args:
        arguments: Requirements of the command line, or from elsewhere, in front of those of files.
        variables: Values of `${NAME}` in files.
        cwd: Absolute folder that relative paths of the command line start from.
        editables: Values of `-e` of the command line.

    Raises:
        XpipError: As `gather_sources` does.
    """
    wanted = Wanted(
        tuple(arguments), tuple(editables), tuple(requirement_files), tuple(constraint_files)
    )
    return gather_sources(wanted, Reach(variables, cwd))


def gather_sources(wanted: Wanted, reach: Reach) -> RequirementSources:
    """Read everything that a command line asks for.

    A nested path is relative to the file that names it. A file that is reached twice is read once.
    Credentials are taken out of all URLs.

    Raises:
        RequirementError: Lists all that is wrong in all files.
        UsageError: Extras are asked for and no project.
    """
    reading = _Reading(reach, wanted)
    for argument in wanted.arguments:
        if isinstance(argument, str):
            argument = RequirementText(argument, ArgumentOrigin(argument))  # noqa: PLW2901
        reading.add_requirement(argument)
    for editable in wanted.editables:
        reading.add_requirement(
            RequirementText(editable, ArgumentOrigin(f"-e {editable}"), editable=True)
        )
    if wanted.groups or wanted.scripts:
        reading.read_projects()
    for kind, files in (
        (REQUIREMENT, wanted.requirement_files),
        (CONSTRAINT, wanted.constraint_files),
    ):
        for file in files:
            reading.read_file(kind, file, ())
    if (wanted.extras or wanted.all_extras) and not reading.has_project:
        raise UsageError("`--extra` and `--all-extras` need a `pyproject.toml` among the files")
    return reading.result()


def parse_sources(sources: RequirementSources, cwd: str) -> ParsedSources:
    """Parse all requirements and constraints.

    Args:
        cwd: Absolute folder that relative paths of requirements start from.

    Raises:
        RequirementError: Lists all that cannot be parsed, and constraints that are not allowed.
        XpipError: The only problem, with its own class: a BuildError for what would need a build.
    """
    parsed, problems = _parse_all(sources.requirements, sources.constraints, cwd)
    _raise(problems)
    return parsed


def _refused_constraint(text: RequirementText, why: str) -> RequirementError:
    return RequirementError(
        f"{text.origin}: the constraint `{redact_text(text.text)}` {why}",
        hints=("a constraint is a name with versions, or `name @ URL`",),
    )


def _raise(problems: list[XpipError]) -> None:
    """Raise one error that tells all problems, if there are any."""
    if not problems:
        return
    if len(problems) == 1:
        raise problems[0]
    details: list[str] = []
    hints: list[str] = []
    for problem in problems:
        details.append(problem.summary)
        details.extend(f"  {line.strip()}" for line in problem.details)
        hints.extend(hint for hint in problem.hints if hint not in hints)
    count = f"{len(problems)} requirements or files"
    if len(problems) >= MAXIMUM_PROBLEMS:
        count = f"{len(problems)} or more requirements or files"
    raise RequirementError(
        f"{count} cannot be used",
        details=tuple(details),
        hints=tuple(hints),
    )


class _Opened(NamedTuple):
    """A file that led to the one being read."""

    path: str
    """Absolute, or a URL without credentials."""
    shown: str
    """As messages name it: as the user wrote it, or relative to that."""


class _Reading:
    """What has been read so far."""

    def __init__(self, reach: Reach, wanted: Wanted) -> None:
        self.reach = reach
        self.cwd = reach.cwd
        self.wanted = wanted
        self.has_project = False
        self.is_volatile = False
        self.requirements: list[RequirementText] = []
        self.constraints: list[RequirementText] = []
        self.credentials: list[Credential] = []
        self.options: dict[str, list[str]] = {}
        self.binary_choices: list[tuple[str, str]] = []
        self.release_choices: list[tuple[str, str]] = []
        self.index_url: str | None = None
        self.require_hashes: bool | None = None
        self.files: list[str] = []
        self.read: set[tuple[str, str]] = set()
        self.names: set[str] = set()
        self.problems: list[XpipError] = []

    def add_requirement(self, text: RequirementText) -> None:
        """Take a requirement whose credentials must go."""
        try:
            self.requirements.append(self._without_credentials(text))
        except XpipError as error:
            self.problems.append(error)

    def read_file(self, kind: str, named: str, chain: tuple[_Opened, ...]) -> None:
        """Read a file and what it includes; what goes wrong is noted.

        Args:
            named: As it was written.
            chain: The files that led here, outermost first.
        """
        try:
            file = self._locate(named, chain)
            if any(file.path == opened.path for opened in chain):
                self.problems.append(_cycle((*chain, file)))
            elif len(chain) >= MAXIMUM_DEPTH:
                self.problems.append(
                    RequirementError(
                        f"`{file.shown}` is included by more than {MAXIMUM_DEPTH} files"
                    )
                )
            elif (kind, file.path) not in self.read:
                self.read.add((kind, file.path))
                self._read_entries(kind, file, chain)
        except XpipError as error:
            if chain:
                error.details = (*error.details, f"included by `{chain[-1].shown}`")
            self.problems.append(error)

    def read_projects(self) -> None:
        """Read the dependency groups and scripts that were named; what goes wrong is noted."""
        from functools import partial

        from xpip.operations.project_files import read_group, read_script

        for path, group in self.wanted.groups:
            self._add_project(path, partial(read_group, cwd=self.cwd, group=group))
        for path in self.wanted.scripts:
            self._add_project(path, partial(read_script, cwd=self.cwd))

    def _add_project(self, path: str, read: Callable[[str], tuple[RequirementText, ...]]) -> None:
        """Take what a project or script asks for."""
        absolute = os.path.normpath(os.path.join(self.cwd, path))
        if absolute not in self.files:
            self.files.append(absolute)
        try:
            texts = read(path)
        except XpipError as error:
            self.problems.append(error)
            return
        for text in texts:
            self.add_requirement(text)

    def _read_entries(self, kind: str, file: _Opened, chain: tuple[_Opened, ...]) -> None:
        if is_project_file(file.shown):
            self._read_project(kind, file)
            return
        from_server = is_remote(file.path)
        text, file = self._content(kind, file)
        if file.path not in self.files:
            self.files.append(file.path)
        # A file from a server must not have the values of variables sent anywhere.
        variables = {} if from_server else self.reach.variables
        try:
            content = parse(text, file.shown, variables)
        except BadLines as error:
            self.problems.append(error)
            content = error.readable
        self.names.update(() if from_server else content.variables)
        for entry in content.entries:
            try:
                if from_server:
                    from xpip.operations.remote_files import ensure_harmless

                    ensure_harmless(entry, file.path)
                self._take(kind, entry, (*chain, file))
            except XpipError as error:
                self.problems.append(error)

    def _take(self, kind: str, entry: Entry, chain: tuple[_Opened, ...]) -> None:
        """Take one entry of the last file of the chain."""
        if isinstance(entry, Include):
            self.read_file(entry.kind, entry.target, chain)
        elif isinstance(entry, OptionLine):
            self._add_option(entry, os.path.dirname(chain[-1].path))
        elif kind == CONSTRAINT:
            self.constraints.append(self._without_credentials(entry))
        else:
            self.requirements.append(self._without_credentials(entry))

    def _content(self, kind: str, file: _Opened) -> tuple[str, _Opened]:
        """Return the text of a file, and the file with its final place."""
        if not is_remote(file.path):
            what = "constraints file" if kind == CONSTRAINT else "requirements file"
            is_piped = file.shown == STANDARD_INPUT
            self.is_volatile |= is_piped
            path = "/dev/stdin" if is_piped else file.path
            return decode(read_document(path, what), file.shown), file
        self.is_volatile = True
        if self.reach.fetch is None:
            raise UsageError(
                f"`{file.shown}` is a URL, and this command reads files of this machine only",
                hints=("download it first, for example with `curl -O`, and name the copy",),
            )
        url, content = self.reach.fetch(file.path, tuple(self.credentials))
        return decode(content, file.shown), file._replace(path=url)

    def _read_project(self, kind: str, file: _Opened) -> None:
        from xpip.operations.project_files import ProjectWish, read_project

        if kind == CONSTRAINT or is_remote(file.path):
            why = "not a constraints file" if kind == CONSTRAINT else "not on this machine"
            raise RequirementError(
                f"the project file `{file.shown}` is {why}",
                hints=("`-r pyproject.toml` installs what a project here depends on",),
            )
        self.has_project |= not file.shown.endswith(".py")
        wish = ProjectWish(self.wanted.extras, self.wanted.all_extras)
        self._add_project(file.shown, lambda path: read_project(path, self.cwd, wish))

    def _locate(self, named: str, chain: tuple[_Opened, ...]) -> _Opened:
        """Return a file by its name on the command line or in the last file of the chain.

        Raises:
            XpipError: It is on another machine, or must not be named by that file.
        """
        outer = chain[-1] if chain else None
        if outer is not None and is_remote(outer.path):
            from xpip.operations.remote_files import include_url

            url = include_url(named, outer.path)
            return _Opened(url, redact(url))
        if is_remote(named):
            url = self._clean(named, ArgumentOrigin(named))
            return _Opened(url, redact(url))
        written = url_to_path(named) if scheme_of(named) == "file" else named
        if outer is None or outer.shown == STANDARD_INPUT:
            return _Opened(os.path.normpath(os.path.join(self.cwd, written)), written)
        return _Opened(
            os.path.normpath(os.path.join(os.path.dirname(outer.path), written)),
            os.path.normpath(os.path.join(os.path.dirname(outer.shown), written)),
        )

    def _add_option(self, entry: OptionLine, folder: str) -> None:
        name, value = entry.name, entry.value
        if name == "index-url":
            self.index_url = self._clean(value, entry.origin)
            # As in pip, the index replaces what earlier lines added.
            self.options.pop("extra-index-url", None)
        elif name in ("require-hashes", "no-require-hashes"):
            self.require_hashes = name == "require-hashes"
        elif name in ("only-binary", "no-binary"):
            self.binary_choices.extend((name, part) for part in value.split(","))
        elif name in ("all-releases", "only-final"):
            self.release_choices.append((f"{name}={value}", f"`--{name}` of {entry.origin}"))
        elif name == "find-links":
            beside = os.path.join(folder, value)
            is_beside = not scheme_of(value) and os.path.exists(beside)
            value = os.path.normpath(beside) if is_beside else self._clean(value, entry.origin)
            self.options.setdefault(name, []).append(value)
        elif name != "use-feature":
            value = self._clean(value, entry.origin) if name == "extra-index-url" else value
            self.options.setdefault(name, []).append(value)

    def _without_credentials(self, text: RequirementText) -> RequirementText:
        """Return the requirement with all URLs cleaned, and keep what was taken out."""
        written = text.text
        if "://" not in written or "@" not in written.partition("://")[2]:
            return text
        head, space, marker = written.partition(" ;")
        words = [
            self._clean(word, text.origin) if "://" in word else word for word in head.split(" ")
        ]
        cleaned = " ".join(words) + space + marker
        origin = text.origin
        if isinstance(origin, ArgumentOrigin):
            origin = ArgumentOrigin(redact_text(origin.text))
        return text._replace(text=cleaned, origin=origin)

    def _clean(self, url: str, origin: Origin) -> str:
        """Take the credentials out of a URL, also one that follows `name@`."""
        start = url.find("://")
        while start > 0 and (url[start - 1].isalnum() or url[start - 1] in "+-."):
            start -= 1
        try:
            split = split_credentials(url[max(start, 0) :])
        except UsageError as error:
            raise RequirementError(f"{origin}: {error.summary}", hints=error.hints) from error
        credential = credential_for(split)
        if credential is not None and credential not in self.credentials:
            self.credentials.append(credential)
        return url[: max(start, 0)] + split.url

    def result(self) -> RequirementSources:
        """Return everything, or raise what went wrong."""
        if self.problems:
            # Nothing will be installed, so the time to find further problems is well spent.
            problems = _parse_all(tuple(self.requirements), tuple(self.constraints), self.cwd)[1]
            _raise(self.problems + problems)
        texts = self.requirements + self.constraints
        require_hashes = self.require_hashes
        if require_hashes is None:
            # pip 26.2: `--no-require-hashes` checks hashes where they are given and nowhere else.
            require_hashes = any(text.hashes for text in texts)
        return RequirementSources(
            tuple(self.requirements),
            tuple(self.constraints),
            require_hashes,
            self.index_url,
            self._values("extra-index-url"),
            self._values("find-links"),
            no_index="no-index" in self.options,
            pre="pre" in self.options,
            prefer_binary="prefer-binary" in self.options,
            only_binary=tuple(value for kind, value in self.binary_choices if kind[0] == "o"),
            no_binary=tuple(value for kind, value in self.binary_choices if kind[0] == "n"),
            trusted_hosts=self._values("trusted-host"),
            files=tuple(self.files),
            binary_choices=tuple(self.binary_choices),
            credentials=tuple(self.credentials),
            release_choices=tuple(self.release_choices),
            variables=tuple(sorted(self.names)),
            is_volatile=self.is_volatile,
        )

    def _values(self, name: str) -> tuple[str, ...]:
        return tuple(self.options.get(name, ()))


def _cycle(chain: tuple[_Opened, ...]) -> RequirementError:
    start = next(place for place, file in enumerate(chain) if file.path == chain[-1].path)
    return RequirementError(
        f"`{chain[start].shown}` includes itself",
        details=tuple(
            f"`{outer.shown}` includes `{inner.shown}`"
            for outer, inner in zip(chain[start:], chain[start + 1 :], strict=False)
        ),
    )


def _parse_all(
    requirements: Sequence[RequirementText], constraints: Sequence[RequirementText], cwd: str
) -> tuple[ParsedSources, list[XpipError]]:
    from xpip.formats.requirement import is_unnamed, parse_requirement

    problems: list[XpipError] = []
    parsed: tuple[list[SourcedRequirement], list[SourcedRequirement]] = ([], [])
    unnamed: list[UnnamedSource] = []
    places: list[int] = []
    for place, text in enumerate(requirements):
        try:
            requirement = parse_requirement(text, cwd)
            if isinstance(requirement, SourcedRequirement):
                parsed[0].append(requirement)
            else:
                unnamed.append(requirement)
                places.append(place)
        except XpipError as error:
            problems.append(error)
            if len(problems) == MAXIMUM_PROBLEMS:
                break
    for text in constraints:
        if len(problems) >= MAXIMUM_PROBLEMS:
            break
        try:
            if text.editable:
                raise _refused_constraint(text, "is editable")
            if is_unnamed(text):
                raise _refused_constraint(text, "has no name")
            constraint = parse_requirement(text, cwd)
            if not isinstance(constraint, SourcedRequirement):
                raise _refused_constraint(text, "has no name")
            if constraint.requirement.extras:
                raise _refused_constraint(text, "has extras")
            parsed[1].append(constraint)
        except XpipError as error:
            problems.append(error)
    sources = ParsedSources(tuple(parsed[0]), tuple(parsed[1]), tuple(unnamed), tuple(places))
    return sources, problems
