"""Storage: what every implementation does alike, what the real disk adds, what errors become."""

from __future__ import annotations

import errno
import functools
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.errors import (
    DiskFailing,
    DiskFull,
    FileInUse,
    FileTooLarge,
    NameTooLong,
    NoPermission,
    StorageError,
    StorageFailed,
    SymlinkInPath,
    TargetGone,
)
from orpheus_core.storage import (
    TEMPORARY_PREFIX,
    DiskStorage,
    Storage,
    free_bytes,
    storage_error,
    write_atomically,
)
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.crash import CrashStorage
from orpheus_core.testing.torture import FaultyStorage

posix_only = pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX systems")


@attrs.frozen
class Place:
    """A storage and an empty folder in it."""

    storage: Storage
    root: Path


@pytest.fixture(params=["disk", "crash", "faulty"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "crash":
        crash = CrashStorage()
        return Place(crash, crash.root)
    disk = DiskStorage()
    return Place(disk if request.param == "disk" else FaultyStorage(disk, 0, OSError()), tmp_path)


def put(storage: Storage, path: Path, data: bytes) -> None:
    with storage.create(path) as file:
        file.write(data)


# --- every storage ---------------------------------------------------------------------


def test_created_file_holds_all_that_was_written(place: Place) -> None:
    """`write` appends all of its bytes, `tell` counts them."""
    with place.storage.create(place.root / "a") as file:
        file.write(b"one ")
        file.write(memoryview(b"two"))
        file.fsync()
        assert file.tell() == 7
    assert place.storage.read_bytes(place.root / "a") == b"one two"


def test_create_never_touches_what_is_there(place: Place) -> None:
    """A name that is taken is an error, and its content stays."""
    put(place.storage, place.root / "a", b"old")
    with pytest.raises(NoPermission):
        place.storage.create(place.root / "a")
    assert place.storage.read_bytes(place.root / "a") == b"old"


def test_resume_cuts_and_goes_on(place: Place) -> None:
    """Bytes behind the place of resuming are dropped; new ones follow it."""
    put(place.storage, place.root / "a", b"0123456789")
    with place.storage.resume(place.root / "a", at=4) as file:
        assert file.tell() == 4
        file.write(b"new")
    assert place.storage.read_bytes(place.root / "a") == b"0123new"


def test_resume_at_zero_creates(place: Place) -> None:
    """A file that is not there begins empty."""
    with place.storage.resume(place.root / "a", at=0) as file:
        file.write(b"x")
    assert place.storage.read_bytes(place.root / "a") == b"x"


def test_resume_past_the_end_is_refused(place: Place) -> None:
    """A hole is never filled with zeros: a shorter file is an error and stays as it was."""
    put(place.storage, place.root / "a", b"012")
    with pytest.raises(StorageFailed, match="holds 3 bytes"):
        place.storage.resume(place.root / "a", at=4)
    assert place.storage.read_bytes(place.root / "a") == b"012"


def test_resume_of_a_missing_file_creates_none(place: Place) -> None:
    """Nothing to go on with is an error, and leaves nothing behind."""
    with pytest.raises(TargetGone):
        place.storage.resume(place.root / "a", at=1)
    assert not place.storage.exists(place.root / "a")


def test_closed_file_takes_nothing_more(place: Place) -> None:
    """Closing twice is fine, writing afterwards is an error."""
    file = place.storage.create(place.root / "a")
    file.close()
    file.close()
    with pytest.raises(StorageFailed):
        file.write(b"x")


def test_rename_replaces_a_file(place: Place) -> None:
    """A file takes the name of another, whose content is gone."""
    put(place.storage, place.root / "a", b"new")
    put(place.storage, place.root / "b", b"old")
    place.storage.rename(place.root / "a", place.root / "b")
    assert place.storage.list(place.root) == ("b",)
    assert place.storage.read_bytes(place.root / "b") == b"new"


def test_rename_moves_a_folder_with_all_in_it(place: Place) -> None:
    """A whole folder comes under its new name in one step."""
    place.storage.make_folders(place.root / "staging" / "disc 1")
    put(place.storage, place.root / "staging" / "disc 1" / "a", b"x")
    place.storage.rename(place.root / "staging", place.root / "album")
    assert place.storage.list(place.root) == ("album",)
    assert place.storage.read_bytes(place.root / "album" / "disc 1" / "a") == b"x"


def test_rename_of_a_folder_replaces_nothing(place: Place) -> None:
    """A folder's target must not exist, not even as an empty folder."""
    place.storage.make_folder(place.root / "staging")
    place.storage.make_folder(place.root / "album")
    with pytest.raises(NoPermission):
        place.storage.rename(place.root / "staging", place.root / "album")
    assert place.storage.list(place.root) == ("album", "staging")


def test_rename_names_the_path_that_is_missing(place: Place) -> None:
    """When the source is gone, the error is about the source."""
    with pytest.raises(TargetGone, match="missing-source"):
        place.storage.rename(place.root / "missing-source", place.root / "b")


def test_unlink_and_remove_tree_remove(place: Place) -> None:
    """A file goes with `unlink`, a folder and all in it with `remove_tree`."""
    place.storage.make_folders(place.root / "a" / "b")
    put(place.storage, place.root / "a" / "b" / "c", b"x")
    put(place.storage, place.root / "d", b"x")
    place.storage.unlink(place.root / "d")
    place.storage.remove_tree(place.root / "a")
    assert place.storage.list(place.root) == ()


def test_removing_nothing_is_an_error(place: Place) -> None:
    """Who removes what is not there is told so."""
    with pytest.raises(TargetGone):
        place.storage.unlink(place.root / "a")
    with pytest.raises(TargetGone):
        place.storage.remove_tree(place.root / "a")


def test_make_folder_says_whether_it_is_new(place: Place) -> None:
    """The first call makes it, the second finds it."""
    assert place.storage.make_folder(place.root / "a") is True
    assert place.storage.make_folder(place.root / "a") is False


def test_make_folders_again_changes_nothing(place: Place) -> None:
    """Folders that are there are kept with all in them."""
    place.storage.make_folders(place.root / "a" / "b")
    put(place.storage, place.root / "a" / "b" / "c", b"x")
    place.storage.make_folders(place.root / "a" / "b")
    assert place.storage.read_bytes(place.root / "a" / "b" / "c") == b"x"


def test_file_in_the_place_of_a_folder_is_no_permission(place: Place) -> None:
    """A file where a folder should be cannot be written into, whoever asks."""
    put(place.storage, place.root / "a", b"x")
    with pytest.raises(NoPermission):
        place.storage.make_folder(place.root / "a")
    with pytest.raises(NoPermission):
        place.storage.make_folders(place.root / "a" / "b" / "c")
    with pytest.raises(NoPermission):
        place.storage.create(place.root / "a" / "b")
    assert not place.storage.exists(place.root / "a" / "b")


def test_write_atomically_replaces_and_leaves_nothing_else(place: Place) -> None:
    """The new content is there, and no temporary file."""
    write_atomically(place.storage, place.root / "a", b"one")
    write_atomically(place.storage, place.root / "a", b"two")
    assert place.storage.read_bytes(place.root / "a") == b"two"
    assert place.storage.list(place.root) == ("a",)


Step = tuple[str, str] | tuple[str, str, bytes | int | str]
names = st.sampled_from(["a", "b", "a/a", "a/b", "b/a", "a/a/a"])
steps = st.one_of(
    st.tuples(st.just("create"), names, st.binary(max_size=8)),
    st.tuples(st.just("resume"), names, st.integers(0, 9)),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.sampled_from(["unlink", "remove_tree", "make_folder", "make_folders"]), names),
    st.tuples(st.sampled_from(["read_bytes", "exists", "list", "fsync_folder"]), names),
)


def resume(storage: Storage, path: Path, at: int) -> None:
    with storage.resume(path, at=at) as file:
        file.write(b"+")


def outcome(act: Callable[[], object]) -> object:
    """What *act* returns, or the leaf that it raises."""
    try:
        return act()
    except StorageError as error:
        return type(error)


def bound(storage: Storage, root: Path, step: Step) -> Callable[[], object]:
    """*step* as a call on *storage*."""
    path = root / step[1]
    match step:
        case ("create", _, bytes(data)):
            return lambda: put(storage, path, data)
        case ("resume", _, int(at)):
            return lambda: resume(storage, path, at)
        case ("rename", _, str(target)):
            return lambda: storage.rename(path, root / target)
        case _:
            return functools.partial(getattr(storage, step[0]), path)


@posix_only
@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=12))
def test_crash_storage_acts_as_the_disk_does(
    tmp_path_factory: pytest.TempPathFactory, todo: list[Step]
) -> None:
    """As long as the power stays, whatever is asked has the same outcome on both."""
    disk, crash, root = DiskStorage(), CrashStorage(), tmp_path_factory.mktemp("disk")
    for step in todo:
        simulated, real = bound(crash, crash.root, step), bound(disk, root, step)
        assert outcome(simulated) == outcome(real), step


