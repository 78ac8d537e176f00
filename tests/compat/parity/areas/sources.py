"""What is built: archives, folders, editable projects, and wheels of them."""

from tests.compat.parity.edits import project, told
from tests.compat.parity.scenario import EXACT, IGNORED, Scenario

LOCAL = project("mine", "my-project", requires=["alone<1.1"])
BROKEN = project("mine", "my-project", code={"build_wheel": "sys.exit('no compiler')"})

SCENARIOS = (
    Scenario("an archive", ("install", "source-only"), edit=told, changes=True),
    Scenario("an archive by path", ("install", "--no-deps", "{files}/source_only-1.0.tar.gz"), edit=told, changes=True),
    Scenario("a folder", ("install", "./mine"), edit=told, changes=True, files=LOCAL),
    Scenario("a folder with a slash", ("install", "mine/"), edit=told, changes=True, files=LOCAL),
    Scenario("a folder by file URL", ("install", "my-project @ file://{cwd}/mine"), edit=told, changes=True, files=LOCAL),
    Scenario("an editable folder", ("install", "-e", "mine"), edit=told, changes=True, files=LOCAL),
    Scenario("an editable folder without dependencies", ("install", "--no-deps", "--editable=./mine"), edit=told,
             changes=True, files=LOCAL),
    Scenario("an editable line of a file", ("install", "-r", "r.txt"), edit=told, changes=True,
             files={**LOCAL, "r.txt": "-e ./mine\n"}),
    Scenario("how freeze shows an editable project", ("freeze", "--exclude", "alone"), changes=True, out=EXACT,
             files=LOCAL, before=(("install", "-q", "-e", "mine"),)),
    Scenario("how list shows an editable project", ("list", "--format", "json", "-e"), changes=True, out=EXACT,
             files=LOCAL, before=(("install", "-q", "-e", "mine"),)),
    Scenario("how show shows an editable project", ("show", "my-project"), out=EXACT, changes=True,
             files=LOCAL, before=(("install", "-q", "-e", "mine"),)),
    Scenario("editable over ordinary", ("install", "-e", "mine"), edit=told, changes=True, files=LOCAL,
             before=(("install", "-q", "./mine"),)),
    Scenario("uninstall an editable project", ("uninstall", "-y", "my-project"), out=IGNORED, changes=True, files=LOCAL,
             before=(("install", "-q", "-e", "mine"),)),
    Scenario("without build isolation", ("install", "--no-build-isolation", "./mine"), edit=told, changes=True,
             files=LOCAL),
    Scenario("a build that fails", ("install", "./mine"), out=IGNORED, changes=True, fails=1, files=BROKEN),
    Scenario("an archive whose build fails", ("install", "bad-backend"), out=IGNORED, changes=True, fails=1),
    Scenario("a folder that is no project", ("install", "./empty"), out=IGNORED, changes=True, fails=1,
             files={"empty/readme.txt": ""}),
    Scenario("a folder that is not there", ("install", "./absent"), out=IGNORED, changes=True, fails=1),
    Scenario("an editable archive", ("install", "-e", "{files}/source_only-1.0.tar.gz"), out=IGNORED, changes=True,
             fails=1),
    Scenario("an archive with another name", ("install", "other-name @ {server}/files/source_only-1.0.tar.gz"),
             out=IGNORED, changes=True, fails=1),
)  # fmt: skip
