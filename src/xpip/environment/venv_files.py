"""Writes the files of a virtual environment; tier 0 uses it, too, so `os` is all it imports."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


def sibling(place: str) -> str:
    """Return an unused path beside a place, on the same file system."""
    parent, name = os.path.split(place)
    return os.path.join(parent, f".{name[:40]}.xpip-{os.urandom(6).hex()}")


def write_files(
    root: str,
    folders: "Iterable[str]",
    links: "Iterable[tuple[str, str]]",
    files: "Iterable[tuple[str, str]]",
    *,
    renew: bool,
) -> None:
    """Write an environment below an existing folder.

    Args:
        folders: Relative, parents first.
        links: (relative path, what it leads to).
        files: (relative path, text), written in this order.
        renew: Something may be there; what is replaced is never missing in between.
    """
    for path in folders:
        try:
            os.mkdir(f"{root}/{path}")
        except FileExistsError:
            if not renew:
                raise
    for path, leads_to in links:
        if renew:
            _renew_link(f"{root}/{path}", leads_to)
        else:
            os.symlink(leads_to, f"{root}/{path}")
    for path, text in files:
        full = f"{root}/{path}"
        target = sibling(full) if renew else full
        descriptor = os.open(target, _NEW, 0o666)
        try:
            data = text.encode("utf-8", "surrogateescape")
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            os.close(descriptor)
        if renew:
            os.replace(target, full)


def _renew_link(path: str, leads_to: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        # `lib64` may be a folder of its own in an environment that another tool made.
        return
    staged = sibling(path)
    os.symlink(leads_to, staged)
    os.replace(staged, path)
