"""The crash model: right writers pass it, each wrong one is caught, and it says how."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import StorageError
from orpheus_core.storage import TEMPORARY_PREFIX, Storage, write_atomically
from orpheus_core.testing.crash import ROOT, CrashStorage, check_crashes
from orpheus_core.testing.crash_model import CrashState, SavedFile

OLD = b"the old content, which is longer"
NEW = b"new content"

Writer = Callable[[Storage, Path], None]


def put(storage: Storage, path: Path, data: bytes, *, fsync: bool) -> None:
    with storage.create(path) as file:
        file.write(data)
        if fsync:
            file.fsync()


def put_old(storage: Storage, root: Path) -> None:
    put(storage, root / "a", OLD, fsync=True)


def content(state: CrashState, path: str) -> bytes | None:
    found = state.tree.get(PurePosixPath(path))
    return None if found is None else found.content


# --- one file --------------------------------------------------------------------------


def open_write(storage: Storage, path: Path, *, fsync: bool = False) -> None:
    with storage.resume(path, at=0) as file:
        file.write(NEW)
        if fsync:
            file.fsync()


def open_write_fsync(storage: Storage, path: Path) -> None:
    open_write(storage, path, fsync=True)


def replace(storage: Storage, path: Path, *, fsync: bool, fsync_folder: bool) -> None:
    temporary = path.with_name("temporary")
    put(storage, temporary, NEW, fsync=fsync)
    storage.rename(temporary, path)
    if fsync_folder:
        storage.fsync_folder(path.parent)


def temp_rename(storage: Storage, path: Path) -> None:
    replace(storage, path, fsync=False, fsync_folder=False)


def temp_fsync_rename(storage: Storage, path: Path) -> None:
    replace(storage, path, fsync=True, fsync_folder=False)


def temp_rename_fsync_folder(storage: Storage, path: Path) -> None:
    replace(storage, path, fsync=False, fsync_folder=True)


def temp_fsync_rename_fsync_folder(storage: Storage, path: Path) -> None:
    replace(storage, path, fsync=True, fsync_folder=True)


def ours(storage: Storage, path: Path) -> None:
    write_atomically(storage, path, NEW)


def save_over_old(writer: Writer, check: Callable[[bytes, bool], None]) -> int:
    """Save with *writer* over the old content; *check* gets what is found and if it was acked."""
    acknowledged: list[bool] = []

    def action(storage: Storage, root: Path) -> None:
        writer(storage, root / "a")
        acknowledged.append(True)

    return check_crashes(
        action,
        lambda root: check((root / "a").read_bytes(), bool(acknowledged)),
        setup=put_old,
    )


def never_torn(found: bytes, acknowledged: bool) -> None:
    assert found in (OLD, NEW), "torn"


def never_lost(found: bytes, acknowledged: bool) -> None:
    assert not acknowledged or found == NEW, "lost"


def is_caught(writer: Writer, check: Callable[[bytes, bool], None]) -> bool:
    try:
        cuts = save_over_old(writer, check)
    except AssertionError:
        return True
    assert cuts > 0
    return False


@pytest.mark.parametrize(
    ("writer", "may_tear", "may_lose"),
    [
        (open_write, True, True),
        (open_write_fsync, True, False),
        (temp_rename, True, True),
        (temp_fsync_rename, False, True),
        (temp_rename_fsync_folder, True, True),
        (temp_fsync_rename_fsync_folder, False, False),
        (ours, False, False),
    ],
)
def test_each_way_to_save_breaks_what_it_is_known_to_break(
    writer: Writer, may_tear: bool, may_lose: bool
) -> None:
    """Old or new at every moment (P1), new once acknowledged (P2): only all four calls do."""
    assert is_caught(writer, never_torn) is may_tear
    assert is_caught(writer, never_lost) is may_lose


def test_first_save_is_whole_or_absent() -> None:
    """Where nothing was before, a cut leaves nothing or all of it; once acknowledged, all."""
    acknowledged: list[bool] = []

    def action(storage: Storage, root: Path) -> None:
        write_atomically(storage, root / "a", NEW)
        acknowledged.append(True)

    def check(root: Path) -> None:
        found = (root / "a").read_bytes() if (root / "a").exists() else None
        assert found == NEW or (found is None and not acknowledged)

    assert check_crashes(action, check) > 0


def test_what_a_cut_leaves_beside_the_file_is_known_by_its_name() -> None:
    """Temporary files may stay; their prefix tells whoever cleans up."""

    def check(root: Path) -> None:
        for path in root.iterdir():
            assert path.name == "a" or path.name.startswith(TEMPORARY_PREFIX)

    assert check_crashes(lambda storage, root: ours(storage, root / "a"), check) > 0


def test_one_save_is_tried_in_tens_of_states() -> None:
    """Enough to see every kind of damage, few enough to run thousands of them."""
    assert 13 <= save_over_old(ours, never_torn) <= 60


def test_saves_keep_their_order() -> None:
    """When the second of two saves is there, so is the first."""

    def action(storage: Storage, root: Path) -> None:
        write_atomically(storage, root / "first", NEW)
        write_atomically(storage, root / "second", NEW)

    def check(root: Path) -> None:
        assert (root / "first").exists() or not (root / "second").exists()

    assert check_crashes(action, check) > 0


# --- a file that grows -----------------------------------------------------------------


def download(storage: Storage, root: Path, durable: list[int], *, fsync: bool = True) -> None:
    """Append to a part file in three pieces; *durable* notes what a journal may claim."""
    file = storage.resume(root / "part", at=4)
    for piece in (b"EFGH", b"IJKL", b"MNOP"):
        file.write(piece)
        if fsync:
            file.fsync()
        durable.append(file.tell())
    file.close()


def start_of_part(storage: Storage, root: Path) -> None:
    put(storage, root / "part", b"ABCDxxxxyyyyzzzz-older-and-longer", fsync=True)


@pytest.mark.parametrize("fsync", [True, False])
def test_bytes_that_were_synced_are_what_a_resume_finds(fsync: bool) -> None:
    """Up to the length noted after an fsync the part is right, whatever else is in it."""
    durable = [4]

    def check(root: Path) -> None:
        assert (root / "part").read_bytes()[: durable[-1]] == b"ABCDEFGHIJKLMNOP"[: durable[-1]]

    def run() -> int:
        return check_crashes(
            lambda storage, root: download(storage, root, durable, fsync=fsync),
            check,
            setup=start_of_part,
        )

    if fsync:
        assert run() > 0
    else:
        with pytest.raises(AssertionError):
            run()


def test_file_that_was_cut_and_written_anew_may_be_a_splice() -> None:
    """The model shows new bytes followed by old ones: who trusts the length is caught."""
    storage = CrashStorage()
    start_of_part(storage, storage.root)
    storage.settle()
    storage.resume(storage.root / "part", at=4).write(b"EFGHIJKL")
    found = {content(state, "part") for state in storage.crash_states()}
    assert b"ABCDEFGHIJKLzzzz-older-and-longer" in found
    assert b"ABCDxxxxyyyyzzzz-older-and-longer" in found
    assert b"ABCDEFGH\0\0\0\0" in found
    assert b"ABCD\0\0\0\0IJKL" in found
    assert b"ABCDEFGHIJKL" in found
    assert all(data is not None and data.startswith(b"ABCD") for data in found)


# --- folders ---------------------------------------------------------------------------

TRACKS = {"01.flac": b"one", "02.flac": b"two", "disc 2/01.flac": b"three"}


def publish(storage: Storage, root: Path, *, forgotten: str = "") -> None:
    """Write an album beside its place and move it there, all but the *forgotten* step."""
    staging = root / "staging"
    for folder in (staging, staging / "disc 2"):
        storage.make_folders(folder)
    for name, data in TRACKS.items():
        put(storage, staging / name, data, fsync=forgotten != "file")
    for folder in (staging, staging / "disc 2"):
        if forgotten != folder.name:
            storage.fsync_folder(folder)
    storage.rename(staging, root / "album")
    if forgotten != "root":
        storage.fsync_folder(root)


def check_published(forgotten: str) -> int:
    acknowledged: list[bool] = []

    def action(storage: Storage, root: Path) -> None:
        publish(storage, root, forgotten=forgotten)
        acknowledged.append(True)

    def check(root: Path) -> None:
        if acknowledged or (root / "album").exists():
            for name, data in TRACKS.items():
                assert (root / "album" / name).read_bytes() == data
            assert not (root / "staging").exists()

    return check_crashes(action, check, limit=60)


def test_album_moved_into_place_is_whole() -> None:
    """Under its final name a folder holds every track in full, or is not there (P1, P2)."""
    assert check_published("") > 0


@pytest.mark.parametrize("forgotten", ["file", "staging", "disc 2", "root"])
def test_album_published_with_a_step_forgotten_is_caught(forgotten: str) -> None:
    """Each file, each folder in it and the folder around it has to be synced."""
    with pytest.raises((AssertionError, FileNotFoundError)):
        check_published(forgotten)


def test_folders_made_are_there_to_stay() -> None:
    """`make_folders` returns when a power cut can take none of them away."""
    acknowledged: list[bool] = []

    def action(storage: Storage, root: Path) -> None:
        storage.make_folders(root / "a" / "b" / "c")
        acknowledged.append(True)

    def check(root: Path) -> None:
        assert not acknowledged or (root / "a" / "b" / "c").is_dir()

    assert check_crashes(action, check) > 0
    with pytest.raises(AssertionError):
        check_crashes(
            lambda storage, root: acknowledged.append(storage.make_folder(root / "d")),
            lambda root: check_exists(root / "d", bool(acknowledged)),
            setup=lambda storage, root: acknowledged.clear(),
        )


def check_exists(path: Path, acknowledged: bool) -> None:
    assert path.exists() or not acknowledged


def names_left(storage: CrashStorage) -> set[tuple[str, ...]]:
    return {tuple(sorted(map(str, state.tree))) for state in storage.crash_states()}


def test_any_selection_of_names_may_have_come() -> None:
    """Files created without a sync of their folder come back in every selection."""
    storage = CrashStorage()
    for name in ("a", "b"):
        put(storage, storage.root / name, b"x", fsync=True)
    assert names_left(storage) == {(), ("a",), ("b",), ("a", "b")}
    storage.fsync_folder(storage.root)
    assert names_left(storage) == {("a", "b")}


def test_removed_file_may_come_back_until_its_folder_is_synced() -> None:
    """`unlink` is a promise only after the sync of the folder."""
    storage = CrashStorage()
    put(storage, storage.root / "a", b"x", fsync=True)
    storage.settle()
    storage.unlink(storage.root / "a")
    assert names_left(storage) == {(), ("a",)}
    storage.fsync_folder(storage.root)
    assert names_left(storage) == {()}


def test_removed_tree_may_come_back_in_part() -> None:
    """A folder that is taken apart file by file may be found half-way."""
    storage = CrashStorage()
    storage.make_folders(storage.root / "d")
    for name in ("a", "b"):
        put(storage, storage.root / "d" / name, b"x", fsync=True)
    storage.settle()
    storage.remove_tree(storage.root / "d")
    assert names_left(storage) == {
        (),
        ("d",),
        ("d", "d/a"),
        ("d", "d/b"),
        ("d", "d/a", "d/b"),
    }


def test_move_between_folders_is_one_step() -> None:
    """A file is in one of both places, never in none or both, and the target's sync decides."""
    storage = CrashStorage()
    for name in ("from", "to"):
        storage.make_folders(storage.root / name)
    put(storage, storage.root / "from" / "a", b"x", fsync=True)
    storage.settle()
    storage.rename(storage.root / "from" / "a", storage.root / "to" / "a")
    either = {("from", "from/a", "to"), ("from", "to", "to/a")}
    assert names_left(storage) == either
    storage.fsync_folder(storage.root / "from")
    assert names_left(storage) == either
    storage.fsync_folder(storage.root / "to")
    assert names_left(storage) == {("from", "to", "to/a")}


