"""The nouns that travel between rooms: immutable values without behaviour that touches the world.

They are NamedTuples and not dataclasses: thirty frozen dataclasses cost 17 ms to define on each
start, thirty NamedTuples 2 ms (docs/decisions/001).
"""
