"""What a source tree says of itself."""

import pytest

from xpip.build.project import LEGACY_BACKEND, read_project, static_metadata
from xpip.errors import BuildFailed


def read(folder, is_archive=False, **files):
    for name, text in files.items():
        (folder / name.replace("__", ".").replace("PKG_INFO", "PKG-INFO")).write_text(text)
    return read_project(str(folder), "the project", is_archive=is_archive)


class TestBuildSystem:
    def test_a_setup_script_alone_means_the_legacy_backend(self, tmp_path):
        system = read(tmp_path, setup__py="").system
        assert (system.backend, system.requires) == (LEGACY_BACKEND, ("setuptools>=40.8.0",))

    def test_so_does_a_file_without_the_table(self, tmp_path):
        system = read(tmp_path, pyproject__toml="[tool.x]\n").system
        assert (system.backend, system.requires) == (LEGACY_BACKEND, ("setuptools>=40.8.0",))

    def test_without_a_backend_setuptools_is_added_unless_it_is_named(self, tmp_path):
        added = read(tmp_path, pyproject__toml='[build-system]\nrequires = ["cython"]\n').system
        assert added.requires == ("cython", "setuptools>=40.8.0")
        named = read(
            tmp_path, pyproject__toml='[build-system]\nrequires = ["Setuptools>=61"]\n'
        ).system
        assert named.requires == ("Setuptools>=61",)
        assert named.backend == LEGACY_BACKEND

    def test_a_backend_in_the_tree(self, tmp_path):
        (tmp_path / "inside").mkdir()
        system = read(
            tmp_path,
            pyproject__toml='[build-system]\nrequires = []\nbuild-backend = "own:api"\nbackend-path = ["inside"]\n',
        ).system
        assert (system.backend, system.backend_path) == ("own:api", ("inside",))

    @pytest.mark.parametrize(
        ("table", "problem"),
        [
            ('build-backend = "x"', "`requires` is missing"),
            ('requires = "x"', "`requires` is not a list of texts"),
            ('requires = ["x", 1]', "`requires` is not a list of texts"),
            ('requires = ["=="]', "`==` in `requires` is not a valid requirement"),
            ("requires = []\nbackend = 'x'", "`backend` is not a key of it"),
            ("requires = []\nbuild-backend = 'a b'", "`build-backend` is not `module`"),
            ("requires = []\nbackend-path = ['.']", "`backend-path` needs a `build-backend`"),
            ("requires = []\nbuild-backend = 'x'\nbackend-path = ['/tmp']", "`/tmp` in `backend-path`"),
            ("requires = []\nbuild-backend = 'x'\nbackend-path = ['../x']", "`../x` in `backend-path`"),
            ("requires = []\nbuild-backend = 'x'\nbackend-path = ['link']", "`link` in `backend-path`"),
        ],
    )  # fmt: skip
    def test_a_table_that_breaks_the_rules_is_refused(self, tmp_path, table, problem):
        (tmp_path / "link").symlink_to("/")
        with pytest.raises(BuildFailed) as caught:
            read(tmp_path, pyproject__toml=f"[build-system]\n{table}\n")
        assert any(problem in line for line in caught.value.details)

    def test_all_problems_are_told_at_once(self, tmp_path):
        with pytest.raises(BuildFailed) as caught:
            read(tmp_path, pyproject__toml="[build-system]\na = 1\nb = 2\n")
        assert len(caught.value.details) == 3

    def test_a_folder_that_is_no_project_points_to_one_inside(self, tmp_path):
        (tmp_path / "inner").mkdir()
        (tmp_path / "inner" / "setup.py").write_text("")
        with pytest.raises(BuildFailed) as caught:
            read(tmp_path)
        assert caught.value.hints == ("`#subdirectory=inner` names a project in a folder of it",)


class TestStaticMetadata:
    def test_a_full_table_fixes_everything(self):
        metadata = static_metadata(
            {
                "name": "App",
                "version": "1.0.0rc1",
                "requires-python": ">=3.8",
                "dependencies": ["a>=1", "b @ https://index.example/b.whl ; os_name == 'nt'"],
                "optional-dependencies": {"Two_Words": ["c", "d ; python_version < '3'"]},
                "dynamic": ["readme"],
            }
        )
        assert metadata is not None
        assert (metadata.name, metadata.version) == ("App", "1.0.0rc1")
        assert metadata.requires_dist == (
            "a>=1",
            "b @ https://index.example/b.whl ; os_name == 'nt'",
            'c ; extra == "two-words"',
            'd ; (python_version < "3") and extra == "two-words"',
        )
        assert metadata.requires_python == ">=3.8"
        assert metadata.provides_extra == ("two-words",)

    @pytest.mark.parametrize(
        "change",
        [
            {"dynamic": ["version"], "version": None},
            {"dynamic": ["dependencies"]},
            {"dynamic": ["optional-dependencies"]},
            {"dynamic": ["requires-python"]},
            {"version": None},
            {"version": "nonsense"},
            {"name": "-x"},
            {"dependencies": "a"},
            {"dependencies": ["=="]},
            {"optional-dependencies": {"x": "a"}},
            {"requires-python": "python 3"},
        ],
    )
    def test_what_is_dynamic_or_nonsense_fixes_nothing(self, change):
        table = {"name": "app", "version": "1.0", "dependencies": [], **change}
        table = {key: value for key, value in table.items() if value is not None}
        assert static_metadata(table) is None


class TestPackageInformation:
    TEXT = "Metadata-Version: 2.2\nName: app\nVersion: 1.0\nRequires-Dist: a\n"

    def test_that_of_an_archive_counts(self, tmp_path):
        project = read(tmp_path, is_archive=True, setup__py="", PKG_INFO=self.TEXT)
        assert project.metadata is not None
        assert project.metadata.requires_dist == ("a",)

    def test_that_of_a_folder_may_be_old(self, tmp_path):
        assert read(tmp_path, setup__py="", PKG_INFO=self.TEXT).metadata is None

    @pytest.mark.parametrize("line", ["Dynamic: Requires-Dist", "Dynamic: version"])
    def test_not_where_something_that_matters_is_dynamic(self, tmp_path, line):
        text = f"{self.TEXT}{line}\n"
        assert read(tmp_path, is_archive=True, setup__py="", PKG_INFO=text).metadata is None

    def test_not_of_an_older_form(self, tmp_path):
        text = self.TEXT.replace("2.2", "2.1")
        assert read(tmp_path, is_archive=True, setup__py="", PKG_INFO=text).metadata is None
