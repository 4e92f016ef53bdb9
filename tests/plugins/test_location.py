"""Where a plugin lies, without importing it; and whether its code has changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orpheus_core.plugins.location import Location, code_stamp, location_of

BOOM = "raise SystemExit('imported')\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a package that must not be imported, and a module."""
    package = tmp_path / "h1_package" / "inner"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text(BOOM)
    (package / "plugin.py").write_text(BOOM)
    (tmp_path / "h1_module.py").write_text(BOOM)
    return tmp_path


def manifests(site: Path, value: str) -> list[str]:
    """Where the manifest may be, from the site on."""
    return [
        Path(file).relative_to(site).as_posix()
        for file in location_of(value, [str(site)]).manifests
    ]


@pytest.mark.parametrize("value", ["h1_package.inner.plugin", " h1_package.inner.plugin : A.b [x]"])
def test_the_manifest_lies_beside_the_module_or_above_it(site: Path, value: str) -> None:
    """The nearest counts, so that a package may hold several plugins."""
    assert manifests(site, value) == [
        "h1_package/inner/plugin/orpheus.toml",
        "h1_package/inner/orpheus.toml",
        "h1_package/orpheus.toml",
    ]


def test_the_top_level_package_is_the_last_place(site: Path) -> None:
    """What lies above it belongs to everybody."""
    assert manifests(site, "h1_package") == ["h1_package/orpheus.toml"]


def test_a_single_module_has_no_manifest_but_code(site: Path) -> None:
    """There is no folder of its own."""
    assert location_of("h1_module:plugin", [str(site)]) == Location(
        code=(str(site / "h1_module.py"),)
    )


def test_nothing_is_imported(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the plugin nor the packages above it, wherever Python finds them."""
    monkeypatch.syspath_prepend(str(site))
    assert len(location_of("h1_package.inner.plugin").manifests) == 3
    assert not {"h1_package", "h1_package.inner"} & {*sys.modules}


def test_each_part_of_a_namespace_package_is_looked_at(tmp_path: Path) -> None:
    """Two distributions may put their plugins into one."""
    parts = [tmp_path / "a" / "h1_shared", tmp_path / "b" / "h1_shared"]
    for part in parts:
        part.mkdir(parents=True)
    location = location_of("h1_shared.one", [str(part.parent) for part in parts])
    assert location.code == tuple(map(str, parts))
    assert [Path(file).parent for file in location.manifests] == [
        *(part / "one" for part in parts),
        *parts,
    ]


@pytest.mark.parametrize(
    "value", ["", "nowhere_at_all.x", "..", "a/b", "h1_package..inner", "sys", ":x", "a b"]
)
def test_what_leads_nowhere_has_no_location(site: Path, value: str) -> None:
    """The import will say why, when it comes to it."""
    location = location_of(value, [str(site)])
    assert (location.manifests, location.code) == ((), ())


def test_a_finder_that_raises_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may have put one there."""

    class Broken:
        def find_spec(self, *_: object) -> None:
            raise RuntimeError("broken")

    monkeypatch.setattr(sys, "meta_path", [Broken()])
    assert location_of("nowhere_at_all") == Location()


# --- stamps of code ---------------------------------------------------------------------


def edit(package: Path) -> None:
    (package / "inner" / "plugin.py").write_text("x = 1\n")


def touch(package: Path) -> None:
    os.utime(package / "__init__.py", ns=(1, 1))


def add(package: Path) -> None:
    (package / "inner" / "another.py").write_text("")


def remove(package: Path) -> None:
    (package / "inner" / "plugin.py").unlink()


def describe(package: Path) -> None:
    (package / "orpheus.toml").write_text("")


@pytest.mark.parametrize("change", [edit, touch, add, remove, describe])
def test_a_change_of_the_code_changes_its_stamp(site: Path, change: Callable[[Path], None]) -> None:
    """Of any file that Python or the index would read."""
    package = site / "h1_package"
    before = code_stamp([str(package)])
    assert code_stamp([str(package)]) == before
    change(package)
    assert code_stamp([str(package)]) != before


def test_what_is_no_code_leaves_the_stamp_alone(site: Path) -> None:
    """What Python compiles, what an editor keeps, and a link that leads back."""
    package = site / "h1_package"
    before = code_stamp([str(package)])
    for name in ("__pycache__/plugin.py", ".hidden/x.py", "notes.txt"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text("")
    if sys.platform != "win32":
        (package / "loop").symlink_to(package)
    assert code_stamp([str(package)]) == before


def test_a_module_has_a_stamp_too(site: Path) -> None:
    """And one that is gone has another."""
    module = site / "h1_module.py"
    before = code_stamp([str(module)])
    module.write_text("x = 1\n")
    edited = code_stamp([str(module)])
    module.unlink()
    assert len({before, edited, code_stamp([str(module)])}) == 3


def test_a_stamp_looks_at_a_bounded_number_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of upper folders first: a package may hold anything."""
    looked_at: list[Path] = []
    real = Path.stat

    def counted(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        looked_at.append(self)
        return real(self, follow_symlinks=follow_symlinks)

    for name in ("deep/one.py", *(f"top{number}.py" for number in range(600))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.setattr(Path, "stat", counted)
    code_stamp([str(tmp_path)])
    assert len(looked_at) <= 502
    assert tmp_path / "deep" / "one.py" not in looked_at
