"""pip's configuration file: sections of `key = value` lines, in the form of `configparser`.

A change keeps comments and the order of everything else, which pip's own `config set` loses.
"""

from __future__ import annotations

from xpip.errors import UsageError

_BLANKS = " \t"
_COMMENTS = ("#", ";")
_DEFAULT = "DEFAULT"
"""The section whose values count in all others."""


def parse_pip_conf(text: str, path: str) -> dict[str, dict[str, str]]:
    """Return section -> key -> value as pip reads them.

    Keys are normalised: lower case, `_` as `-`, without leading hyphens. A value may go on in
    indented lines; its lines are joined by newlines. Values are not interpolated. Values of a
    `[DEFAULT]` section count in every section.

    Args:
        path: As messages should name the file.

    Raises:
        UsageError: The text is not in that form; the message has no value of the file.
    """
    text = text.removeprefix("\ufeff")
    sections = _read(text)
    return _read_by_configparser(text, path) if sections is None else sections


def _read(text: str) -> dict[str, dict[str, str]] | None:
    """Return what `configparser` would, None where it would complain and has the words for it.

    Importing it takes 5 ms, which everybody with a configuration file would pay for each command.
    """
    defaults: dict[str, list[str]] = {}
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] | None = None
    value: list[str] | None = None
    indent = 0
    for line in text.split("\n"):
        content = line.strip()
        if not content:
            if value is not None:
                value.append("")
            continue
        if content.startswith(_COMMENTS):
            continue
        own_indent = len(line) - len(line.lstrip())
        if value is not None and own_indent > indent:
            value.append(content)
            continue
        indent = own_indent
        header = _header_of(content)
        if header:
            if header in sections:
                return None
            section = defaults if header == _DEFAULT else sections.setdefault(header, {})
            value = None
            continue
        entry = _entry_of(content)
        if section is None or entry is None or entry[0] in section:
            return None
        value = section[entry[0]] = [entry[1]]
    return {
        name: {key: "\n".join(parts).rstrip() for key, parts in {**defaults, **own}.items()}
        for name, own in sections.items()
    }


def _header_of(content: str) -> str:
    """Return the name of the section that a line without blanks around it begins, else nothing."""
    return content[1 : content.rfind("]")] if content[0] == "[" and "]" in content else ""


def _entry_of(content: str) -> tuple[str, str] | None:
    """Return normalised key and value of a line, None when it has no key."""
    name = content.partition("=")[0].partition(":")[0]
    key = normalized_key(name.rstrip())
    if not key or len(name) == len(content):
        return None
    return key, content[len(name) + 1 :].strip()


def _read_by_configparser(text: str, path: str) -> dict[str, dict[str, str]]:
    import configparser

    parser = configparser.RawConfigParser()
    parser.optionxform = normalized_key  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text, path)
    except configparser.MissingSectionHeaderError as error:
        raise UsageError(
            f"{path}:{error.lineno}: a value stands before the first section",
            hints=("pip's configuration files start with a section such as `[global]`",),
        ) from error
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
        named = getattr(error, "option", None) or f"[{error.section}]"
        raise UsageError(f"{path}:{error.lineno}: `{named}` is given twice") from error
    except configparser.ParsingError as error:
        lines = ", ".join(str(number) for number, _ in error.errors)
        noun = "lines" if len(error.errors) > 1 else "line"
        raise UsageError(
            f"`{path}` is not a valid configuration file: {noun} {lines}",
            hints=("a line is a `[section]`, `key = value`, or an indented further value",),
        ) from error
    except configparser.Error as error:
        raise UsageError(f"`{path}` is not a valid configuration file") from error
    return {section: dict(parser.items(section)) for section in parser.sections()}


def normalized_key(name: str) -> str:
    """Return a key as pip compares it."""
    return name.lower().replace("_", "-").removeprefix("--")


def line_of(text: str, section: str, key: str) -> int:
    """Return the line, from 1, on which a key of a section stands; 0 when none can be told.

    Args:
        key: Normalised.
    """
    place = _find(text.split("\n"), section, key)
    return 0 if place is None else place[0] + 1


