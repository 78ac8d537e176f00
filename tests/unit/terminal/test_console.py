"""What reaches the two streams, and in which form."""

import io

import pytest

from xpip.errors import UsageError, XpipError
from xpip.terminal.console import Console, OutputLost


class Streams:
    def __init__(self, verbosity=0, color=False, answers=None, encoding="utf-8"):
        self.stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
        self.stderr = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
        stdin = None if answers is None else io.StringIO(answers)
        self.console = Console(self.stdout, self.stderr, verbosity, color=color, stdin=stdin)

    @property
    def out(self):
        return self.stdout.buffer.getvalue().decode(self.stdout.encoding)

    @property
    def err(self):
        return self.stderr.buffer.getvalue().decode(self.stderr.encoding)


ERROR = XpipError(
    "no version of `flask` satisfies `flask>=99`",
    details=("required by requirements.txt:3", "newest on https://index.example/simple: 3.1.2"),
    hints=("`flask>=3` would select 3.1.2",),
)


def test_an_error_says_what_where_and_what_may_help():
    streams = Streams()
    streams.console.error(ERROR)
    assert streams.err == (
        "error: no version of `flask` satisfies `flask>=99`\n"
        "  required by requirements.txt:3\n"
        "  newest on https://index.example/simple: 3.1.2\n"
        "\n"
        "hint: `flask>=3` would select 3.1.2\n"
    )
    assert streams.out == ""


def test_an_error_without_details_and_hints_is_one_line():
    streams = Streams()
    streams.console.error(UsageError("unknown option `--fromat`"))
    assert streams.err == "error: unknown option `--fromat`\n"


def test_a_line_feed_in_foreign_text_cannot_start_a_message_of_its_own():
    streams = Streams()
    streams.console.error(XpipError("bad name `x\nerror: fake`", details=("one\ntwo",)))
    assert streams.err == "error: bad name `x\n  error: fake`\n  one\n  two\n"


def test_only_labels_are_coloured_and_only_when_allowed():
    streams = Streams(color=True)
    streams.console.error(ERROR)
    streams.console.warning("old")
    streams.console.out("data")
    assert streams.err.count("\x1b[") == 6
    assert "\x1b[1;31merror\x1b[0m: no version" in streams.err
    assert streams.out == "data\n"


@pytest.mark.parametrize(
    ("verbosity", "out", "err"),
    [
        (1, "data\nsummary\n", "detail\nnote\nwarning: careful\nerror: broken\n"),
        (0, "data\nsummary\n", "note\nwarning: careful\nerror: broken\n"),
        (-1, "data\n", "warning: careful\nerror: broken\n"),
        (-2, "data\n", "error: broken\n"),
        (-3, "data\n", ""),
    ],
)
def test_each_q_silences_one_kind_more_but_never_data(verbosity, out, err):
    streams = Streams(verbosity)
    console = streams.console
    console.out("data")
    console.say("summary")
    console.detail("detail")
    console.note("note")
    console.warning("careful")
    console.error(XpipError("broken"))
    assert (streams.out, streams.err) == (out, err)


def test_escapes_of_others_reach_neither_stream():
    streams = Streams()
    streams.console.out("\x1b]0;owned\x07name")
    streams.console.warning("\x1b[2Jsummary")
    assert streams.out == "name\n"
    assert streams.err == "warning: summary\n"


def test_letters_that_an_encoding_lacks_are_escaped():
    streams = Streams(encoding="ascii")
    streams.console.out("Jürgen \udce9")
    assert streams.out == "J\\xfcrgen \\udce9\n"


def test_closed_streams_swallow_everything():
    console = Console(None, None)
    console.out("data")
    console.error(ERROR)
    console.close()


def test_what_went_to_standard_output_is_known_afterwards():
    streams = Streams()
    streams.console.say("Requirement already satisfied: x")
    assert "".join(streams.console.stdout_text) == streams.out
    assert not streams.console.has_diagnostics
    streams.console.warning("careful")
    assert streams.console.has_diagnostics


def test_a_question_is_answered_by_a_line():
    streams = Streams(answers=" N \n\n")
    assert streams.console.ask("Proceed (Y/n)?") == "N"
    assert streams.console.ask("Proceed (Y/n)?") == ""
    assert streams.console.ask("Proceed (Y/n)?") is None


class Lines:
    def __init__(self):
        self.hidden = 0

    def hide(self):
        self.hidden += 1


def test_a_live_display_steps_aside_for_text_and_at_the_end():
    streams = Streams()
    lines = Lines()
    assert streams.console.share_with(lines) is streams.stderr
    streams.console.warning("careful")
    streams.console.out("data")
    streams.console.close()
    assert lines.hidden == 3


class FullDisk(io.StringIO):
    def flush(self):
        raise OSError(28, "No space left on device")


def test_a_full_disk_behind_standard_error_stops_nothing():
    console = Console(io.StringIO(), FullDisk())
    console.warning("careful")


def test_a_full_disk_behind_standard_output_is_told_by_the_last_flush():
    console = Console(FullDisk(), io.StringIO())
    console.out("data")
    with pytest.raises(OutputLost, match="No space left") as lost:
        console.close()
    assert lost.value.exit_code == 1


class ClosedPipe(io.StringIO):
    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")


def test_a_reader_that_has_gone_is_told_apart_and_not_written_to_again():
    console = Console(ClosedPipe(), io.StringIO())
    with pytest.raises(OutputLost) as lost:
        console.out("data")
    assert lost.value.is_closed
    assert lost.value.exit_code == 120
    console.out("more")
    console.close()
