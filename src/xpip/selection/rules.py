"""Which files of a project may be installed, and why the others may not (docs/selection.md)."""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.model.candidate import Candidate, ProjectCandidates, RejectedFile, Rejection
from xpip.model.file_names import WheelName, parse_sdist_name, parse_wheel_name, sdist_stem
from xpip.model.on_demand import OnDemand
from xpip.model.page_table import Choices, PageFiles
from xpip.model.records import TYPE_CHECKING
from xpip.model.versions_text import parse_specifier, parse_version
from xpip.selection.preference import NO_RANK, FileRank, TagRanks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from xpip.model.link import IndexFile, IndexPage
    from xpip.model.options import SelectionPolicy
    from xpip.model.page_table import FileKind
    from xpip.model.target import Target
    from xpip.model.version import Version

ALL = ":all:"
_NO_HASHES: Mapping[str, AbstractSet[str]] = {}
_WRONG_NAME = Rejection("name")
_OTHER_PROJECT = Rejection("other-project")
_ONLY_SDIST = Rejection("no-wheel")
_SDIST_REFUSED = Rejection("no-wheel", "--only-binary")
_NO_BINARY = Rejection("no-binary")
_PRERELEASE = Rejection("pre-release")
_SDIST_RANK = 1 << 30
"""Behind every tag."""

# Judging a project builds a table of the target's tags, 1,500 on some platforms: 0.1 ms.
_tables: dict[int, _TargetTable] = {}
"""By identity: comparing two targets looks at all tags."""
_TABLES_LIMIT = 8


def judge(
    pages: Sequence[IndexPage],
    target: Target,
    policy: SelectionPolicy,
    hashes: Mapping[str, AbstractSet[str]] = _NO_HASHES,
    in_turn: Sequence[str] = (),
) -> ProjectCandidates:
    """Return the versions of one project that could be chosen, each with its best file.

    Args:
        pages: All of the same project, at least one; what `merge_pages` returns.
        hashes: Normalised project name -> the `algorithm:hexadecimal` that the user allows. With
            `policy.require_hashes` a project that is missing here has no usable file.
        in_turn: URLs of indexes of which a later one is looked at only where no version of an
            earlier one will do; what is from elsewhere comes before them. Empty: all count alike.

    Raises:
        NoUploadTime: There is a limit to the upload time, and an index does not state one.
    """
    if len(pages) == 1 and not in_turn:
        found = _judge_by_release(pages[0], target, policy, hashes)
        if found is not None:
            return found
    return _judge_by_file(pages, target, policy, hashes, in_turn)


def _judge_by_file(
    pages: Sequence[IndexPage],
    target: Target,
    policy: SelectionPolicy,
    hashes: Mapping[str, AbstractSet[str]],
    in_turn: Sequence[str],
) -> ProjectCandidates:
    """Judge each file on its own."""
    project = pages[0].project
    judgement = _Judgement(project, _table_for(target), policy, hashes.get(project))
    for page in pages:
        group = in_turn.index(page.index_url) + 1 if page.index_url in in_turn else 0
        judgement.add(page, group)
    return judgement.result(tuple(dict.fromkeys([page.index_url for page in pages])))


