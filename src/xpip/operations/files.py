"""Files that are not as they were installed, and how to put them back."""

from __future__ import annotations

from xpip.environment.arrangement import Arranger
from xpip.environment.boundaries import Boundaries
from xpip.environment.installed import read_text
from xpip.environment.integrity import (
    DAMAGED_RECORD,
    NO_RECORD,
    FileProblem,
    check_file,
    find_problems,
)
from xpip.environment.links import Placer, heal
from xpip.environment.restoring import New, contents_of
from xpip.environment.scripts import first_lines
from xpip.errors import XpipError
from xpip.model.distribution import InstalledDistribution, StoredFile
from xpip.model.file_names import parse_wheel_name
from xpip.model.link import Digest
from xpip.model.names import normalized_name
from xpip.model.plan import Placement, Restoration
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.pinned_state import has_rows
from xpip.store.wheels import keys_by_release, read_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.distribution import StoredWheel
    from xpip.model.environment import Environment
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store


class Damage(NamedTuple):
    """What is wrong with the files of one distribution."""

    distribution: InstalledDistribution
    problems: tuple[FileProblem, ...]
    """Never empty."""

    def lacks_record(self) -> bool:
        """Say whether nobody can tell from RECORD what belongs to the distribution."""
        return self.problems[0].kind in (NO_RECORD, DAMAGED_RECORD)


def find_damage(
    environment: Environment, distributions: Iterable[InstalledDistribution]
) -> tuple[Damage, ...]:
    """Hash every file of some distributions and return those that are not what RECORD says.

    Raises:
        EnvironmentFault: A RECORD cannot be read.
    """
    boundaries = Boundaries(environment)
    found = []
    for distribution in distributions:
        problems = find_problems(distribution, boundaries) if distribution.changeable else ()
        if problems:
            found.append(Damage(distribution, problems))
    return tuple(found)


def half_at(path: str) -> InstalledDistribution:
    """Return what a dist-info folder without usable metadata would stand for."""
    folder, _, name = path.rpartition("/")
    project, _, version = name.rpartition(".")[0].partition("-")
    return InstalledDistribution(
        normalized_name(project), version, folder, name, legacy=not name.endswith(".dist-info")
    )


class Restorer:
    """Looks for what files of distributions were in the wheels that the store has."""

    def __init__(self, environment: Environment, store: Store, reporter: Reporter) -> None:
        """Read nothing yet."""
        self._store = store
        self._reporter = reporter
        self._placer = Placer(store)
        self._arranger = Arranger(
            environment.layout,
            Boundaries(environment),
            first_lines(environment.interpreter.executable),
            environment.interpreter.target.python_version,
        )
        self._ranks = {tag: rank for rank, tag in enumerate(environment.interpreter.target.tags)}
        self._keys: dict[tuple[str, str], tuple[str, ...]] | None = None

    def restoration(self, damage: Damage) -> Restoration | None:
        """Return what puts a distribution right, None when the store does not know how."""
        for wheel in self.wheels(damage.distribution):
            restoration = (
                self._complete(damage.distribution, wheel)
                if damage.lacks_record()
                else self._partial(damage, wheel)
            )
            if restoration is not None:
                return restoration
        return None

    def wheels(
        self, distribution: InstalledDistribution, *, any_folder: bool = False
    ) -> Sequence[StoredWheel]:
        """Return the wheels of the store that a distribution may have been installed from.

        The best for the target comes first.

        Args:
            any_folder: Its dist-info folder may have another name than that of the wheel.
        """
        if self._keys is None:
            self._keys = keys_by_release(self._store)
        keys = self._keys.get((distribution.name, distribution.version), ())
        fitting = []
        for key in keys:
            wheel = read_wheel(self._store, key)
            name = parse_wheel_name(wheel.filename) if wheel else None
            if wheel is None or name is None:
                continue
            ranks = [self._ranks[tag] for tag in name.tags if tag in self._ranks]
            if ranks and (any_folder or wheel.info_folder == distribution.info_folder):
                fitting.append((min(ranks), wheel.key, wheel))
        return [wheel for _, _, wheel in sorted(fitting)]

    def files(self, distribution: InstalledDistribution) -> tuple[str, ...]:
        """Return the paths that a distribution has if it was installed from a stored wheel."""
        for wheel in self.wheels(distribution):
            contents = self._contents(self.placement(distribution, wheel))
            if contents is not None:
                return tuple(contents)
        return ()

    def _contents(self, placement: Placement) -> dict[str, tuple[New, int]] | None:
        """Return what a wheel brings, None when the store does not have all of it any more.

        A file that was edited in place was edited in the store too, where links are shared.
        """
        try:
            heal(self._store, [placement.wheel], self._reporter)
            self._placer.turn_to(placement.wheel)
            return contents_of(self._arranger.arrange(placement, self._placer))
        except XpipError:
            return None

    @staticmethod
    def placement(distribution: InstalledDistribution, wheel: StoredWheel) -> Placement:
        """Return how a distribution would be installed today, with what is known of its origin."""
        return Placement(
            wheel,
            read_text(distribution, "REQUESTED") is not None,
            read_text(distribution, "direct_url.json") or "",
        )

    def _partial(self, damage: Damage, wheel: StoredWheel) -> Restoration | None:
        """Return the damaged files if the wheel has exactly what RECORD says of each."""
        distribution = damage.distribution
        record = read_text(distribution, "RECORD") or ""
        placement = self.placement(distribution, wheel)
        contents = self._contents(placement)
        if contents is None:
            return None
        paths = []
        for problem in damage.problems:
            found = contents.get(problem.path)
            if found is None or problem.path.endswith(".dist-info/RECORD"):
                return None
            if problem.digest is not None and _digest(found[0]) != problem.digest:
                return None
            if problem.digest is None and not has_rows(record, wheel.record):
                return None
            paths.append(problem.path)
        return Restoration(distribution, placement, tuple(paths))

    def _complete(
        self, distribution: InstalledDistribution, wheel: StoredWheel
    ) -> Restoration | None:
        """Return RECORD and every file that is not as the wheel has it."""
        placement = self.placement(distribution, wheel)
        contents = self._contents(placement)
        if contents is None:
            return None
        info = f"{distribution.location}/{distribution.info_folder}/"
        if f"{info}RECORD" not in contents:
            # The wheel would go to the other library folder.
            return None
        paths = [
            path
            for path, (new, _) in contents.items()
            if path == f"{info}RECORD" or check_file(path, _digest(new), None)
        ]
        return Restoration(distribution, placement, tuple(paths))


def _digest(new: New) -> Digest:
    """Return the sha256 of what would be written."""
    if isinstance(new, StoredFile) and new.content is None:
        return Digest("sha256", new.blob.replace("/", "").removesuffix("-x"))
    from hashlib import sha256

    content = new.content or b"" if isinstance(new, StoredFile) else new
    return Digest("sha256", sha256(content).hexdigest())
