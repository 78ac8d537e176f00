"""The only reader and writer of the user's own files: requirements, configuration, locks."""

from __future__ import annotations

import os

from xpip.errors import RequirementError, XpipError

MAXIMUM_SIZE = 64 * 1024 * 1024
"""Bytes of a file that people write."""


def read_document(path: str, kind: str = "requirements file") -> bytes:
    """Return the content of a file that the user named; pipes such as `/dev/stdin` are read too.

    Args:
        kind: What the file is for, as a message should call it.

    Raises:
        RequirementError: It is missing, a folder, not readable, or larger than `MAXIMUM_SIZE`.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MAXIMUM_SIZE + 1)
    except FileNotFoundError as error:
        raise RequirementError(f"the {kind} `{path}` does not exist") from error
    except IsADirectoryError as error:
        raise RequirementError(f"the {kind} `{path}` is a folder") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        shown = path.replace("\0", "?")
        raise RequirementError(f"the {kind} `{shown}` cannot be read: {reason}") from error
    if len(content) > MAXIMUM_SIZE:
        raise RequirementError(f"the {kind} `{path}` is larger than {MAXIMUM_SIZE} bytes")
    return content


def read_optional_document(path: str) -> bytes | None:
    """Return the content of a file that need not exist, None when it does not.

    Raises:
        XpipError: It exists and cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(MAXIMUM_SIZE)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise XpipError(f"`{path}` cannot be read: {reason}") from error


def is_stream(path: str) -> bool:
    """Say whether a path is a device or pipe: it is written to and never replaced or read back."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def hash_file(path: str, algorithm: str) -> str:
    """Return the hexadecimal hash of a file of any size.

    Raises:
        XpipError: It cannot be read.
    """
    from hashlib import new

    hasher = new(algorithm)
    try:
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                hasher.update(chunk)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise XpipError(f"`{path}` cannot be read: {reason}") from error
    return hasher.hexdigest()


def write_document(path: str, content: bytes, *, anywhere: bool = False) -> None:
    """Replace a file in one step: readers see the old content or the new, whatever happens.

    Even when the machine stops: the new content is on the disk before it takes the place of the
    old. Where there is no old content to lose, this wait (4 to 9 ms) is left out.

    The mode of an existing file is kept; a link is followed, so that it stays a link. Devices and
    pipes such as `/dev/null` are written to: a file must never take their place.

    Args:
        anywhere: A link may lead out of its folder. It may not where it came with a project, whose
            author would choose the file that is written.

    Raises:
        XpipError: It cannot be written; the old content is still there.
    """
    target = os.path.realpath(path)
    if not anywhere:
        _ensure_inside(path, target)
    temporary = f"{target}.{os.getpid()}.xpip-new"
    try:
        if is_stream(path):
            with open(path, "wb") as file:
                file.write(content)
            return
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            replaces = os.path.exists(target)
            # An explicit close before the rename: an error that comes late (a full disk) would
            # otherwise be lost and the rename put an empty file in place.
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                if replaces:
                    os.fsync(file.fileno())
            if replaces:
                os.chmod(temporary, os.stat(target).st_mode & 0o7777)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise XpipError(f"`{path}` cannot be written: {error.strerror or error}") from error


def _ensure_inside(path: str, target: str) -> None:
    """Ensure that a path is no link that leads out of its folder; those of `/dev` are the system's.

    Raises:
        XpipError: It is one.
    """
    folder = os.path.realpath(os.path.dirname(path))
    if not os.path.islink(path) or path.startswith("/dev/"):
        return
    if not target.startswith(f"{folder.rstrip('/')}/"):
        raise XpipError(
            f"`{path}` is a link that leads out of its folder, so it is not written",
            details=(f"it leads to `{target}`",),
            hints=("remove the link, or name the file itself",),
        )


def make_folders(path: str) -> None:
    """Make a folder and those above it, where they are not there.

    Raises:
        XpipError: It cannot be made.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise XpipError(f"the folder `{path}` cannot be made: {error.strerror or error}") from error