def _judge_by_release(
    page: IndexPage,
    target: Target,
    policy: SelectionPolicy,
    hashes: Mapping[str, AbstractSet[str]],
) -> ProjectCandidates | None:
    """Judge a page that is sorted by releases; None where that needs more than the kinds of files.

    Which files are rejected, and why, is found out when somebody asks.
    """
    files = page.files
    project = page.project
    if not isinstance(files, PageFiles) or not _is_decided_by_kinds(project, policy, hashes):
        return None
    table = files.table
    target_table = _table_for(target)
    rank_of = target_table.ranks.rank
    ranks = [rank_of(tags) for tags in table.tag_sets]
    # The number of source archives, -1, leads to the last one.
    takes_sdists = policy.sdists and not _refuses_sdists(project, policy)
    ranks.append(_SDIST_RANK if takes_sdists else NO_RANK)
    accepts = target_table.accepts_python
    accepted = [policy.ignore_requires_python or accepts(text) for text in table.pythons]
    bests: dict[int, int] = {}
    picked = []
    for row in table.releases:
        kinds = row[2]
        # Equal kinds are one object, and it lives as long as the table does.
        best = bests.get(id(kinds))
        if best is None:
            best = bests[id(kinds)] = _best_of(kinds, ranks, accepted)
        if best >= 0:
            picked.append((row, best))

    def reject() -> tuple[RejectedFile, ...]:
        return tuple(_judge_by_file((page,), target, policy, hashes, ()).rejected)

    candidates = Choices(page, files, picked)
    return ProjectCandidates(project, candidates, OnDemand(reject), (page.index_url,))


def _is_decided_by_kinds(
    project: str, policy: SelectionPolicy, hashes: Mapping[str, AbstractSet[str]]
) -> bool:
    """Say whether neither hashes nor dates nor anything else about single files counts."""
    return not (
        policy.require_hashes
        or hashes.get(project)
        or policy.only_final
        or policy.prefer_binary
        or upload_limit(project, policy) is not None
        or _refuses_wheels(project, policy)
    )


def _best_of(kinds: Sequence[FileKind], ranks: Sequence[int], accepted: Sequence[bool]) -> int:
    """Return the number of the best file of a release, -1 where none may be used."""
    found = -1
    least = (True, _SDIST_RANK + 1)
    most: tuple[int, str] | tuple[()] = ()
    for number, (tag_set, python, yanked, build) in enumerate(kinds):
        rank = ranks[tag_set]
        if rank == NO_RANK or not accepted[python]:
            continue
        order = (yanked, rank)
        if order < least or (order == least and build > most):
            found, least, most = number, order, build
    return found


class NoUploadTime(IndexAccessError):
    """Files must be older than some instant, and nobody says how old one is."""

    code = "no-upload-time"


class _TargetTable:
    """What pages ask about a target again and again."""

    def __init__(self, target: Target) -> None:
        self.target = target
        """Keeps the identity from another target's use."""
        self.ranks = TagRanks(target)
        self._python = parse_version(_release(target.python_version))
        self._accepted: dict[str, bool] = {"": True}

    def accepts_python(self, specifier_text: str) -> bool:
        """Say whether Requires-Python admits the target; what cannot be parsed admits all."""
        accepted = self._accepted.get(specifier_text)
        if accepted is None:
            specifier = parse_specifier(specifier_text)
            accepted = specifier is None or self._python is None or specifier.contains(self._python)
            self._accepted[specifier_text] = accepted
        return accepted


