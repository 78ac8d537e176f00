"""pip's configuration file: sections of `key = value` lines, in the form of `configparser`."""

from __future__ import annotations

from xpip.errors import UsageError


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
    import configparser

    parser = configparser.RawConfigParser()
    parser.optionxform = normalized_key  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text.removeprefix("\ufeff"), path)
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