# --- the real disk ---------------------------------------------------------------------


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_mode_holds_from_the_first_byte(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can open a private file before it gets its mode: it is born with it."""
    seen: list[int] = []
    real_write = os.write

    def watching(descriptor: int, data: memoryview) -> int:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", watching)
    write_atomically(DiskStorage(), tmp_path / "a", b"secret", mode=mode)
    umask = os.umask(0o022)
    os.umask(umask)
    assert seen == [mode & ~umask]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode & ~umask


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes three bytes at a time gets them all the same."""
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda number, data: real_write(number, data[:3]))
    with DiskStorage().create(tmp_path / "a") as file:
        file.write(b"0123456789")
        assert file.tell() == 10
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_link_is_not_written_through(tmp_path: Path) -> None:
    """What a link in the library leads to stays untouched."""
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(SymlinkInPath):
        DiskStorage().resume(tmp_path / "link", at=0)
    with pytest.raises(NoPermission):
        DiskStorage().create(tmp_path / "link")
    write_atomically(DiskStorage(), tmp_path / "link", b"ours")
    assert (tmp_path / "outside").read_bytes() == b"mine"
    assert not (tmp_path / "link").is_symlink()


def test_link_is_not_written_through_where_the_system_cannot_refuse_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without O_NOFOLLOW (Windows) a link is seen before it is opened."""
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    monkeypatch.delattr(os, "O_NOFOLLOW")
    with pytest.raises(SymlinkInPath):
        DiskStorage().resume(tmp_path / "link", at=0)
    assert (tmp_path / "outside").read_bytes() == b"mine"


def test_remove_tree_follows_no_link(tmp_path: Path) -> None:
    """A link in a folder is removed, what it leads to stays."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_bytes(b"mine")
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "link").symlink_to(tmp_path / "outside")
    DiskStorage().remove_tree(tmp_path / "album")
    assert (tmp_path / "outside" / "a").read_bytes() == b"mine"