def test_settled_move_settles_where_the_file_was_before() -> None:
    """A name that was never synced cannot come back once the file is durable elsewhere."""
    storage = CrashStorage()
    for name in ("from", "to"):
        storage.make_folders(storage.root / name)
    put(storage, storage.root / "from" / "a", b"x", fsync=True)
    storage.rename(storage.root / "from" / "a", storage.root / "to" / "a")
    storage.fsync_folder(storage.root / "to")
    assert names_left(storage) == {("from", "to", "to/a")}


# --- the model itself ------------------------------------------------------------------


def test_many_unsynced_names_are_tried_within_bounds() -> None:
    """Of a million selections some hundred are tried: each single one and each in its order."""
    storage = CrashStorage()
    every = [f"{number:02}" for number in range(20)]
    for name in every:
        put(storage, storage.root / name, b"", fsync=True)
    left = names_left(storage)
    assert len(left) < 400
    assert {(), tuple(every)} <= left
    assert {(name,) for name in every} <= left
    assert {tuple(other for other in every if other != name) for name in every} <= left
    assert {tuple(every[:count]) for count in range(20)} <= left
    assert left == names_left(storage), "the same in every run"


actions = st.tuples(
    st.sampled_from(["put", "append", "rename", "unlink", "fsync", "fsync_folder"]),
    st.sampled_from(["a", "b", "d/a"]),
    st.sampled_from(["a", "b", "d/a"]),
    st.binary(min_size=1, max_size=4),
)


