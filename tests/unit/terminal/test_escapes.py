"""Foreign text cannot command a terminal."""

import pytest

from xpip.terminal.escapes import one_line, visible


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("flask 3.0", "flask 3.0"),
        ("naïve 名前 — fine", "naïve 名前 — fine"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07name", "name"),
        ("\x1b]52;c;ZXZpbA==\x1b\\name", "name"),
        ("\x1bP+q544e\x1b\\name", "name"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x9d0;title\x9cname", "0;titlename"),
        ("\x1b(Bname", "name"),
        ("\x1bcname", "name"),
        ("good\rbad", "goodbad"),
        ("back\x08\x08space\x7f", "backspace"),
        ("nul\x00bell\x07", "nulbell"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("a\u2066b\u2069c\u200fd\u061ce", "abcde"),
        ("line\u2028break\x85next", "linebreaknext"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("never ends \x1b]0;title", "never ends 0;title"),
        ("never ends \x1b[", "never ends "),
        ("alone \x1b", "alone "),
        ("non\u00a0breaking\u3000space", "non\u00a0breaking\u3000space"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(foreign, shown):
    assert visible(foreign) == shown


def test_nothing_that_moves_the_cursor_survives_in_any_position():
    every = "".join(map(chr, range(0x2100))) + "\u2066\ufeff"
    left = visible(every.replace("\x1b", "").replace("\x9b", ""))
    assert not set(left) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))
    assert not set(left) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029"
    )


def test_bytes_of_a_file_name_stay_for_the_stream_to_replace():
    assert visible("caf\udce9\x1b[1m.whl") == "caf\udce9.whl"


def test_one_line_keeps_a_name_from_looking_like_another_message():
    assert one_line("name\nerror: all is lost\tnow") == "name error: all is lost now"
