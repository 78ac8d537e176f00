"""Help fits the terminal and lines up."""

from xpip.terminal.help import command_help, overview

GROUPS = [
    (
        "What to do",
        [
            ("-f, --files", "Show the installed files too"),
            (
                "--a-very-long-option-name, --alias VALUE",
                "Do something that takes long to explain in words",
            ),
        ],
    ),
    ("Nothing to see", []),
]


def test_the_help_of_a_command_lines_up_and_wraps():
    assert command_help("show", "Show what is known.", "NAME...", GROUPS, 60) == [
        "Usage: xpip show [OPTIONS] NAME...",
        "",
        "Show what is known.",
        "",
        "What to do:",
        "  -f, --files  Show the installed files too",
        "  --a-very-long-option-name, --alias VALUE",
        "               Do something that takes long to explain in",
        "               words",
    ]


def test_the_overview_lists_commands_with_what_they_do():
    lines = overview([("check", "Check."), ("uninstall", "Remove.")], GROUPS)
    assert lines[:5] == [
        "Usage: xpip COMMAND [OPTIONS] [ARGUMENTS]",
        "",
        "Commands:",
        "  check      Check.",
        "  uninstall  Remove.",
    ]
    assert lines[-1] == "`xpip help COMMAND` shows what a command accepts."


def test_a_tiny_terminal_still_gets_whole_words():
    lines = command_help("show", "word " * 30, "", [], 3)
    assert max(map(len, lines)) <= 40