def test_link_to_nowhere_takes_its_name(tmp_path: Path) -> None:
    """`exists` is about the name, not about what a link leads to."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert DiskStorage().exists(tmp_path / "link")


def test_name_of_full_length_is_written(tmp_path: Path) -> None:
    """The temporary name does not grow with the final one: 255 bytes are fine."""
    path = tmp_path / ("n" * 255)
    write_atomically(DiskStorage(), path, b"x")
    assert path.read_bytes() == b"x"


def test_name_past_the_limit_is_named_so(tmp_path: Path) -> None:
    """256 bytes are too many for a name, and nothing is left behind."""
    with pytest.raises(NameTooLong):
        write_atomically(DiskStorage(), tmp_path / ("n" * 256), b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_named_so() -> None:
    """ENOSPC is `DiskFull`: its title names the path, its why the system's word."""
    file = DiskStorage().resume(Path("/dev/full"), at=0)
    with pytest.raises(DiskFull, match="/dev/full: no space is left") as caught, file:
        file.write(b"x")
    assert "ENOSPC" in caught.value.why
    assert caught.value.evidence == {"path": "/dev/full", "errno": "ENOSPC"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_file_past_the_size_limit_leaves_nothing(tmp_path: Path) -> None:
    """EFBIG after a short write is `FileTooLarge`, the old content stays, the rest is removed."""
    import resource

    (tmp_path / "a").write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1696, hard))
    try:
        with pytest.raises(FileTooLarge):
            write_atomically(DiskStorage(), tmp_path / "a", bytes(4096))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_failed_fsync_is_never_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system forgets what it could not write: a second fsync that succeeds proves nothing."""
    answers = [OSError(errno.EIO, "I/O error")]

    def failing_once(descriptor: int) -> None:
        if answers:
            raise answers.pop()

    monkeypatch.setattr(os, "fsync", failing_once)
    with DiskStorage().create(tmp_path / "a") as file:
        file.write(b"x")
        with pytest.raises(DiskFailing):
            file.fsync()
        with pytest.raises(DiskFailing):
            file.fsync()


def test_late_refusal_at_close_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that finds out at close that it is full is heard, and the file is given back."""
    real_close, closed = os.close, []

    def full(descriptor: int) -> None:
        real_close(descriptor)
        closed.append(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    file = DiskStorage().create(tmp_path / "a")
    with monkeypatch.context() as patch:
        patch.setattr(os, "close", full)
        with pytest.raises(DiskFull), file:
            file.write(b"x")
    file.close()
    assert len(closed) == 1


def test_first_failure_is_the_one_that_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When closing fails as well, it is a note on what went wrong before."""
    real_close = os.close

    def failing(descriptor: int) -> None:
        real_close(descriptor)
        raise OSError(errno.EIO, "I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", failing)
        with pytest.raises(KeyError) as caught, DiskStorage().create(tmp_path / "a"):
            raise KeyError("first")
    assert any("closing failed as well" in note for note in caught.value.__notes__)


def test_refused_resume_gives_its_descriptor_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open file that turns out too short is closed again."""
    (tmp_path / "a").write_bytes(b"x")
    opened: list[int] = []
    real_open = os.open

    def watching(path: Path, flags: int, mode: int = 0o777) -> int:
        opened.append(real_open(path, flags, mode))
        return opened[-1]

    monkeypatch.setattr(os, "open", watching)
    with pytest.raises(StorageFailed):
        DiskStorage().resume(tmp_path / "a", at=2)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


# --- other systems ---------------------------------------------------------------------


def test_macos_is_asked_for_a_full_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, fsync stops at the drive's own memory: files and folders get F_FULLFSYNC."""
    fcntl = pytest.importorskip("fcntl")
    asked: list[int] = []
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda descriptor, command: asked.append(command))
    monkeypatch.setattr(os, "fsync", lambda descriptor: pytest.fail("fsync is not enough"))
    monkeypatch.setattr(sys, "platform", "darwin")
    write_atomically(DiskStorage(), tmp_path / "a", b"x")
    assert asked == [51, 51]


