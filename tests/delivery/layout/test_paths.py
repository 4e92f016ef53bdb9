"""Paths that stay in their folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orpheus_core.delivery.layout import inside, safe_name
from orpheus_core.errors import ExitStatus, OutsideFolder, SymlinkInPath


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder to stay in; `outside` stands beside it."""
    (tmp_path / "outside").mkdir()
    folder = tmp_path / "library"
    folder.mkdir()
    return folder


def test_parts_are_joined_below_the_root(library: Path) -> None:
    """Nothing needs to exist, and nothing is made."""
    assert inside(library, ["Artist", "Album", "1.flac"]) == library / "Artist/Album/1.flac"
    assert list(library.iterdir()) == []


def test_root_that_does_not_exist_yet_is_fine(tmp_path: Path) -> None:
    """The first download makes the folder."""
    assert inside(tmp_path / "new" / "er", ["x"]) == tmp_path / "new" / "er" / "x"


@pytest.mark.parametrize(
    "part",
    ["", ".", "..", "/etc/passwd", "a/b", "../x", r"a\b", "C:", "a:b", "a\0b", "\ud800", "a/"],
    ids=ascii,
)
def test_part_that_is_not_one_name_is_refused(library: Path, part: str) -> None:
    """Paths of a manifest come from outside too, and were not made by `safe_name`."""
    with pytest.raises(OutsideFolder) as caught:
        inside(library, ["Artist", part])

    assert caught.value.exit_status is ExitStatus.STORAGE
    assert repr(part) in caught.value.title


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_symlink_that_leads_out_is_refused_at_any_depth(library: Path, depth: int) -> None:
    """A link planted in the library must not carry a download elsewhere; the file included."""
    parts = ["Artist", "Album", "1.flac"]
    link = library.joinpath(*parts[: depth + 1])
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(library.parent / "outside")

    with pytest.raises(SymlinkInPath) as caught:
        inside(library, parts)

    assert str(link) in caught.value.title
    assert str(library.parent / "outside") in caught.value.why


def test_symlink_that_leads_out_relatively_is_refused(library: Path) -> None:
    """The target counts, however it is written."""
    (library / "Artist").symlink_to("../outside")

    with pytest.raises(SymlinkInPath):
        inside(library, ["Artist", "x"])


def test_symlink_to_a_folder_whose_name_begins_like_the_root_is_refused(library: Path) -> None:
    """Folders are compared, not letters: library-2 is not inside library."""
    (library.parent / "library-2").mkdir()
    (library / "Artist").symlink_to(library.parent / "library-2")

    with pytest.raises(SymlinkInPath):
        inside(library, ["Artist"])


def test_dangling_symlink_that_leads_out_is_refused(library: Path) -> None:
    """Writing through it would make a file outside."""
    (library / "1.flac").symlink_to(library.parent / "outside" / "not-there")

    with pytest.raises(SymlinkInPath):
        inside(library, ["1.flac"])


def test_chain_of_symlinks_is_followed_to_its_end(library: Path) -> None:
    """A link to a link that leads out leads out."""
    (library / "b").symlink_to(library.parent / "outside")
    (library / "a").symlink_to(library / "b")

    with pytest.raises(SymlinkInPath):
        inside(library, ["a", "x"])


def test_symlink_within_the_library_is_followed(library: Path) -> None:
    """People link artists to one another; that stays inside."""
    (library / "Prince").mkdir()
    (library / "Symbol").symlink_to(library / "Prince")

    assert inside(library, ["Symbol", "x"]) == library / "Symbol" / "x"


def test_root_may_be_a_symlink(library: Path) -> None:
    """A library on another disk is often reached by a link: that is the person's choice."""
    link = library.parent / "music"
    link.symlink_to(library)
    (library / "Artist").mkdir()

    assert inside(link, ["Artist", "x"]) == link / "Artist" / "x"


def test_symlinks_in_a_circle_raise_nothing_foreign(library: Path) -> None:
    """They lead nowhere, so they do not lead out."""
    (library / "a").symlink_to(library / "b")
    (library / "b").symlink_to(library / "a")

    assert inside(library, ["a", "x"]) == library / "a" / "x"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=3))
def test_any_parts_stay_inside_or_are_refused(library: Path, parts: list[str]) -> None:
    """No text whatever leads out, and made safe it is never refused."""
    safe = inside(library, [safe_name(part, fallback="7") for part in parts])
    assert len(safe.relative_to(library).parts) == len(parts)

    try:
        path = inside(library, parts)
    except OutsideFolder:
        return
    assert len(path.relative_to(library).parts) == len(parts)
    assert ".." not in path.relative_to(library).parts