class _Judgement:
    """The files of one project, while they are looked at."""

    def __init__(
        self,
        project: str,
        table: _TargetTable,
        policy: SelectionPolicy,
        allowed: AbstractSet[str] | None,
    ) -> None:
        self._project = project
        self._table = table
        self._python_matters = not policy.ignore_requires_python
        self._refuses_wheels = _refuses_wheels(project, policy)
        self._prefers_wheels = policy.prefer_binary
        refuses_sdists = _refuses_sdists(project, policy)
        self._sdists = policy.sdists and not refuses_sdists
        self._only_sdist = _SDIST_REFUSED if refuses_sdists else _ONLY_SDIST
        self._only_final = project in policy.only_final or (
            ALL in policy.only_final and project not in policy.all_releases
        )
        self._limit = upload_limit(project, policy)
        self._hashes_matter = policy.require_hashes or bool(allowed)
        self._allowed = allowed or frozenset()
        self._algorithms = {text.partition(":")[0] for text in self._allowed}
        self._group = 0
        self._best: dict[Version, FileRank] = {}
        self._rejected: list[RejectedFile] = []

    def add(self, page: IndexPage, group: int) -> None:
        """Look at the files of a page."""
        self._group = group
        for file in page.files:
            name = parse_wheel_name(file.filename)
            if name is None:
                self._add_other(file, page.index_url)
            elif name.name != self._project:
                self._reject(file, name.version, _OTHER_PROJECT)
            else:
                self._add_wheel(file, name, page.index_url)

    def _add_wheel(self, file: IndexFile, name: WheelName, index_url: str) -> None:
        # Cheapest first, since most files of a page are for other platforms.
        tag_rank = self._table.ranks.rank(name.tags)
        if tag_rank == NO_RANK:
            self._reject(file, name.version, Rejection("tags", _tag_text(file.filename)))
            return
        refusal = self._refusal(file, index_url)
        if refusal is not None:
            self._reject(file, name.version, refusal)
        elif self._refuses_wheels:
            self._reject(file, name.version, _NO_BINARY)
        else:
            self._add_best(file, index_url, name.version, tag_rank, name.build)

    def _add_other(self, file: IndexFile, index_url: str) -> None:
        """Take a source archive where these count; it is the last choice for its version."""
        version_text = parse_sdist_name(file.filename, self._project) if self._sdists else None
        refusal = None if version_text is None else self._refusal(file, index_url)
        if version_text is None:
            self._rejected.append(self._other_format(file))
        elif refusal is not None:
            self._reject(file, version_text, refusal)
        else:
            self._add_best(file, index_url, version_text, _SDIST_RANK, ())

    def _refusal(self, file: IndexFile, index_url: str) -> Rejection | None:
        """Return why a file may not be used whatever kind it is, None when it may."""
        if self._python_matters and not self._table.accepts_python(file.requires_python):
            return Rejection("requires-python", file.requires_python)
        if self._hashes_matter and not self._is_allowed(file):
            return Rejection("hash", self._hash_text(file))
        if self._limit is not None and self._is_too_new(file, index_url, self._limit):
            return Rejection("uploaded-after", file.upload_time or "")
        return None

    @staticmethod
    def _is_too_new(file: IndexFile, index_url: str, limit: float) -> bool:
        # As in pip, the limit is for what is on indexes: neither for files of this machine nor for
        # those that a requirement names by their URL.
        if not index_url or file.url.startswith("file:"):
            return False
        if not states_upload_time(file):
            raise NoUploadTime(
                f"`{index_url}` does not state when `{file.filename}` was uploaded",
                details=("`--exclude-newer` and `--uploaded-prior-to` need the upload times",),
                hints=(
                    "use an index that states upload times (PEP 700)",
                    "`--exclude-newer-package NAME=false` lifts the limit for a project",
                ),
            )
        return was_uploaded_since(file, limit)

    def _add_best(
        self,
        file: IndexFile,
        index_url: str,
        version_text: str,
        tag_rank: int,
        build: tuple[int, str] | tuple[()],
    ) -> None:
        """Keep a file that may be used if it is the best of its version so far."""
        version = parse_version(version_text)
        if version is None:
            self._reject(file, version_text, Rejection("name", version_text))
            return
        if self._only_final and version.is_prerelease:
            self._reject(file, version_text, _PRERELEASE)
            return
        rank = FileRank(file, index_url, version, tag_rank, build, self._group)
        best = self._best.get(version)
        if best is None or rank.is_better_than(best):
            self._best[version] = rank

    def _is_allowed(self, file: IndexFile) -> bool:
        """Say whether no digest that the index states contradicts the user's.

        A file without a digest that could be compared is looked at when it has been downloaded.
        """
        if not self._allowed:
            return False
        return all(
            str(digest) in self._allowed
            for digest in file.digests
            if digest.algorithm in self._algorithms
        )

    def _hash_text(self, file: IndexFile) -> str:
        """Return what the file has and what it should have."""
        stated = str(file.digests[0]) if file.digests else "not stated"
        allowed = sorted(self._allowed)
        more = f" and {len(allowed) - 1} others" if len(allowed) > 1 else ""
        return f"{stated}, allowed: {allowed[0]}{more}" if allowed else stated

    def _other_format(self, file: IndexFile) -> RejectedFile:
        """Return why a file is not usable that is no wheel."""
        filename = file.filename
        version = parse_sdist_name(filename, self._project)
        if version is not None:
            return RejectedFile(filename, version, self._only_sdist)
        if sdist_stem(filename) is not None:
            return RejectedFile(filename, "", _OTHER_PROJECT)
        if filename.lower().endswith(".whl"):
            return RejectedFile(filename, "", _WRONG_NAME)
        _, dot, suffix = filename.rpartition(".")
        return RejectedFile(filename, "", Rejection("format", suffix if dot else ""))

    def _reject(self, file: IndexFile, version: str, rejection: Rejection) -> None:
        self._rejected.append(RejectedFile(file.filename, version, rejection))

    def result(self, indexes: tuple[str, ...]) -> ProjectCandidates:
        """Return what was found."""
        # Sorting by the keys of the table costs no attribute lookup per comparison.
        best = self._best
        ranks = [best[version] for version in sorted(best)]
        if self._sdists and self._prefers_wheels:
            wheels = [rank for rank in ranks if rank.file.filename.lower().endswith(".whl")]
            ranks = wheels or ranks
        return ProjectCandidates(
            self._project,
            tuple(
                [
                    Candidate(
                        self._project,
                        rank.version,
                        rank.file,
                        rank.index_url,
                        rank.yanked,
                        group=rank.group,
                    )
                    for rank in ranks
                ]
            ),
            tuple(self._rejected),
            indexes,
        )


