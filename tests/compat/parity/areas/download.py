"""`download`: which files, and that they are the same bytes."""

from tests.compat.parity.scenario import IGNORED, WORDS, Scenario

ELSEWHERE = ("--platform", "win_amd64", "--python-version", "3.12")

SCENARIOS = (
    Scenario("with what it needs", ("download", "app"), out=WORDS, made=True),
    Scenario("without what it needs", ("download", "--no-deps", "app"), out=WORDS, made=True),
    Scenario("into a new folder", ("download", "-d", "some/where", "app==1.0"), out=WORDS, made=True),
    Scenario("what a file lists", ("download", "-r", "r.txt", "-c", "c.txt"), out=WORDS, made=True,
             files={"r.txt": "app\nalone\n", "c.txt": "library<2.1\nalone==1.0\n"}),
    Scenario("from find-links", ("download", "--no-index", "-f", "{files}", "app"), out=WORDS, made=True),
    Scenario("installed ones too", ("download", "app"), "filled", WORDS, made=True),
    Scenario("an extra", ("download", "extra-app[more]"), out=WORDS, made=True),
    Scenario("for another platform", ("download", *ELSEWHERE, "--only-binary=:all:", "foreign"), out=WORDS, made=True),
    Scenario("for another platform without what it needs", ("download", *ELSEWHERE, "--no-deps", "foreign"),
             out=WORDS, made=True),
    Scenario("builds for another platform are refused", ("download", *ELSEWHERE, "foreign"), fails=1, made=True),
    Scenario("builds for another abi are refused", ("download", "--abi", "cp310", "foreign"), fails=1, made=True),
    Scenario("nothing fits", ("download", "windows-only"), fails=1, out=IGNORED, made=True),
    Scenario("pre-releases", ("download", "--pre", "library"), out=WORDS, made=True),
    Scenario("a hash that holds not", ("download", "-r", "r.txt"), fails=1, out=IGNORED, made=True,
             files={"r.txt": "alone==1.0 --hash=sha256:" + "0" * 64 + "\n"}),
    Scenario("hashes of everything are wanted", ("download", "--require-hashes", "app"), fails=1, out=IGNORED,
             made=True),
    Scenario("a file named by its URL", ("download", "--no-deps", "{server}/files/app-1.0-py3-none-any.whl"),
             out=WORDS, made=True),
    Scenario("a file named by its path", ("download", "--no-deps", "{files}/app-1.0-py3-none-any.whl"),
             out=WORDS, made=True),
    Scenario("quiet", ("download", "-q", "alone"), made=True),
    Scenario("nothing is named", ("download",), fails=1),
)  # fmt: skip
