"""Which of several files or versions is the better one (docs/selection.md)."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.link import IndexFile
    from xpip.model.target import Target
    from xpip.model.version import Version

NO_RANK = -1
"""The target accepts none of the tags."""


class TagRanks:
    """How well wheel tags fit a target; one object per target, since pages repeat their tags."""

    __slots__ = ("_by_set", "_by_tag")

    def __init__(self, target: Target) -> None:
        self._by_tag: dict[str, int] = {}
        for rank, tag in enumerate(target.tags):
            self._by_tag.setdefault(tag, rank)
        self._by_set: dict[tuple[str, ...], int] = {}

    def rank(self, tags: tuple[str, ...]) -> int:
        """Return the rank of the best of some tags, 0 for the best of all, `NO_RANK` for none."""
        rank = self._by_set.get(tags)
        if rank is None:
            find = self._by_tag.get
            accepted = [found for tag in tags if (found := find(tag)) is not None]
            rank = self._by_set[tags] = min(accepted, default=NO_RANK)
        return rank


class FileRank:
    """Sorts the files of one version; the least is the best."""

    __slots__ = ("build", "file", "group", "index_url", "order", "version", "yanked")

    def __init__(
        self,
        file: IndexFile,
        index_url: str,
        version: Version,
        tag_rank: int,
        build: tuple[int, str] | tuple[()],
        group: int = 0,
    ) -> None:
        self.file = file
        self.index_url = index_url
        self.version = version
        self.yanked = file.yanked is not None
        self.build = build
        self.group = group
        self.order = (self.yanked, group, tag_rank)

    def is_better_than(self, other: FileRank) -> bool:
        """Compare as pip does: not yanked, then the tag, then the highest build tag.

        Where indexes are tried one after the other, the index comes before the tag. Of equals the
        one found first stays, where pip takes the one found last: so a local copy spares the
        download.
        """
        if self.order != other.order:
            return self.order < other.order
        return self.build > other.build