def _table_for(target: Target) -> _TargetTable:
    table = _tables.get(id(target))
    if table is None:
        if len(_tables) >= _TABLES_LIMIT:
            _tables.clear()
        table = _tables[id(target)] = _TargetTable(target)
    return table


def _release(python_version: str) -> str:
    """Return `X.Y.Z` of an interpreter: 3.15.0b1 counts as 3.15.0, as in pip and uv."""
    end = 0
    while end < len(python_version) and (
        python_version[end].isdigit() or python_version[end] == "."
    ):
        end += 1
    return python_version[:end].rstrip(".")


def _refuses_wheels(project: str, policy: SelectionPolicy) -> bool:
    """Say whether `--no-binary` holds for a project; a name says more than `:all:`."""
    if project in policy.only_binary:
        return False
    if project in policy.no_binary:
        return True
    return ALL in policy.no_binary and ALL not in policy.only_binary


def _refuses_sdists(project: str, policy: SelectionPolicy) -> bool:
    """Say whether `--only-binary` holds for a project; a name says more than `:all:`."""
    if project in policy.no_binary:
        return False
    if project in policy.only_binary:
        return True
    return ALL in policy.only_binary and ALL not in policy.no_binary


def refuses_sources(project: str, policy: SelectionPolicy) -> bool:
    """Say whether nothing of a project may be built, wherever its sources are from."""
    return _refuses_sdists(project, policy)


def upload_limit(project: str, policy: SelectionPolicy) -> float | None:
    """Return before when files must have been uploaded; what is said of a project comes first."""
    return dict(policy.uploaded_before_packages).get(project, policy.uploaded_before)


def states_upload_time(file: IndexFile) -> bool:
    """Say whether an index states when a file was uploaded."""
    from xpip.model.instants import parse_instant

    return parse_instant(file.upload_time or "") is not None


def was_uploaded_since(file: IndexFile, limit: float) -> bool:
    """Say whether an index states that a file was uploaded at or after an instant."""
    from xpip.model.instants import parse_instant

    uploaded = parse_instant(file.upload_time or "")
    return uploaded is not None and uploaded.seconds >= limit


def _tag_text(filename: str) -> str:
    """Return the compressed tag set of a wheel's file name."""
    return "-".join(filename[:-4].rsplit("-", 3)[1:])