def perform(storage: CrashStorage, todo: list[tuple[str, str, str, bytes]]) -> None:
    for what, name, target, data in todo:
        path = storage.root / name
        try:
            match what:
                case "put":
                    put(storage, path, data, fsync=False)
                case "append":
                    storage.resume(path, at=len(storage.read_bytes(path)) // 2).write(data)
                case "rename":
                    storage.rename(path, storage.root / target)
                case "unlink":
                    storage.unlink(path)
                case "fsync":
                    storage.resume(path, at=len(storage.read_bytes(path))).fsync()
                case _:
                    storage.fsync_folder(path.parent)
        except StorageError:
            continue


def tree_seen(storage: CrashStorage) -> dict[PurePosixPath, bytes | None]:
    tree: dict[PurePosixPath, bytes | None] = {PurePosixPath("d"): None}
    for folder in ("", "d"):
        for name in storage.list(storage.root / folder):
            if name != "d":
                path = PurePosixPath(folder) / name
                tree[path] = storage.read_bytes(storage.root / path)
    return tree


def trees_left(storage: CrashStorage) -> list[dict[PurePosixPath, bytes | None]]:
    return [
        {path: content(state, str(path)) for path in state.tree} for state in storage.crash_states()
    ]


@given(st.lists(actions, max_size=10))
def test_what_the_program_sees_is_among_what_may_be_left(
    todo: list[tuple[str, str, str, bytes]],
) -> None:
    """The luckiest cut loses nothing; and when all is synced, it is the only one."""
    storage = CrashStorage()
    storage.make_folders(storage.root / "d")
    perform(storage, todo)
    assert tree_seen(storage) in trees_left(storage)
    for path, found in tree_seen(storage).items():
        if found is not None:
            storage.resume(storage.root / path, at=len(found)).fsync()
    storage.fsync_folder(storage.root / "d")
    storage.fsync_folder(storage.root)
    assert trees_left(storage) == [tree_seen(storage)]


def test_failed_check_tells_when_and_what_was_found() -> None:
    """The error carries the operations before the cut and the tree that was left."""
    with pytest.raises(AssertionError) as caught:
        save_over_old(temp_rename, never_torn)
    (note,) = caught.value.__notes__
    assert "power cut after: create temporary, write 11 bytes to temporary, rename" in note
    assert "  a 0 b''" in note


def test_writer_that_handles_errors_does_not_hide_a_failed_check() -> None:
    """The check's failure is kept apart from the errors that a writer lives with."""
    claimed: list[bool] = []

    def action(storage: Storage, root: Path) -> None:
        open_write(storage, root / "a")
        claimed.append(True)
        try:
            storage.make_folder(root / "next")
        except Exception:  # noqa: BLE001 - what is tested
            pytest.fail("the check's failure reached the writer")
        claimed.clear()

    def check(root: Path) -> None:
        assert not claimed or (root / "a").read_bytes() == NEW

    with pytest.raises(AssertionError):
        check_crashes(action, check, setup=put_old)


def test_failed_check_comes_before_the_error_of_a_writer_that_fails() -> None:
    """Both went wrong: the broken promise is raised, the writer's error is its context."""

    def failing(storage: Storage, path: Path) -> None:
        temp_rename(storage, path)
        storage.unlink(path)
        storage.unlink(path)

    with pytest.raises(AssertionError, match="torn"):
        save_over_old(failing, never_torn)


def test_error_of_the_writer_is_passed_on() -> None:
    """A writer that fails is no writer that passed."""
    with pytest.raises(StorageError):
        check_crashes(lambda storage, root: storage.unlink(root / "a"), lambda root: None)


def test_state_is_laid_out_with_folders_and_modes(tmp_path: Path) -> None:
    """What the check opens is a real tree."""
    state = CrashState(
        {
            PurePosixPath("d/a"): SavedFile(b"x", 0o600),
            PurePosixPath("d"): None,
        }
    )
    state.write_to(tmp_path)
    assert (tmp_path / "d" / "a").read_bytes() == b"x"
    assert (tmp_path / "d" / "a").stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_outside_the_check() -> None:
    """The writer's own root is no place of the real disk."""
    check_crashes(lambda storage, root: ours(storage, root / "a"), lambda root: None)
    assert not ROOT.exists()
