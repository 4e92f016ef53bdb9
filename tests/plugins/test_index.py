"""The index: everything that changes is seen, and nothing is read twice for nothing."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orpheus_core.errors import PluginLoadFailed
from orpheus_core.plugins import discovery, index
from orpheus_core.plugins.index import FoundPlugin, PluginIndex
from orpheus_core.plugins.index_file import sealed
from orpheus_core.testing import SimClock

MANIFEST = """id = "{id}"
api = "1.0"
summary = "{summary}"

[[services]]
id = "{id}"
name = "Service"
kinds = ["album"]
features = ["search"]
hosts = ["{id}.example"]

  [[services.links]]
  host = "{id}.example"
  path = "/album/{{id}}"
"""

# Everything that is installed in a test was installed long ago.
LATER = SimClock(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1))
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there, the folder's rights count")


class Site:
    """A folder on the path, with distributions in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def install(self, ident: str, version: str = "1.0", summary: str | None = "as it was") -> None:
        """Install the distribution h1-IDENT; *summary* None: without a manifest."""
        self.announce(ident, version)
        package = self.package(ident)
        package.mkdir()
        (package / "__init__.py").write_text("PLUGIN = object()\n")
        if summary is not None:
            self.describe(ident, summary)

    def announce(self, ident: str, version: str = "1.0", value: str = "") -> None:
        """Write the metadata alone."""
        info = self.info(ident, version)
        info.mkdir()
        text = f"Metadata-Version: 2.1\nName: h1-{ident}\nVersion: {version}\n"
        (info / "METADATA").write_text(text)
        value = value or f"h1_{ident}:PLUGIN"
        (info / "entry_points.txt").write_text(f"[orpheus.plugins]\n{ident} = {value}\n")

    def describe(self, ident: str, summary: str) -> None:
        """Write the manifest."""
        text = MANIFEST.format(id=ident, summary=summary)
        (self.package(ident) / "orpheus.toml").write_text(text)

    def remove(self, ident: str, version: str = "1.0") -> None:
        """Uninstall it."""
        shutil.rmtree(self.info(ident, version))
        shutil.rmtree(self.package(ident))

    def info(self, ident: str, version: str = "1.0") -> Path:
        return self.folder / f"h1_{ident}-{version}.dist-info"

    def package(self, ident: str) -> Path:
        return self.folder / f"h1_{ident}"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """With a plugin that has a manifest, one that has none, and another distribution."""
    site = Site(tmp_path / "site")
    site.install("one")
    site.install("two", summary=None)
    (site.folder / "other-2.0.dist-info").mkdir()
    return site


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where the index files go; it is not there yet."""
    return tmp_path / "cache" / "plugins"


def found(cache: Path | None, *folders: Path) -> list[FoundPlugin]:
    """What a new process would know, an hour from now."""
    return PluginIndex(cache, path=[str(folder) for folder in folders], clock=LATER).plugins()


def summaries(plugins: list[FoundPlugin]) -> dict[str, str | None]:
    return {plugin.id: plugin.manifest.summary if plugin.manifest else None for plugin in plugins}


def files(cache: Path) -> list[Path]:
    return sorted(cache.iterdir()) if cache.exists() else []


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that the distributions were looked for."""
    scans: list[str] = []

    def counted(path: list[str] | None = None) -> Iterator[discovery.Distribution]:
        scans.append("scan")
        return discovery.distributions(path)

    monkeypatch.setattr(index, "distributions", counted)
    return scans


# --- what is found ----------------------------------------------------------------------


def test_plugins_are_found_with_their_manifests(site: Site, cache: Path) -> None:
    """Sorted by id; nothing of them is imported."""
    one, two = found(cache, site.folder)
    assert (one.id, one.distribution, one.version) == ("one", "h1-one", "1.0")
    assert one.manifest is not None
    assert one.manifest.services[0].hosts == ("one.example",)
    assert one.code == (str(site.package("one")),)
    assert (two.id, two.manifest, two.problem) == ("two", None, "")
    assert not {"h1_one", "h1_two"} & {*sys.modules}


