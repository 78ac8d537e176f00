"""Finds what stands where new files are to go, before the first write.

Nothing is looked at that does not exist: folders are listed from the library folder down, and a
wheel whose top-level names are all free costs no system call.
"""

from __future__ import annotations

import os

from xpip.environment.boundaries import Boundaries, kept_folders
from xpip.environment.change import Arrangement, Places
from xpip.environment.compiled import without_bytecode
from xpip.environment.faults import FileCollision, write_fault
from xpip.environment.links import Placer, holds
from xpip.environment.overriding import New, content_of, edited_records, overridden, tell
from xpip.environment.ownership import find_owners
from xpip.environment.transaction import bytecode_of
from xpip.model.distribution import InstalledDistribution, StoredFile
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ALLOWING = "`--allow-file-collisions` lets the later one win"


class Surroundings:
    """Listings of folders, each made once and only where the folder above has it."""

    def __init__(self, kept: Collection[str]) -> None:
        """Begin with no listing.

        Args:
            kept: Folders of the scheme and all above; below them names are looked up in listings.
        """
        self._kept = kept
        self._names: dict[str, Collection[str] | None] = {}

    def names(self, folder: str) -> Collection[str] | None:
        """Return the names in a folder, None when there is no such folder."""
        if folder in self._names:
            return self._names[folder]
        names: Collection[str] | None = None
        if folder in self._kept or self._above_has(folder):
            try:
                names = frozenset(os.listdir(folder))
            except (FileNotFoundError, NotADirectoryError):
                names = None
            except OSError as error:
                raise write_fault("read the folder", folder, error) from error
        self._names[folder] = names
        return names

    def has(self, folder: str) -> bool:
        """Say whether there is such a folder."""
        if folder in self._kept:
            return os.path.isdir(folder)
        return self.names(folder) is not None

    def _above_has(self, folder: str) -> bool:
        parent, _, name = folder.rpartition("/")
        names = self.names(parent)
        return names is not None and name in names


