"""An index page sorted by releases, so that reading it again needs no file name and no version.

What the rules look at is kept for each page once: its tag sets and its Requires-Python. A release
has one row with the kinds of its files, and most releases of a project have the same kinds, so that
choosing the best file of 1,500 releases takes as many look-ups. The files themselves stay packed
until somebody wants to see them.
"""

from __future__ import annotations

from xpip.model.candidate import Candidate
from xpip.model.file_names import parse_sdist_name, parse_wheel_name
from xpip.model.link import Digest, IndexFile
from xpip.model.on_demand import OnDemand
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.version import Version, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xpip.model.link import IndexPage
    from xpip.model.version import Key

SDIST = -1
"""Stands for the number of a tag set where a file is a source archive."""


if TYPE_CHECKING:
    PlainDigest = tuple[str, str]
    PlainFile = tuple[
        str,
        str,
        tuple[PlainDigest, ...],
        str,
        str | None,
        int | None,
        str | None,
        PlainDigest | bool | None,
    ]
    Pack = Callable[[tuple[PlainFile, ...]], bytes]
    Unpack = Callable[[bytes], tuple[PlainFile, ...]]

    # Number of its tag set or `SDIST`, number of its Requires-Python, whether it was yanked, and
    # its build tag: all of a file that decides which one of a release is the best.
    FileKind = tuple[int, int, bool, tuple[int, str] | tuple[()]]

    # The files of one version: its normalised text, its key, their kinds in page order (equal ones
    # of a page are one object), where on the page each stands, and the files, packed.
    ReleaseRow = tuple[str, Key, tuple[FileKind, ...], tuple[int, ...], bytes]


class PageTable(NamedTuple):
    """A page by releases."""

    size: int
    """Number of files on the page."""
    tag_sets: tuple[tuple[str, ...], ...]
    pythons: tuple[str, ...]
    releases: tuple[ReleaseRow, ...]
    """Ascending by version."""
    other_places: tuple[int, ...]
    others: bytes
    """Files that belong to no release of the project, packed."""


class PageFiles(OnDemand[IndexFile]):
    """The files of a page in its order, made from its table."""

    __slots__ = ("table", "unpack")

    def __init__(self, table: PageTable, unpack: Unpack) -> None:
        """Take a table.

        Args:
            unpack: Gives back what was packed.
        """
        super().__init__(self._all_files)
        self.table = table
        self.unpack = unpack

    def file(self, row: ReleaseRow, number: int) -> IndexFile:
        """Return one file of a release."""
        return file_of(self.unpack(row[4])[number])

    def _all_files(self) -> tuple[IndexFile, ...]:
        found: dict[int, IndexFile] = {}
        packed = [(row[3], row[4]) for row in self.table.releases]
        packed.append((self.table.other_places, self.table.others))
        for places, files in packed:
            for place, fields in zip(places, self.unpack(files), strict=True):
                found[place] = file_of(fields)
        return tuple([found[place] for place in range(self.table.size)])


class Choices(OnDemand[Candidate]):
    """Candidates from one page, ascending by version, each made when it is looked at."""

    __slots__ = ("_files", "_made", "_page", "_picked", "keys", "takes_all", "yanked")

    def __init__(
        self, page: IndexPage, files: PageFiles, picked: Sequence[tuple[ReleaseRow, int]]
    ) -> None:
        """Take the releases with the number of the best file of each."""
        super().__init__(self._all_candidates)
        self._page = page
        self._files = files
        self._picked = picked
        self._made: dict[int, Candidate] = {}
        self.keys: list[Key] = [row[1] for row, _ in picked]
        """Of the versions."""
        self.yanked = frozenset(
            [place for place, (row, number) in enumerate(picked) if row[2][number][2]]
        )
        """Places of yanked versions."""
        table = files.table
        self.takes_all = len(picked) == len(table.releases) and not table.other_places
        """Every version on the page is a candidate."""

    def __len__(self) -> int:
        return len(self._picked)

    def version(self, place: int) -> Version:
        """Return the version of a candidate without making the candidate."""
        row, _ = self._picked[place]
        return Version.known(row[0], row[1])

    def candidate(self, place: int) -> Candidate:
        """Return a candidate, the same object each time."""
        found = self._made.get(place)
        if found is None:
            row, number = self._picked[place]
            page = self._page
            found = self._made[place] = Candidate(
                page.project,
                Version.known(row[0], row[1]),
                self._files.file(row, number),
                page.index_url,
                row[2][number][2],
            )
        return found

    def _all_candidates(self) -> tuple[Candidate, ...]:
        return tuple([self.candidate(place) for place in range(len(self._picked))])