def test_macos_share_without_a_full_sync_gets_the_common_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where F_FULLFSYNC is not offered, fsync is what there is."""
    fcntl = pytest.importorskip("fcntl")
    synced: list[int] = []

    def not_offered(descriptor: int, command: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", not_offered)
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr(sys, "platform", "darwin")
    with DiskStorage().create(tmp_path / "a") as file:
        file.fsync()
    assert len(synced) == 1


def test_windows_has_no_sync_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder cannot be opened there, so nothing is tried."""
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened a folder"))
    monkeypatch.setattr(sys, "platform", "win32")
    DiskStorage().fsync_folder(tmp_path)


@posix_only
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_share_without_sync_of_folders_is_written_all_the_same(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems refuse to sync a folder; music is kept there nevertheless."""
    real_fsync = os.fsync

    def refusing_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refusing_folders)
    write_atomically(DiskStorage(), tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


class WinError(OSError):
    """What Windows raises; its code is an attribute that other systems do not have."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EACCES, "Access is denied")
        self.winerror = winerror


def refuse_replace(
    monkeypatch: pytest.MonkeyPatch, error: OSError, times: int
) -> Callable[[], int]:
    """Let `os.replace` fail that often; returns a count of its calls."""
    calls = 0
    real_replace = os.replace

    def replace(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls <= times:
            raise error
        real_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    return lambda: calls


@pytest.mark.parametrize("code", [5, 32, 33])
def test_file_held_by_a_scanner_is_renamed_after_a_moment(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to rename what a virus scanner reads: 50 ms, doubled, and it works."""
    clock = SimClock()
    refuse_replace(monkeypatch, WinError(code), times=3)
    write_atomically(DiskStorage(clock), tmp_path / "a", b"x")
    assert clock.sleeps == [0.05, 0.1, 0.2]
    assert (tmp_path / "a").read_bytes() == b"x"


@pytest.mark.parametrize(("code", "leaf"), [(5, NoPermission), (32, FileInUse), (33, FileInUse)])
def test_file_held_for_long_is_given_up_after_two_and_a_half_seconds(
    code: int, leaf: type[StorageError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait has an end, and nothing half-done is left."""
    clock = SimClock()
    refuse_replace(monkeypatch, WinError(code), times=1000)
    with pytest.raises(leaf):
        write_atomically(DiskStorage(clock), tmp_path / "a", b"x")
    assert clock.monotonic() == pytest.approx(2.5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [WinError(112), OSError(errno.EACCES, "denied")])
def test_other_refusals_are_not_waited_for(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the three codes of a file that is held are worth a second try."""
    clock = SimClock()
    calls = refuse_replace(monkeypatch, error, times=1000)
    with pytest.raises(StorageError):
        write_atomically(DiskStorage(clock), tmp_path / "a", b"x")
    assert clock.sleeps == []
    assert calls() == 1


# --- errors and space ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "leaf"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, FileTooLarge),
        (errno.EACCES, NoPermission),
        (errno.EPERM, NoPermission),
        (errno.EROFS, NoPermission),
        (errno.ENOTDIR, NoPermission),
        (errno.EEXIST, NoPermission),
        (errno.ENOTEMPTY, NoPermission),
        (errno.EISDIR, NoPermission),
        (errno.ENAMETOOLONG, NameTooLong),
        (errno.ENOENT, TargetGone),
        (errno.ESTALE, TargetGone),
        (errno.ENODEV, TargetGone),
        (errno.EIO, DiskFailing),
        (errno.ELOOP, SymlinkInPath),
        (errno.EMFILE, StorageFailed),
        (errno.EXDEV, StorageFailed),
    ],
)
def test_each_number_of_the_system_has_its_leaf(number: int, leaf: type[StorageError]) -> None:
    """Title names path and reason, why has the system's word, and there is something to do."""
    error = storage_error(OSError(number, os.strerror(number)), Path("music") / "a")
    assert type(error) is leaf
    assert error.title.startswith(f"{Path('music') / 'a'}: ")
    assert errno.errorcode[number] in error.why
    assert os.strerror(number) in error.why
    assert error.next_step


@pytest.mark.parametrize(
    ("code", "leaf"),
    [
        (21, TargetGone),
        (32, FileInUse),
        (33, FileInUse),
        (39, DiskFull),
        (112, DiskFull),
        (206, NameTooLong),
        (1117, DiskFailing),
        (5, NoPermission),
    ],
)
def test_windows_codes_say_more_than_their_number(code: int, leaf: type[StorageError]) -> None:
    """Python turns many codes of Windows into EACCES or ENOENT; the code decides."""
    assert type(storage_error(WinError(code), Path("a"))) is leaf


def test_error_without_a_number_still_has_a_leaf() -> None:
    """An OSError that holds only words is told with them."""
    error = storage_error(OSError("odd"), Path("a"))
    assert type(error) is StorageFailed
    assert "odd" in error.why


def test_something_in_the_way_asks_to_remove_it(tmp_path: Path) -> None:
    """Where the trouble is not a permission, the next step does not speak of one."""
    with pytest.raises(NoPermission) as caught:
        DiskStorage().read_bytes(tmp_path)
    assert "in its place" in caught.value.next_step


def test_free_space_is_known_before_the_folder_exists(tmp_path: Path) -> None:
    """The disk is the one of the nearest folder that is there."""
    (tmp_path / "file").touch()
    assert free_bytes(tmp_path / "not" / "yet") > 0
    assert free_bytes(tmp_path / "file") > 0


# --- write_atomically when something fails ---------------------------------------------


def test_foreign_file_under_the_temporary_name_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this call did not create, it does not remove."""
    monkeypatch.setattr(os, "urandom", bytes)
    taken = tmp_path / f"{TEMPORARY_PREFIX}{'00' * 8}"
    taken.write_bytes(b"foreign")
    with pytest.raises(NoPermission):
        write_atomically(DiskStorage(), tmp_path / "a", b"x")
    assert taken.read_bytes() == b"foreign"


@pytest.mark.parametrize("fail_at", [2, 3, 4, 5])
def test_temporary_file_is_removed_whatever_fails(fail_at: int, tmp_path: Path) -> None:
    """Write, fsync, close and rename may fail: the old content stays, the temporary file goes."""
    (tmp_path / "a").write_bytes(b"old")
    storage = FaultyStorage(DiskStorage(), fail_at, OSError(errno.ENOSPC, "full"))
    with pytest.raises(DiskFull):
        write_atomically(storage, tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_temporary_file_that_cannot_be_removed_is_named(tmp_path: Path) -> None:
    """The first failure is raised; what stays behind is noted on it."""
    dying = FaultyStorage(DiskStorage(), 2, OSError(errno.ENOSPC, "full"))
    dead = FaultyStorage(dying, 4, OSError(errno.EIO, "I/O error"))
    with pytest.raises(DiskFull) as caught:
        write_atomically(dead, tmp_path / "a", b"new")
    (left,) = tmp_path.iterdir()
    assert any(left.name in note for note in caught.value.__notes__)


def test_a_file_can_be_read_piece_by_piece(tmp_path: Path) -> None:
    """A large part is hashed without holding all of it."""
    (tmp_path / "f").write_bytes(b"0123456789")
    storage = DiskStorage()
    assert storage.read_bytes(tmp_path / "f", at=3, size_bytes=4) == b"3456"
    assert storage.read_bytes(tmp_path / "f", at=8) == b"89"
    assert storage.read_bytes(tmp_path / "f", at=20, size_bytes=4) == b""


def test_a_failed_replacement_names_the_file_that_was_meant(tmp_path: Path) -> None:
    """Not the temporary one that nobody has heard of."""
    full = FaultyStorage(DiskStorage(), 2, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(DiskFull) as caught:
        write_atomically(full, tmp_path / "manifest.json", b"{}")
    assert caught.value.title.startswith(f"{tmp_path / 'manifest.json'}: ")
    assert str(caught.value) == caught.value.title
    assert list(tmp_path.iterdir()) == []
