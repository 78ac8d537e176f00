"""Which Requires-Python of metadata admit the Python that is resolved for."""

from __future__ import annotations

from xpip.model.specifier import InvalidSpecifier, SpecifierSet


class PythonRange:
    """Judges specifiers, each text once."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._verdicts: dict[str, bool] = {}

    def admits(self, specifier: str) -> bool:
        """Say whether a Requires-Python admits the target; one that cannot be read admits all."""
        if not specifier or not self._version:
            return True
        verdict = self._verdicts.get(specifier)
        if verdict is None:
            try:
                parsed = SpecifierSet(specifier)
            except InvalidSpecifier:
                verdict = True
            else:
                verdict = parsed.contains(self._version)
            self._verdicts[specifier] = verdict
        return verdict
