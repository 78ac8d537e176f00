"""Elsewhere than into the environment: folders, prefixes, roots, other machines."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario

WINDOWS = ("--platform", "win_amd64", "--only-binary=:all:")

SCENARIOS = (
    Scenario("a target", ("install", "-t", "here", "app"), edit=told, changes=True, made=True),
    Scenario("a target with scripts", ("install", "--target", "here", "alone"), edit=told, changes=True, made=True),
    Scenario("a target again", ("install", "-t", "here", "alone"), out=IGNORED, changes=True, made=True,
             before=(("install", "-q", "-t", "here", "alone"),)),
    Scenario("a target upgraded", ("install", "-U", "-t", "here", "alone"), edit=told, changes=True, trees=False,
             before=(("install", "-q", "-t", "here", "alone==1.0"),),
             why="`--target` keeps one version of a package; pip leaves the dist-info of the old one beside the new"),
    Scenario("a target with another version", ("install", "-t", "here", "alone==1.0"), out=IGNORED, errors=False, changes=True, trees=False,
             before=(("install", "-q", "-t", "here", "alone==1.1"),),
             why="what will not do in `--target` is replaced even without `-U`; pip leaves both versions mixed"),
    Scenario("a prefix", ("install", "--prefix", "{cwd}/p", "--no-deps", "app"), edit=told, changes=True, made=True),
    Scenario("a root", ("install", "--no-warn-script-location", "--root", "{cwd}/r", "--no-deps", "alone"), edit=told, changes=True, made=True),
    Scenario("a root and a target", ("install", "--root", "r", "-t", "t", "alone"), out=IGNORED, changes=True, code=2,
             errors=False, why="`--root` says where a whole tree goes and `--target` where a folder; pip ignores one of them"),
    Scenario("a target and a prefix", ("install", "--prefix", "p", "-t", "t", "alone"), out=IGNORED, fails=1, code=2,
             errors=False, why="options that exclude each other are wrong usage (2), as other wrong options are"),
    Scenario("a target and the user", ("install", "--user", "-t", "t", "alone"), out=IGNORED, fails=1, code=2,
             why="options that exclude each other are wrong usage (2), as other wrong options are"),
    Scenario("for the user in a virtual environment", ("install", "--user", "alone"), out=IGNORED, changes=True, fails=1),
    Scenario("not for the user", ("install", "--no-user", "alone"), edit=told, changes=True),
    Scenario("for another machine", ("install", *WINDOWS, "-t", "here", "windows-only"), edit=told, changes=True,
             made=True),
    Scenario("for another machine without a folder", ("install", *WINDOWS, "windows-only"), out=IGNORED, changes=True,
             fails=1, code=2, why="options that need another one are wrong usage (2), as other wrong options are"),
    Scenario("for another machine as a dry run", ("install", *WINDOWS, "--dry-run", "windows-only"), edit=told),
    Scenario("sources for another machine", ("install", "--platform", "win_amd64", "-t", "here", "windows-only"),
             out=IGNORED, errors=False, fails=1, code=0,
             why="nothing can be built for another machine, so wheels alone are taken without being told to"),
    Scenario("outside an environment where one is required",
             ("--python", "{base}", "--require-virtualenv", "install", "--dry-run", "alone"), out=IGNORED, fails=3),
)  # fmt: skip
