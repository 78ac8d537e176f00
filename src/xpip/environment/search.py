"""Find the interpreter that a user names: by path, by name, by version."""

from __future__ import annotations

import os

from xpip.environment.interpreter import query_interpreter
from xpip.environment.pyvenv import interpreter_in, is_environment
from xpip.errors import EnvironmentFault, UsageError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xpip.model.environment import Interpreter
    from xpip.model.specifier import SpecifierSet
    from xpip.store.layout import Store

_COMPARISONS = ("<", ">", "==", "!=", "~=")


class Search:
    """One look for an interpreter, with a list of what was looked at."""

    def __init__(self, variables: Mapping[str, str], cwd: str, store: Store | None) -> None:
        self.variables = variables
        self.cwd = cwd
        self.store = store
        self.consulted: list[str] = []
        """Absolute paths, present or absent, in the order they were looked at."""

    def consult(self, *paths: str) -> None:
        """Note that the outcome depends on these paths."""
        self.consulted += paths

    def consult_environment(self, folder: str) -> None:
        """Note that the outcome depends on whether a folder is an environment."""
        self.consult(os.path.join(folder, "pyvenv.cfg"), os.path.join(folder, "bin", "python"))

    def absolute(self, path: str) -> str:
        """Return the absolute form of a path that a user wrote."""
        if path == "~" or path.startswith("~/"):
            path = self.variables.get("HOME", "~") + path[1:]
        return os.path.normpath(os.path.join(self.cwd, path))

    def named(self, text: str, *, skip_virtual: bool = False) -> Interpreter:
        """Return the interpreter that a user names with `--python`.

        Raises:
            EnvironmentFault: There is none.
            UsageError: The text is a version specifier that does not parse.
        """
        specifier = _version_request(text)
        if specifier is not None:
            return self._versioned(text, specifier, skip_virtual)
        path = self.absolute(text)
        if "/" in text or text.startswith("~") or interpreter_in(path) is not None:
            return query_interpreter(self._in_path(path), self.store)
        return self._on_path(text, skip_virtual)

    def first_on_path(self) -> Interpreter | None:
        """Return the first working Python on `PATH` that is in no virtual environment."""
        for path in self._programs(("python3", "python")):
            found = self._try(path, skip_virtual=True)
            if found is not None:
                return found
        return None

    def _in_path(self, path: str) -> str:
        """Return the interpreter in a folder, or the file itself."""
        if not os.path.isdir(path):
            self.consult(path)
            return path
        self.consult_environment(path)
        executable = interpreter_in(path)
        if executable is None:
            raise EnvironmentFault(
                f"`{path}` holds no interpreter: there is no `bin/python`",
                hints=(f"`xpip venv {path}` makes an environment there",)
                if not os.listdir(path)
                else (),
            )
        return executable

    def _on_path(self, name: str, skip_virtual: bool) -> Interpreter:
        faults = []
        for path in self._programs((name,)):
            try:
                found = query_interpreter(path, self.store)
            except EnvironmentFault as fault:
                faults.append(fault)
                continue
            if not (skip_virtual and found.prefix != found.base_prefix):
                return found
        # `python3.12` may be there under another name, or behind a shim that is switched off.
        version = name[len("python") :]
        specifier = _version_request(version) if name.startswith("python") else None
        if specifier is not None:
            return self._versioned(name, specifier, skip_virtual)
        if faults:
            raise faults[0]
        raise EnvironmentFault(f"there is no interpreter `{name}` on `PATH`")

    def _versioned(self, text: str, specifier: SpecifierSet, skip_virtual: bool) -> Interpreter:
        seen = []
        for path in self._candidates(text):
            found = self._try(path, skip_virtual)
            if found is None:
                continue
            version = found.target.python_version
            if specifier.contains(version):
                return found
            seen.append(f"{version} is `{found.executable}`")
        raise EnvironmentFault(
            f"no Python that matches `{text}` was found on `PATH`",
            details=tuple(dict.fromkeys(seen)),
            hints=("`--python` also takes the path of an interpreter",),
        )

    def _candidates(self, text: str) -> Iterator[str]:
        """Yield programs that may be of the version that was asked for, likely ones first."""
        numbers = text.removeprefix("python")
        exact = f"python{numbers}" if numbers[:1].isdigit() else ""
        if exact.count(".") > 1:
            exact = ".".join(exact.split(".")[:2])
        if exact:
            yield from self._programs((exact,))
        yield from self._programs(("python3", "python"))
        if not exact:
            names = tuple(f"python3.{minor}" for minor in range(20, 7, -1))
            yield from self._programs(names)

    def _programs(self, names: tuple[str, ...]) -> Iterator[str]:
        """Yield the programs of these names on `PATH`, folder by folder."""
        for folder in dict.fromkeys(self.variables.get("PATH", "").split(os.pathsep)):
            if not os.path.isabs(folder):
                continue
            if os.path.basename(folder) == "shims":
                self._consult_pyenv(os.path.dirname(folder))
                versioned = [name for name in names if name not in {"python", "python3"}]
                yield from self._pyenv_versions(os.path.dirname(folder), versioned)
                names_here = tuple(name for name in names if name not in versioned)
            else:
                names_here = names
            for name in names_here:
                path = os.path.join(folder, name)
                self.consult(path)
                if os.path.isfile(path) and os.access(path, os.X_OK):
                    yield path

    def _consult_pyenv(self, root: str) -> None:
        """Note the files that decide what a shim starts."""
        self.consult(os.path.join(root, "version"))
        folder = self.cwd
        while True:
            self.consult(os.path.join(folder, ".python-version"))
            if folder == os.path.dirname(folder):
                return
            folder = os.path.dirname(folder)

    def _pyenv_versions(self, root: str, names: list[str]) -> Iterator[str]:
        """Yield what shims for these names stand for, newest first.

        A shim for `python3.12` fails wherever that version is not the one chosen for the folder.
        """
        if not names:
            return
        versions = os.path.join(root, "versions")
        self.consult(versions)
        try:
            folders = sorted(os.listdir(versions), key=_numbers, reverse=True)
        except OSError:
            return
        for name in names:
            for folder in folders:
                path = os.path.join(versions, folder, "bin", name)
                if os.path.isfile(path) and os.access(path, os.X_OK):
                    yield path

    def _try(self, path: str, skip_virtual: bool) -> Interpreter | None:
        """Return the interpreter, None when it is broken, too old or not wanted."""
        if skip_virtual and is_environment(os.path.dirname(os.path.dirname(path))):
            return None
        try:
            found = query_interpreter(path, self.store)
        except EnvironmentFault:
            return None
        if skip_virtual and found.prefix != found.base_prefix:
            return None
        return found


def _numbers(folder: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, to sort by."""
    numbers = []
    for part in folder.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _version_request(text: str) -> SpecifierSet | None:
    """Return which versions a text asks for, None when it is not about versions.

    Raises:
        UsageError: It is, and does not parse.
    """
    is_specifier = text.startswith(_COMPARISONS) and "/" not in text
    is_version = text.replace(".", "").isdigit() and text[:1].isdigit()
    if not (is_specifier or is_version):
        return None
    from xpip.model.specifier import InvalidSpecifier, SpecifierSet

    if is_version:
        return SpecifierSet(f"=={text}" if text.count(".") > 1 else f"=={text}.*")
    try:
        return SpecifierSet(text)
    except InvalidSpecifier as error:
        raise UsageError(f"`--python {text}` is not a version specifier") from error
