"""Bytecode for what is installed, where that was asked for."""

from __future__ import annotations

from xpip.environment.bytecode import compile_in_place, make_bytecode
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.process import get_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.environment import Environment
    from xpip.model.options import ApplyOptions
    from xpip.model.plan import Placement
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store


def compile_wheels(
    placements: Sequence[Placement],
    environment: Environment,
    store: Store,
    options: ApplyOptions,
    reporter: Reporter,
) -> tuple[str, ...]:
    """Compile wheels into the store, from where `apply` takes their bytecode.

    Returns:
        Normalised names of those that the store cannot hold bytecode of.
    """
    wheels = [placement.wheel for placement in placements]
    level = options.optimization or 0
    rest = make_bytecode(environment.interpreter, wheels, store, level, reporter)
    if rest:
        get_ready()
    return tuple(map(normalized_name, rest))


def compile_rest(names: Iterable[str], environment: Environment, reporter: Reporter) -> None:
    """Compile what was installed without bytecode; imports nothing."""
    compile_in_place(environment, names, reporter)