class Survey:
    """Looks at the places of all new files of one change."""

    def __init__(
        self,
        arrangements: Sequence[Arrangement],
        removed: frozenset[str],
        boundaries: Boundaries,
        placer: Placer,
        *,
        later_wins: bool = False,
    ) -> None:
        """Remember what is to come and what goes.

        Args:
            removed: Absolute paths of files that leave.
            later_wins: A file may replace one of another distribution.
        """
        self.arrangements = tuple(arrangements)
        """In `look`, they lose the files that later ones bring, too."""
        self._later_wins = later_wins
        self._replaced: dict[tuple[str, str], list[str]] = {}
        self._removed = removed
        self._boundaries = boundaries
        self._placer = placer
        self._surroundings = Surroundings(kept_folders(boundaries.layout))
        self._folders: dict[str, None] = {}
        self._contested: dict[str, tuple[New, Arrangement]] = {}
        self._vanishing: list[str] = []

    def look(self, staying: Sequence[InstalledDistribution]) -> Places:
        """Return what has to be done.

        Args:
            staying: Distributions that keep their files.

        Raises:
            FileCollision: A place belongs to something that stays, or two wheels want it.
        """
        self._share_out()
        damaged: list[str] = []
        stale: list[str] = []
        for arrangement in self.arrangements:
            if self._stands(arrangement.info_folder) and (
                arrangement.info_folder not in self._removed
            ):
                damaged.append(arrangement.info_folder)
            for folder, files in arrangement.folders:
                names = self._enter(folder, arrangement)
                if names:
                    for file in files:
                        if file[0] in names:
                            self._meet(f"{folder}/{file[0]}", StoredFile(*file), arrangement)
                    if "__pycache__" in names:
                        # Whose source is gone; it would pass for that of the new source, because
                        # all files of the store have one time.
                        stale += bytecode_of(f"{folder}/{file[0]}" for file in files)
            for folder, _ in arrangement.compiled:
                # Bytecode that is in its place is among what is stale, or of the same source.
                self._enter(folder, arrangement)
            for path, content in arrangement.written:
                folder, _, name = path.rpartition("/")
                names = self._enter(folder, arrangement)
                if names and name in names:
                    self._meet(path, content, arrangement)
        displaced, spared, warnings, winners = self._settle(staying)
        displaced += damaged
        displaced += [path for path in stale if path not in self._removed]
        warnings += [f"`{path}`, which is damaged, is replaced" for path in damaged]
        return Places(
            tuple(self._folders),
            tuple(displaced),
            frozenset(spared),
            tuple(self._vanishing),
            tuple(warnings + tell(self._replaced)),
            edited_records(staying, winners),
        )

    def _stands(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        names = self._surroundings.names(folder)
        return names is not None and name in names

    def _enter(self, folder: str, arrangement: Arrangement) -> Collection[str] | None:
        """Return what a folder holds; one that does not exist is noted to be made."""
        if folder in self._folders:
            return None
        names = self._surroundings.names(folder)
        if names is None:
            self._plan_folder(folder, arrangement)
        elif not self._boundaries.contains(folder + "/x"):
            raise FileCollision(
                f"`{arrangement.wheel.name}` brings files for `{folder}`, "
                "which leads out of the environment",
                details=(f"it is really `{os.path.realpath(folder)}`",),
            )
        return names

    def _plan_folder(self, folder: str, arrangement: Arrangement) -> None:
        missing = []
        while folder not in self._folders and not self._surroundings.has(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        if missing and self._stands(missing[-1]):
            self._ensure_no_file(missing[-1], arrangement)
        for path in reversed(missing):
            self._folders[path] = None

    def _ensure_no_file(self, folder: str, arrangement: Arrangement) -> None:
        if folder not in self._removed and os.path.lexists(folder):
            raise FileCollision(
                f"`{arrangement.wheel.name}` brings the folder `{folder}`, "
                "but a file has that place"
            )

    def _meet(self, path: str, new: New, arrangement: Arrangement) -> None:
        if path in self._removed:
            return
        if os.path.isdir(path) and not os.path.islink(path):
            for parent, _, files in os.walk(path):
                if any(f"{parent}/{name}" not in self._removed for name in files):
                    raise FileCollision(
                        f"`{arrangement.wheel.name}` brings the file `{path}`, "
                        "but a folder has that place"
                    )
            self._vanishing.append(path)
            return
        self._contested[path] = (new, arrangement)

    def _settle(
        self, staying: Sequence[InstalledDistribution]
    ) -> tuple[list[str], list[str], list[str], dict[str, New]]:
        displaced: list[str] = []
        spared: list[str] = []
        warnings: list[str] = []
        problems: list[str] = []
        winners: dict[str, New] = {}
        owners = find_owners(self._contested, staying) if self._contested else {}
        for path, (new, arrangement) in self._contested.items():
            name = arrangement.wheel.name
            self._placer.turn_to(arrangement.wheel)
            same = self._is_same(new, path)
            owner = owners.get(path)
            if owner is None:
                displaced.append(path)
                if not same:
                    warnings.append(f"`{path}`, which belonged to nobody, is replaced by `{name}`")
            elif same:
                spared.append(path)
            elif self._later_wins:
                displaced.append(path)
                winners[path] = new
                self._replaced.setdefault((name, owner), []).append(path)
            else:
                problems.append(f"`{name}` brings `{path}`, which belongs to `{owner}`")
        if problems:
            raise FileCollision(
                problems[0]
                if len(problems) == 1
                else f"{len(problems)} files would be overwritten",
                details=() if len(problems) == 1 else tuple(problems),
                hints=("remove the other distribution first, or use another environment", ALLOWING),
            )
        return displaced, spared, warnings, winners

    def _is_same(self, new: New, path: str) -> bool:
        if isinstance(new, bytes):
            return holds(path, len(new), lambda: new)
        return self._placer.is_same(new, path)

    def _share_out(self) -> None:
        """Decide about files that several wheels bring with different content.

        Only folders that several wheels share are looked into.

        Raises:
            FileCollision: There is such a file and nobody allowed it, or a folder of its name.
        """
        shared, inner = self._shared_folders()
        claims: dict[str, list[tuple[int, New]]] = {}
        for number, arrangement in enumerate(self.arrangements):
            for folder, files in arrangement.folders:
                if folder in shared:
                    below = inner.get(folder, {})
                    for file in files:
                        path = f"{folder}/{file[0]}"
                        claims.setdefault(path, []).append((number, StoredFile(*file)))
                        if file[0] in below:
                            self._refuse_folder(path, arrangement, below[file[0]])
            for path, content in arrangement.written:
                claims.setdefault(path, []).append((number, content))
        losses: dict[int, dict[str, New]] = {}
        for path, claimed in claims.items():
            if len(claimed) > 1:
                self._decide(path, claimed, losses)
        if losses:
            changed = list(self.arrangements)
            for number, winners in losses.items():
                changed[number] = without_bytecode(overridden(changed[number], winners), winners)
            self.arrangements = tuple(changed)

    def _shared_folders(self) -> tuple[set[str], dict[str, dict[str, Arrangement]]]:
        """Return folders that several wheels bring, and what each of them has as folders."""
        seen: set[str] = set()
        shared: set[str] = set()
        for arrangement in self.arrangements:
            for folder, _ in arrangement.folders:
                # A wheel may reach one folder by two of its schemes.
                if folder in seen:
                    shared.add(folder)
                seen.add(folder)
        inner: dict[str, dict[str, Arrangement]] = {}
        for arrangement in self.arrangements:
            for folder, _ in arrangement.folders:
                parent, _, name = folder.rpartition("/")
                if parent in shared:
                    inner.setdefault(parent, {})[name] = arrangement
        return shared, inner

    def _decide(
        self, path: str, claimed: list[tuple[int, New]], losses: dict[int, dict[str, New]]
    ) -> None:
        """Let the last claim win where that is allowed.

        Args:
            losses: Number of an arrangement -> path -> what another puts there; added to.
        """
        last, winner = claimed[-1]
        wanted = content_of(winner)
        for number, new in claimed[:-1]:
            if content_of(new) == wanted:
                continue
            loser_name = self.arrangements[number].wheel.name
            winner_name = self.arrangements[last].wheel.name
            if number == last:
                raise FileCollision(f"`{winner_name}` brings two different files for `{path}`")
            if not self._later_wins:
                raise FileCollision(
                    f"`{loser_name}` and `{winner_name}` bring different files for `{path}`",
                    hints=("install one of them into another environment", ALLOWING),
                )
            losses.setdefault(number, {})[path] = winner
            self._replaced.setdefault((winner_name, loser_name), []).append(path)

    @staticmethod
    def _refuse_folder(path: str, arrangement: Arrangement, other: Arrangement) -> None:
        raise FileCollision(
            f"`{arrangement.wheel.name}` brings the file `{path}`, "
            f"where `{other.wheel.name}` brings a folder",
        )
