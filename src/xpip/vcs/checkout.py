"""Checkouts in the cache, which belong to nobody and are only read."""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING
from xpip.store.keys import key_of
from xpip.store.layout import REPOSITORIES
from xpip.store.packing import unwritable
from xpip.vcs.git import GitRepository
from xpip.vcs.others import make_system
from xpip.vcs.programs import RepositoryError

if TYPE_CHECKING:
    from xpip.model.reporter import Reporter
    from xpip.model.source import CheckoutOptions, SourceLocation
    from xpip.store.layout import Store


def check_out(
    location: SourceLocation, store: Store, options: CheckoutOptions, reporter: Reporter
) -> tuple[str, str]:
    """Return the folder of a checkout in the cache, and the full name of its revision.

    Raises:
        RepositoryError: The repository or the revision cannot be had.
    """
    if location.vcs == "git":
        repository = GitRepository(location, store, options, reporter)
        commit = repository.resolve()
        return repository.check_out(commit), commit
    if options.offline:
        raise RepositoryError(
            f"`{location.url}` may not be asked, and only repositories of git are in the cache",
            hints=("leave out `--offline`",),
        )
    system = make_system(location, options)
    new = store.temporary_path()
    try:
        os.makedirs(os.path.dirname(new), mode=0o700, exist_ok=True)
        system.check_out(new)
        commit = system.revision_of(new)
        folder = store.path(REPOSITORIES, f"{key_of(location.vcs, location.url)}/{key_of(commit)}")
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
        try:
            os.rename(new, folder)
        except OSError:
            # It is there already: a revision never changes.
            if not os.path.isdir(folder):
                raise
    except OSError as error:
        raise unwritable(f"keep a checkout of `{location.url}` in the cache", error) from error
    finally:
        if os.path.isdir(new):
            import shutil

            shutil.rmtree(new, ignore_errors=True)
    return folder, commit