def with_value(text: str, path: str, section: str, key: str, value: str) -> str:
    """Return the text with a key set, in the section it stands in or at that section's end.

    Args:
        key: Normalised.
        value: May have several lines.

    Raises:
        UsageError: The text is no configuration file.
    """
    wanted = parse_pip_conf(text, path)
    wanted.setdefault(section, {})[key] = value
    lines = text.split("\n")
    written = f"{key} = {value}".replace("\n", "\n\t")
    place = _find(lines, section, key)
    if place is not None:
        lines[place[0] : place[1]] = [written]
    else:
        after = _end_of_section(lines, section)
        if after is None:
            while lines and not lines[-1].strip():
                lines.pop()
            lines += [*([""] if lines else []), f"[{section}]", written, ""]
        else:
            lines.insert(after, written)
    return _checked("\n".join(lines), wanted)


def without_value(text: str, path: str, section: str, key: str) -> str:
    """Return the text without a key; a section that is empty then goes too.

    Args:
        key: Normalised.

    Raises:
        UsageError: The text is no configuration file, or the key stands in `[DEFAULT]`.
    """
    wanted = parse_pip_conf(text, path)
    lines = text.split("\n")
    place = _find(lines, section, key)
    if place is None:
        raise UsageError(f"`{key}` stands in the section `[DEFAULT]` of `{path}`")
    del wanted[section][key]
    start, end = place
    del lines[start:end]
    if not wanted[section]:
        del wanted[section]
        header = next(n for n, line in enumerate(lines) if _header(line) == section)
        if not any(line.strip() for line in _body(lines, header)):
            stop = header + 1 + len(_body(lines, header))
            del lines[header:stop]
        else:
            # Comments are somebody's work; the header above them does no harm.
            wanted[section] = {}
    return _checked("\n".join(lines), wanted)


def _checked(text: str, wanted: dict[str, dict[str, str]]) -> str:
    """Return the text if it says what is wanted, else a new one that does."""
    try:
        if parse_pip_conf(text, "") == wanted:
            return text
    except UsageError:
        pass
    lines: list[str] = []
    for section, values in wanted.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {value}".replace("\n", "\n\t") for key, value in values.items()]
        lines.append("")
    return "\n".join(lines)


def _header(line: str) -> str | None:
    """Return the name of the section that a line begins, None for any other line."""
    stripped = line.strip().removeprefix("\ufeff")
    if line[:1] in _BLANKS and line[:1]:
        return None
    if not stripped.startswith("[") or "]" not in stripped:
        return None
    return stripped[1 : stripped.rindex("]")]


def _body(lines: list[str], header: int) -> list[str]:
    """Return the lines of a section below its header."""
    for number in range(header + 1, len(lines)):
        if _header(lines[number]) is not None:
            return lines[header + 1 : number]
    return lines[header + 1 :]


def _find(lines: list[str], section: str, key: str) -> tuple[int, int] | None:
    """Return the first line of a key and the line after its value."""
    current = None
    for number, line in enumerate(lines):
        header = _header(line)
        if header is not None:
            current = header
        elif current == section and line.strip() and line[0] not in _BLANKS:
            name = line
            for sign in ("=", ":"):
                name = name.partition(sign)[0]
            is_comment = line.startswith(_COMMENTS)
            if not is_comment and normalized_key(name.strip()) == key:
                return number, _end_of_value(lines, number)
    return None


def _end_of_value(lines: list[str], start: int) -> int:
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and line[0] not in _BLANKS:
            break
        if line.strip():
            end = number + 1
    return end


def _end_of_section(lines: list[str], section: str) -> int | None:
    """Return the line after the last one of a section that is not empty."""
    for number, line in enumerate(lines):
        if _header(line) == section:
            body = _body(lines, number)
            while body and not body[-1].strip():
                body = body[:-1]
            return number + 1 + len(body)
    return None
