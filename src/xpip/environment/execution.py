"""Carries out a change that was worked out and checked: all of it or nothing.

A journal makes every step undoable until the last one, which removes it. docs/transactions.md has
the order and the reason of each step.

Everything this needs is imported before the first write: xpip may be changing the environment it
runs in, and a late import would load a file that was just replaced.
"""

from __future__ import annotations

import os

from xpip.environment.boundaries import kept_folders, scheme_folders
from xpip.environment.filling import (
    fill_compiled,
    fill_one,
    make_folders,
    put_back,
    stage,
    write,
)
from xpip.environment.halves import OtherHalf, can_fork
from xpip.environment.interrupts import SignalsHeld
from xpip.environment.room import ensure_room, is_elsewhere
from xpip.environment.transaction import (
    Journal,
    clear_away,
    commit,
    create_journal,
    move_aside,
    move_in,
    open_folders,
    read_journal,
    remove_bytecode,
    remove_empty_folders,
    remove_hollow_tree,
    roll_back,
    write_journal,
)
from xpip.errors import EnvironmentFault
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.environment.change import Filling, Share
    from xpip.environment.links import Placer
    from xpip.model.environment import Layout
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store


class Execution:
    """Carries out one change under the lock."""

    def __init__(self, layout: Layout, store: Store, reporter: Reporter) -> None:
        self._layout = layout
        self._store = store
        self._reporter = reporter
        self._half: OtherHalf | None = None
        self._filled = 0
        """Wheels that this process has filled."""

    def run(self, change: Filling, placer: Placer, link_mode: str, *, durable: bool) -> None:
        """Do all of it; after an error the environment is what it was.

        Args:
            durable: Return when all is on the disk.

        Raises:
            XpipError: As `apply` does.
        """
        flush = None
        if durable:
            from xpip.environment.durability import make_flush

            flush = make_flush()
        journal = change.journal
        if link_mode == "copy" or is_elsewhere(self._store.root, self._layout.purelib):
            self._ensure_room(change, copied=True)
        else:
            self._ensure_room(change, copied=False)
        self._reporter.started("install", len(change.arrangements))
        opened: list[str] = []
        try:
            with SignalsHeld():
                open_folders(journal.libraries, opened)
            self._make_ready(change, placer, link_mode)
            self._carry_out(change, placer)
            if flush is not None:
                flush(scheme_folders(self._layout))
            with SignalsHeld():
                commit(journal, durably=flush is not None)
                if not clear_away(journal.libraries):
                    self._reporter.detail("the transaction folder could not be deleted yet")
                opened.clear()
        except BaseException:
            if opened:
                with SignalsHeld():
                    self._undo(journal, placer)
            raise
        finally:
            self._reporter.finished("install")

    def _ensure_room(self, change: Filling, *, copied: bool) -> None:
        ensure_room(change.sizes(copied=copied), change.folder_count, self._layout.purelib)

    def _make_ready(self, change: Filling, placer: Placer, link_mode: str) -> None:
        """Write the journal; nothing is visible yet."""
        journal = change.journal
        descriptor = create_journal(journal.libraries[0])
        try:
            placer.choose(link_mode, change.sample(), descriptor)
            if placer.method == "copy":
                self._ensure_room(change, copied=True)
            write_journal(journal, descriptor)
        finally:
            os.close(descriptor)

    def _carry_out(self, change: Filling, placer: Placer) -> None:
        """Make every change but the last, which is to remove the journal."""
        journal, places = change.journal, change.places
        if journal.old:
            # What may go wrong with new files goes wrong while the old ones are still in place.
            for arrangement in change.arrangements:
                stage(arrangement, placer)
            for position in range(len(journal.old)):
                move_aside(journal, position)
            for folder in places.vanishing:
                remove_hollow_tree(folder)
        self._fill(change, placer)
        put_back(change.restored, change.made, placer)
        for path, content in change.edits:
            write(path, content, 0o666)
        for library, info_folder in journal.staged:
            move_in(library, info_folder)
        # A process that read an old source may have compiled it after the old bytecode had left.
        remove_bytecode(journal.old, ())
        if journal.old:
            # Not before: it would be taken for that of the old source.
            for arrangement in change.arrangements:
                make_folders(folder for folder, _ in arrangement.compiled)
                fill_compiled(arrangement, placer)
        remove_empty_folders(
            {os.path.dirname(path) for path in journal.old}, kept_folders(self._layout)
        )

    def _fill(self, change: Filling, placer: Placer) -> None:
        """Put all new files into place, each distribution's after its RECORD is staged."""
        common, parts = change.shares()
        make_folders(common)
        if len(parts) == 1 or not can_fork():
            for part in parts:
                self._fill_part(part, change, placer)
            return
        mine, other = parts
        with SignalsHeld():
            half = self._half = OtherHalf(
                lambda: self._fill_part(other, change, placer, silent=True)
            )
        self._fill_part(mine, change, placer)
        if not half.succeeded():
            self._fill_part(other, change, placer, silent=True, again=True)
        self._reporter.progressed("install", len(change.arrangements) - self._filled)

    def _fill_part(
        self,
        part: Share,
        change: Filling,
        placer: Placer,
        *,
        silent: bool = False,
        again: bool = False,
    ) -> None:
        """Do one part of it.

        Args:
            silent: Nobody is told what was done.
            again: Some of it may be done already.
        """
        folders, arrangements = part.load()
        make_folders(folders)
        is_staged, spared = bool(change.journal.old), change.places.spared
        for arrangement in arrangements:
            if not is_staged:
                stage(arrangement, placer, again=again)
            fill_one(arrangement, placer, spared, again=again)
            if not is_staged:
                fill_compiled(arrangement, placer)
            if not silent:
                self._filled += 1
                self._reporter.progressed("install", 1)

    def _undo(self, journal: Journal, placer: Placer) -> None:
        """Bring back the old environment; what cannot be done now is left to `recover`."""
        if self._half is not None:
            self._half.stop()
        try:
            if read_journal(journal.libraries[0]) is not None:
                roll_back(journal, placer.strangers)
            clear_away(journal.libraries)
        except EnvironmentFault as error:
            self._reporter.warning(
                f"the change could not be undone ({error.summary}): "
                "the next xpip command in this environment tries again"
            )
