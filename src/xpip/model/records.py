"""`NamedTuple` without the weight of `typing`.

Importing `typing` brings `re`, `contextlib`, `collections` and `functools`: 11 ms of a process
whose interpreter starts in 9, and each class made by it is another 0.15 ms. Modules that a fast
command needs import from here instead; a type checker sees the real thing:

    from xpip.model.records import TYPE_CHECKING, NamedTuple

Classes behave like those of `typing.NamedTuple`. Their modules need `from __future__ import
annotations`, because fields are read from the annotations as text.
"""

# A type checker never looks at what is behind `else`, and typing would have to be imported for it.
# ruff: noqa: ANN001, ANN002, ANN003, ANN202, ANN204, B905, N807

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Generic as Generic  # noqa: PLC0414 - strict mypy wants re-exports said
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414
    from typing import Protocol as Protocol  # noqa: PLC0414
else:

    class Protocol:
        """Base of a class that only describes others; nothing is checked at run time."""

    class Generic:
        """Base of a class that says what it holds; nothing is checked at run time."""

        __slots__ = ()

        def __class_getitem__(cls, _):
            return cls

    try:
        from _collections import _tuplegetter
    except ImportError:
        # Other implementations of Python have no such shortcut.
        def _tuplegetter(number, _doc):
            return property(lambda self: tuple.__getitem__(self, number))

    _new_tuple = tuple.__new__

    class _RecordType(type):
        """Turns a class body with annotations into a tuple class, as `typing` does."""

        def __new__(cls, name, bases, space):
            if not bases:
                return type.__new__(cls, name, bases, space)
            fields = tuple(space.get("__annotations__", ()))
            defaults = {}
            for number, field in enumerate(fields):
                if field in space:
                    defaults[field] = space[field]
                elif defaults:
                    raise TypeError(f"field {field} of {name} needs a default, as those before it")
                space[field] = _tuplegetter(number, "")
            space["_fields"] = space["__match_args__"] = fields
            space["_field_defaults"] = defaults
            space["__slots__"] = ()
            space["__new__"] = _constructor(fields, tuple(defaults.values()))
            space.setdefault("__repr__", _repr)
            space["__getnewargs__"] = _getnewargs
            space["_replace"] = _replace
            space["_asdict"] = _asdict
            space["_make"] = classmethod(_new_tuple)
            return type(name, (tuple,), space)

    def _constructor(fields, tail):
        wanted = len(fields)
        required = wanted - len(tail)

        def __new__(cls, *values, **named):
            if named:
                values = _in_order(cls, values, named)
            given = len(values)
            if given != wanted:
                if not required <= given < wanted:
                    raise TypeError(f"{cls.__name__} takes {wanted} values, {given} were given")
                values += tail[given - required :]
            return _new_tuple(cls, values)

        return __new__

    def _in_order(cls, values, named):
        """Return all values of a call in the order of the fields."""
        found = list(values)
        for field in cls._fields[len(values) :]:
            if field in named:
                found.append(named.pop(field))
            elif field in cls._field_defaults:
                found.append(cls._field_defaults[field])
            else:
                raise TypeError(f"{cls.__name__} lacks a value for {field}")
        if named:
            raise TypeError(f"{cls.__name__} takes no value, or not two, for {next(iter(named))}")
        return tuple(found)

    def _repr(self):
        pairs = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"{type(self).__name__}({pairs})"

    def _replace(self, /, **changes):
        values = [changes.pop(field, value) for field, value in zip(self._fields, self)]
        if changes:
            raise ValueError(f"{type(self).__name__} has no field {next(iter(changes))}")
        return _new_tuple(type(self), values)

    def _getnewargs(self):
        return tuple(self)

    def _asdict(self):
        return dict(zip(self._fields, self))

    class NamedTuple(metaclass=_RecordType):
        """Base of a class whose annotations are the fields of a tuple."""
