"""What the file name of a wheel or sdist tells, by the name other rooms know it by.

The code is in `model/file_names.py`, because `selection/` may not import this room.
"""

from __future__ import annotations

from xpip.model.file_names import (
    SDIST_SUFFIXES,
    WheelName,
    expand_tags,
    is_project_name,
    is_version_like,
    parse_sdist_name,
    parse_wheel_name,
    sdist_stem,
)

__all__ = [
    "SDIST_SUFFIXES",
    "WheelName",
    "expand_tags",
    "is_project_name",
    "is_version_like",
    "parse_sdist_name",
    "parse_wheel_name",
    "sdist_stem",
]