def tabulate(project: str, files: Iterable[IndexFile], pack: Pack) -> PageTable:
    """Return the files of a page by releases; of two spellings of a version the first one counts.

    Args:
        project: Normalised.
        pack: Turns plain tuples into bytes.
    """
    sorter = _Sorter(project)
    size = 0
    for file in files:
        sorter.add(size, file)
        size += 1
    return sorter.table(size, pack)


class _Release:
    """The files of one version, while they are collected."""

    __slots__ = ("files", "kinds", "places", "version")

    def __init__(self, version: str) -> None:
        self.version = version
        self.kinds: list[FileKind] = []
        self.places: list[int] = []
        self.files: list[PlainFile] = []


class _Sorter:
    """Sorts files by releases."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._tag_sets: dict[tuple[str, ...], int] = {}
        self._pythons: dict[str, int] = {}
        self._versions: dict[str, tuple[str, Key] | None] = {}
        self._releases: dict[Key, _Release] = {}
        self._other_places: list[int] = []
        self._others: list[PlainFile] = []
        self._kinds: dict[FileKind, FileKind] = {}

    def add(self, place: int, file: IndexFile) -> None:
        """Take the next file."""
        name = parse_wheel_name(file.filename)
        if name is None:
            text = parse_sdist_name(file.filename, self._project)
            tag_set = SDIST
            build: tuple[int, str] | tuple[()] = ()
        else:
            text = name.version if name.name == self._project else None
            tag_set = self._tag_sets.setdefault(name.tags, len(self._tag_sets))
            build = name.build
        found = None if text is None else self._version(text)
        if found is None:
            self._other_places.append(place)
            self._others.append(plain_file(file))
            return
        version, key = found
        release = self._releases.get(key)
        if release is None:
            release = self._releases[key] = _Release(version)
        python = self._pythons.setdefault(file.requires_python, len(self._pythons))
        kind = (tag_set, python, file.yanked is not None, build)
        release.kinds.append(self._kinds.setdefault(kind, kind))
        release.places.append(place)
        release.files.append(plain_file(file))

    def _version(self, text: str) -> tuple[str, Key] | None:
        try:
            return self._versions[text]
        except KeyError:
            found = self._versions[text] = read(text)
            return found

    def table(self, size: int, pack: Pack) -> PageTable:
        """Return the table of all files that were taken."""
        same: dict[tuple[FileKind, ...], tuple[FileKind, ...]] = {}
        rows = []
        for key in sorted(self._releases):
            release = self._releases[key]
            kinds = tuple(release.kinds)
            rows.append(
                (
                    release.version,
                    key,
                    same.setdefault(kinds, kinds),
                    tuple(release.places),
                    pack(tuple(release.files)),
                )
            )
        return PageTable(
            size,
            tuple(self._tag_sets),
            tuple(self._pythons),
            tuple(rows),
            tuple(self._other_places),
            pack(tuple(self._others)),
        )


def plain_file(file: IndexFile) -> PlainFile:
    """Return a file as plain tuples."""
    filename, url, digests, requires_python, yanked, size, upload_time, metadata = file
    return (
        filename,
        url,
        tuple([(algorithm, value) for algorithm, value in digests]),
        requires_python,
        yanked,
        size,
        upload_time,
        (metadata[0], metadata[1]) if isinstance(metadata, Digest) else metadata,
    )


def file_of(fields: PlainFile) -> IndexFile:
    """Return the file of plain tuples."""
    filename, url, digests, requires_python, yanked, size, upload_time, metadata = fields
    # `_make` is one call into C each, where a call of the class is one of Python.
    return IndexFile._make(
        (
            filename,
            url,
            tuple(map(Digest._make, digests)),
            requires_python,
            yanked,
            size,
            upload_time,
            Digest._make(metadata) if isinstance(metadata, tuple) else metadata,
        )
    )
