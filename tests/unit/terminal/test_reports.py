"""Closing lines in pip's words."""

import pytest

from xpip.terminal import reports


def test_what_was_installed_is_listed_by_name_whatever_the_case():
    line = reports.installed_line([("Werkzeug", "3.1"), ("flask", "3.0"), ("Jinja2", "3.1.6")])
    assert line == "Successfully installed flask-3.0 Jinja2-3.1.6 Werkzeug-3.1"


def test_a_dry_run_says_what_it_would_do():
    assert reports.would_install_line([("b", "2"), ("a", "1")]) == "Would install a-1 b-2"


def test_a_satisfied_requirement_names_place_asker_and_version():
    line = reports.satisfied_line("flask>=2", "/env/lib", "3.0", reports.asked_by_file("r.txt", 3))
    assert (
        line == "Requirement already satisfied: flask>=2 in /env/lib (from -r r.txt (line 3)) (3.0)"
    )
    assert reports.satisfied_line("flask", "/env/lib", "3.0") == (
        "Requirement already satisfied: flask in /env/lib (3.0)"
    )


def test_a_table_has_columns_as_wide_as_their_widest_cell_and_no_spaces_at_line_ends():
    lines = reports.table(("Package", "Version"), [("a", "1"), ("much-longer", "2.0")])
    assert lines == [
        "Package     Version",
        "----------- -------",
        "a           1",
        "much-longer 2.0",
    ]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (5e12, "5000.0 GB"),
    ],
)
def test_sizes_have_decimal_units(size, text):
    assert reports.format_size(size) == text