def test_a_plugin_is_loaded_by_its_entry_point(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not before."""
    monkeypatch.syspath_prepend(str(site.folder))
    two = next(plugin for plugin in PluginIndex(None).plugins() if plugin.id == "two")
    assert "h1_two" not in sys.modules
    loaded = two.load()
    assert loaded is sys.modules.pop("h1_two").PLUGIN


def test_two_distributions_may_claim_one_id(site: Site, cache: Path) -> None:
    """Both are told of; somebody else decides."""
    site.announce("imposter")
    points = site.info("imposter") / "entry_points.txt"
    points.write_text("[orpheus.plugins]\none = h1_one\n")
    for _ in range(2):
        assert [(each.id, each.distribution) for each in found(cache, site.folder)] == [
            ("one", "h1-imposter"),
            ("one", "h1-one"),
            ("two", "h1-two"),
        ]


def too_long(manifest: Path) -> None:
    manifest.write_text(manifest.read_text() + "#" * 1_000_001)


def a_folder(manifest: Path) -> None:
    manifest.unlink()
    manifest.mkdir()


def misspelled(manifest: Path) -> None:
    manifest.write_text(manifest.read_text().replace("kinds", "kind"))


def of_another(manifest: Path) -> None:
    manifest.write_text(manifest.read_text().replace('id = "one"\napi', 'id = "other"\napi'))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (too_long, "more than 1,000,000 bytes"),
        (a_folder, "is no file"),
        (misspelled, "services[0].kind: there is no such key, did you mean kinds?"),
        (of_another, "id: it says other, the entry point is named one"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named(
    site: Site, cache: Path, damage: Callable[[Path], None], reason: str
) -> None:
    """With the reason; the other plugins are as they were, and it can be repaired."""
    manifest = site.package("one") / "orpheus.toml"
    damage(manifest)
    for _ in range(2):
        one, two = found(cache, site.folder)
        assert one.manifest is None
        assert str(manifest) in one.problem
        assert reason in one.problem
        assert two.problem == ""
    (manifest.rmdir if manifest.is_dir() else manifest.unlink)()
    site.describe("one", "mended")
    assert summaries(found(cache, site.folder))["one"] == "mended"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names there")
def test_a_pipe_in_the_place_of_a_file_holds_nobody(site: Site, cache: Path) -> None:
    """Neither as a manifest nor as an index: opening one waits for a writer."""
    found(cache, site.folder)
    for file in (site.package("one") / "orpheus.toml", files(cache)[0]):
        file.unlink()
        os.mkfifo(file)
    assert "is no file" in found(cache, site.folder)[0].problem


def test_damaged_metadata_are_named(site: Site, cache: Path) -> None:
    """The plugin is told of, and says why it cannot be loaded."""
    (site.info("one") / "entry_points.txt").write_bytes(b"[orpheus.plugins]\nnonsense\n")
    for _ in range(2):
        damaged = found(cache, site.folder)[0]
        assert "entry_points.txt is damaged" in damaged.problem
        with pytest.raises(PluginLoadFailed, match="damaged"):
            damaged.load()


# --- a start that finds everything as it was ----------------------------------------------


def test_it_is_read_once_and_remembered(site: Site, cache: Path, scans: list[str]) -> None:
    """In one file, for this user alone."""
    first = found(cache, site.folder)
    assert found(cache, site.folder) == first
    assert scans == ["scan"]
    (file,) = files(cache)
    json.loads(file.read_text())
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_hit_costs_a_stat_for_each_file_and_folder_it_depends_on(
    site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no more: it is paid at each start."""
    found(cache, site.folder)
    real, looked_at = os.stat, []

    def counted(path: str, **options: object) -> os.stat_result:
        looked_at.append(path)
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", counted)
        found(cache, site.folder)
    assert sorted(Path(path).relative_to(site.folder).as_posix() for path in looked_at) == [
        ".",
        "h1_one-1.0.dist-info/entry_points.txt",
        "h1_one/orpheus.toml",
        "h1_two-1.0.dist-info/entry_points.txt",
        "h1_two/orpheus.toml",
        "other-2.0.dist-info/entry_points.txt",
    ]


_WATCHED = """
import datetime, sys
from pathlib import Path
from orpheus_core.plugins.index import PluginIndex
from orpheus_core.testing.clock import SimClock

before = {*sys.modules}
later = SimClock(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1))
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, *map(str, arguments[:1]))))
plugins = PluginIndex(Path(sys.argv[1]), path=sys.argv[2:], clock=later).plugins()
new = {*sys.modules} - before
seen = [each for each in seen if each[0] in ("open", "os.listdir", "os.scandir", "import")]
seen = [each for each in seen if not each[1].isdigit()]  # what is open already
print(seen, sorted(new), [plugin.id for plugin in plugins])
"""


def test_a_hit_opens_one_file_and_imports_nothing(site: Site, cache: Path) -> None:
    """No folder is listed, and what reads metadata and manifests stays out of the process."""
    found(cache, site.folder)
    arguments = [sys.executable, "-c", _WATCHED, str(cache), str(site.folder)]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    (file,) = files(cache)
    assert ended.stdout.strip() == f"{[('open', str(file))]} [] ['one', 'two']"


def test_without_a_folder_nothing_is_written_and_nothing_believed(
    site: Site, cache: Path, scans: list[str]
) -> None:
    """As ORPHEUS_NO_INDEX=1 asks for."""
    known = found(cache, site.folder)
    for file in files(cache):
        file.unlink()
    assert found(None, site.folder) == found(None, site.folder) == known
    assert len(scans) == 3
    assert files(cache) == []


def test_the_stamp_of_the_code_is_taken_when_it_is_asked_for(site: Site, cache: Path) -> None:
    """It changes with the code, which the index itself does not look at."""
    one = found(cache, site.folder)[0]
    before = one.stamp()
    (site.package("one") / "__init__.py").write_text("PLUGIN = 'another'\n")
    assert one.stamp() != before
    assert found(cache, site.folder)[0].stamp() == one.stamp()


# --- changes ------------------------------------------------------------------------------


def edits_a_manifest(site: Site) -> None:
    site.describe("one", "as it is now")


def edits_a_manifest_and_hides_it(site: Site) -> None:
    manifest = site.package("one") / "orpheus.toml"
    before = manifest.stat()
    site.describe("one", "as it wa5")
    os.utime(manifest, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert manifest.stat().st_size == before.st_size


def adds_a_manifest(site: Site) -> None:
    site.describe("two", "new")


def removes_a_manifest(site: Site) -> None:
    (site.package("one") / "orpheus.toml").unlink()


def upgrades(site: Site) -> None:
    site.remove("one")
    site.install("one", version="1.1")


def removes(site: Site) -> None:
    site.remove("one")


def removes_metadata_only(site: Site) -> None:
    shutil.rmtree(site.info("two"))


def reinstalls_the_same_version(site: Site) -> None:
    site.remove("one")
    site.install("one", summary="another build")


def reinstalls_with_another_entry_point(site: Site) -> None:
    shutil.rmtree(site.info("two"))
    site.announce("two", value="h1_one:PLUGIN")


def installs_another(site: Site) -> None:
    site.install("three")


def edits_entry_points(site: Site) -> None:
    points = site.info("two") / "entry_points.txt"
    points.write_text(points.read_text().replace("two =", "owt ="))


def announces_a_plugin_later(site: Site) -> None:
    points = site.folder / "other-2.0.dist-info" / "entry_points.txt"
    points.write_text("[orpheus.plugins]\nother = string\n")


CHANGES = [
    edits_a_manifest,
    edits_a_manifest_and_hides_it,
    adds_a_manifest,
    removes_a_manifest,
    upgrades,
    removes,
    removes_metadata_only,
    reinstalls_the_same_version,
    reinstalls_with_another_entry_point,
    installs_another,
    edits_entry_points,
    announces_a_plugin_later,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once_and_remembered(
    site: Site, cache: Path, scans: list[str], change: Callable[[Site], None]
) -> None:
    """The next start knows what a look without an index finds; the one after need not look."""
    before = found(cache, site.folder)
    change(site)
    now = found(cache, site.folder)
    assert now == found(None, site.folder) != before
    del scans[:]
    assert found(cache, site.folder) == now
    assert scans == []


def test_an_editable_install_is_seen_like_any_other(tmp_path: Path, cache: Path) -> None:
    """The metadata lie in one folder of the path, the package in another."""
    site, source = Site(tmp_path / "site"), Site(tmp_path / "source")
    site.announce("one")
    source.package("one").mkdir()
    (source.package("one") / "__init__.py").write_text("")
    path = (site.folder, source.folder)
    assert summaries(found(cache, *path)) == {"one": None}
    source.describe("one", "added")
    assert summaries(found(cache, *path)) == {"one": "added"}
    source.package("one").rename(tmp_path / "moved")
    assert summaries(found(cache, *path)) == {"one": None}


def test_a_manifest_that_appears_nearer_to_the_module_counts(site: Site, cache: Path) -> None:
    """Wherever one might be is looked at, though it be a folder that is not there."""
    shutil.rmtree(site.info("one"))
    site.announce("one", value="h1_one.inner.plugin")
    assert summaries(found(cache, site.folder))["one"] == "as it was"
    inner = site.package("one") / "inner"
    inner.mkdir()
    (inner / "orpheus.toml").write_text(MANIFEST.format(id="one", summary="nearer"))
    assert summaries(found(cache, site.folder))["one"] == "nearer"


def test_a_package_that_comes_to_stand_before_another_is_seen(site: Site, cache: Path) -> None:
    """Python would import it, so its manifest is the one."""
    first = Site(site.folder.parent / "first")
    path = (first.folder, site.folder)
    assert summaries(found(cache, *path))["one"] == "as it was"
    shutil.copytree(site.package("one"), first.package("one"))
    first.describe("one", "the first on the path")
    assert summaries(found(cache, *path))["one"] == "the first on the path"


def test_a_zipped_distribution_is_found_and_its_change_seen(tmp_path: Path, cache: Path) -> None:
    """A wheel may stand on the path as it is."""
    wheel = tmp_path / "h1_zipped-1.0-py3-none-any.whl"
    for version in ("1.0", "1.1"):
        with zipfile.ZipFile(wheel, "w") as archive:
            info = f"h1_zipped-{version}.dist-info"
            archive.writestr(f"{info}/METADATA", f"Name: h1-zipped\nVersion: {version}\n")
            archive.writestr(f"{info}/entry_points.txt", "[orpheus.plugins]\nzipped = h1_zipped\n")
        assert [plugin.version for plugin in found(cache, wheel)] == [version]


def test_a_folder_that_is_missing_on_the_path_is_waited_for(site: Site, cache: Path) -> None:
    """It may be made later."""
    missing = site.folder.parent / "missing"
    assert len(found(cache, site.folder, missing)) == 2
    Site(missing).install("three")
    assert len(found(cache, site.folder, missing)) == 3


# --- what is too new to be trusted ----------------------------------------------------------


def an_hour_old(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (path.stat().st_mtime - 3600,) * 2)


def test_what_was_installed_this_moment_is_not_remembered_yet(
    site: Site, cache: Path, scans: list[str]
) -> None:
    """A second change within the same tick of the file system's clock would not be seen."""
    clock = SimClock(datetime.datetime.now(datetime.UTC), autojump=False)
    fresh = PluginIndex(cache, path=[str(site.folder)], clock=clock)
    assert len(fresh.plugins()) == len(fresh.plugins()) == 2
    assert (len(scans), files(cache)) == (2, [])
    clock.advance(5)
    assert len(fresh.plugins()) == len(fresh.plugins()) == 2
    assert (len(scans), len(files(cache))) == (3, 1)


@pytest.mark.parametrize(
    "new", [".", "h1_one/orpheus.toml", "h1_one-1.0.dist-info/entry_points.txt"]
)
def test_one_file_that_is_new_is_enough(site: Site, cache: Path, new: str) -> None:
    """It may be edited once more."""
    an_hour_old(site.folder)
    now = datetime.datetime.now(datetime.UTC)
    just_now = PluginIndex(cache, path=[str(site.folder)], clock=SimClock(now))
    os.utime(site.folder / new, (now.timestamp() - 1,) * 2)
    just_now.plugins()
    assert files(cache) == []
    os.utime(site.folder / new, (now.timestamp() - 3,) * 2)
    just_now.plugins()
    assert len(files(cache)) == 1


# --- what cannot be trusted -----------------------------------------------------------------


@pytest.fixture
def forged(site: Site, cache: Path) -> Path:
    """An index that knows no plugin, and is whole."""
    found(cache, site.folder)
    (file,) = files(cache)
    content = json.loads(file.read_text())["index"]
    file.write_bytes(sealed({**content, "plugins": []}))
    return file


def test_an_index_of_ones_own_is_believed(site: Site, cache: Path, forged: Path) -> None:
    """Otherwise the tests below would prove nothing."""
    assert found(cache, site.folder) == []


@POSIX
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_index_that_others_can_write_is_ignored(
    site: Site, cache: Path, forged: Path, mode: int
) -> None:
    """It says what is imported. The new one is for this user alone again."""
    forged.chmod(mode)
    assert len(found(cache, site.folder)) == 2
    assert forged.stat().st_mode & 0o777 == 0o600


@POSIX
def test_an_index_of_another_user_is_ignored(
    site: Site, cache: Path, forged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under sudo, root's own plugins would be chosen by whoever owns the cache."""
    monkeypatch.setattr(os, "getuid", lambda: forged.stat().st_uid + 1)
    assert len(found(cache, site.folder)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("without_flag", [False, True])
def test_an_index_behind_a_link_is_ignored(
    site: Site, cache: Path, forged: Path, without_flag: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it leads to stays as it is. Where the system has no flag for it, too."""
    if without_flag:
        monkeypatch.delattr(os, "O_NOFOLLOW")
    target = forged.rename(cache.parent / "elsewhere")
    content = target.read_bytes()
    forged.symlink_to(target)
    assert len(found(cache, site.folder)) == 2
    assert target.read_bytes() == content
    assert not forged.is_symlink()


def test_a_folder_in_the_place_of_an_index_is_ignored(
    site: Site, cache: Path, forged: Path
) -> None:
    """Nothing can be remembered then."""
    forged.unlink()
    forged.mkdir()
    assert len(found(cache, site.folder)) == 2


@pytest.mark.parametrize("name", ["VERSION", "API", "_FORMAT"])
def test_an_index_of_another_core_is_ignored(
    site: Site, cache: Path, forged: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have read manifests in another way. Not even under the same name."""
    monkeypatch.setattr(index, "file_name", lambda _: forged.name)
    monkeypatch.setattr(index, name, {"VERSION": "9.9", "API": (9, 9), "_FORMAT": 9}[name])
    assert len(found(cache, site.folder)) == 2


def test_two_environments_have_two_files(site: Site, cache: Path, scans: list[str]) -> None:
    """Or they would take turns."""
    empty = site.folder.parent / "empty"
    for _ in range(3):
        assert len(found(cache, site.folder)) == 2
        assert len(found(cache, empty)) == 0
    assert (len(scans), len(files(cache))) == (2, 2)


_mutations = st.one_of(
    st.binary(max_size=300).map(lambda new: lambda old: new),
    st.integers(0).map(lambda at: lambda old: old[: at % len(old)]),
    st.tuples(st.integers(0), st.integers(1, 255)).map(
        lambda given: lambda old: _with_byte(old, given[0] % len(old), given[1])
    ),
    st.tuples(st.integers(0), st.binary(min_size=1, max_size=9)).map(
        lambda given: lambda old: old[: given[0] % len(old)] + given[1] + old[given[0] % len(old) :]
    ),
    st.sampled_from(["one", "1.0", "h1_one", "example", "as it was"]).map(
        lambda word: lambda old: old.replace(word.encode(), word[::-1].encode())
    ),
)


def _with_byte(old: bytes, at: int, change: int) -> bytes:
    return old[:at] + bytes([old[at] ^ change]) + old[at + 1 :]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutate=_mutations)
def test_a_damaged_index_is_no_index(
    site: Site, cache: Path, mutate: Callable[[bytes], bytes]
) -> None:
    """Whatever became of it, the plugins are those that are there; and it is written anew."""
    right = found(cache, site.folder)
    (file,) = files(cache)
    content = file.read_bytes()
    file.write_bytes(mutate(content))
    assert found(cache, site.folder) == right
    assert file.read_bytes() == content


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=13) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole=_json, plugins=_json, stamps=st.just({}) | _json, record=st.lists(_json, max_size=13))
def test_a_whole_index_of_another_form_raises_nothing(
    site: Site, cache: Path, whole: object, plugins: object, stamps: object, record: list[object]
) -> None:
    """Nobody else can have written it, but a start must not fail for it."""
    found(cache, site.folder)
    (file,) = files(cache)
    content = json.loads(file.read_text())["index"]
    plugin = ["one", "h1-one", "1.0", "h1_one", record, "", "", []]
    for forged in (
        whole,
        {**content, "plugins": plugins},
        {**content, "stamps": stamps},
        {**content, "stamps": {}, "plugins": [plugin]},
    ):
        file.write_bytes(sealed(forged))
        assert isinstance(found(cache, site.folder), list)


# --- the folder -----------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_stops_nothing(site: Site, cache: Path) -> None:
    """It is a cache: each start looks anew."""
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    assert len(found(cache, site.folder)) == 2
    assert len(found(cache / "deeper", site.folder)) == 2


def test_sixteen_index_files_are_kept(site: Site, cache: Path) -> None:
    """The oldest go: environments come and go. What else lies there is not touched."""
    cache.mkdir(parents=True)
    (cache / "notes.json").write_text("")
    for number in range(20):
        before = {*files(cache)}
        found(cache, site.folder, site.folder / str(number))
        (new,) = {*files(cache)} - before
        os.utime(new, (number, number))
    left = [file for file in files(cache) if file.name.startswith("index-")]
    assert sorted(file.stat().st_mtime for file in left) == list(range(4, 20))
    assert (cache / "notes.json").exists()


def test_many_may_write_at_once(site: Site, cache: Path) -> None:
    """Each sees what is there, and the file that is left is whole."""
    start, results = threading.Barrier(6), []

    def look() -> None:
        start.wait()
        results.append(summaries(found(cache, site.folder)))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [{"one": "as it was", "two": None}] * 6
    assert len(files(cache)) == 1


def test_a_working_folder_that_is_gone_stops_nothing(
    site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path may begin with it."""
    monkeypatch.setattr(os, "getcwd", _gone)
    here = PluginIndex(cache, path=["", str(site.folder)], clock=LATER)
    assert [plugin.id for plugin in here.plugins()] == ["one", "two"]


def test_what_is_no_text_on_the_path_stops_nothing(
    site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python passes it over as well."""
    odd = [b"/nowhere", Path("/nowhere"), str(site.folder)]
    monkeypatch.setattr(sys, "path", [*odd, *sys.path])
    plugins = PluginIndex(cache, clock=LATER).plugins()
    assert {"one", "two"} <= {plugin.id for plugin in plugins}


def _gone() -> str:
    raise FileNotFoundError
