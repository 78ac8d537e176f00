"""The few facts of an executable file that decide which wheels its process can load."""

from __future__ import annotations

from xpip.model.records import NamedTuple

_MAGICS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
"""ELF, and the forms of Mach-O."""
_SMALLEST_HEADER = 52
_CLASS_64 = 2
_MACHINE_I386 = 3
_MACHINE_ARM = 40
_ARM_ABI_MASK = 0xFF000000
_ARM_ABI_5 = 0x05000000
_ARM_HARD_FLOAT = 0x00000400
_INTERPRETER_SEGMENT = 3
_LONGEST_INTERPRETER = 4096


class ElfFacts(NamedTuple):
    """What the header of an ELF file says."""

    is_i686: bool
    """32 bits for Intel processors."""
    is_armhf: bool
    """32 bits for ARM with floating point in hardware."""
    interpreter: str
    """The dynamic loader it asks for; empty when it is linked statically."""


def is_program(path: str) -> bool:
    """Return whether the file is machine code and not a script that starts something else."""
    try:
        with open(path, "rb") as file:
            return file.read(4) in _MAGICS
    except OSError:
        return False


def read_elf(path: str) -> ElfFacts | None:
    """Return what the ELF header of a file says, None when it is not such a file."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            if len(head) < _SMALLEST_HEADER or head[:4] != b"\x7fELF":
                return None
            wide = head[4] == _CLASS_64
            order = 1 if head[5] == 1 else -1

            def number(data: bytes, start: int, size: int) -> int:
                return int.from_bytes(data[start : start + size][::order], "little")

            machine = number(head, 18, 2)
            flags = number(head, 48 if wide else 36, 4)
            table = number(head, 32, 8) if wide else number(head, 28, 4)
            row_size = number(head, 54 if wide else 42, 2)
            rows = number(head, 56 if wide else 44, 2)
            file.seek(table)
            segments = file.read(row_size * rows)
            interpreter = ""
            for start in range(0, len(segments) - row_size + 1, row_size or 1):
                if number(segments, start, 4) != _INTERPRETER_SEGMENT:
                    continue
                offset = number(segments, start + (8 if wide else 4), 8 if wide else 4)
                size = number(segments, start + (32 if wide else 16), 8 if wide else 4)
                file.seek(offset)
                text = file.read(min(size, _LONGEST_INTERPRETER)).rstrip(b"\0")
                interpreter = text.decode("utf-8", "surrogateescape")
                break
    except (OSError, OverflowError, ValueError):
        return None
    little_32 = not wide and order == 1
    hard_float = flags & _ARM_ABI_MASK == _ARM_ABI_5 and bool(flags & _ARM_HARD_FLOAT)
    return ElfFacts(
        is_i686=little_32 and machine == _MACHINE_I386,
        is_armhf=little_32 and machine == _MACHINE_ARM and hard_float,
        interpreter=interpreter,
    )
