"""A part never holds more than its journal can vouch for, whenever the power goes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import StorageError
from orpheus_core.network.part import Part
from orpheus_core.network.ranges import OVERLAP_BYTES, Version
from orpheus_core.storage import DiskStorage, Storage
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.crash import check_crashes
from orpheus_core.testing.torture import FaultyStorage

OLD = random.Random(1).randbytes(300_000)
NEW = random.Random(2).randbytes(300_000)
VERSION_OLD = Version(url="http://a.example/x", etag='"old"', size_bytes=len(OLD))
VERSION_NEW = Version(url="http://a.example/x", etag='"new"', size_bytes=len(NEW))


def part_in(folder: Path, storage: Storage | None = None) -> Part:
    clock = SimClock()
    return Part(folder / "x.part", storage or DiskStorage(clock), clock, ["md5"])


def write_all(part: Part, content: bytes, chunk_bytes: int = 50_000) -> None:
    for start in range(0, len(content), chunk_bytes):
        part.write(content[start : start + chunk_bytes])


# --- going on ------------------------------------------------------------------------------------


def test_part_is_taken_up_where_it_was_saved(tmp_path: Path) -> None:
    """With its digests, which cannot be stored, computed again."""
    part = part_in(tmp_path)
    part.begin(VERSION_OLD)
    write_all(part, OLD[:200_000])
    part.save()
    part.write(b"not saved")
    part.close()

    again = part_in(tmp_path)
    again.restore()
    assert (again.version, again.size_bytes) == (VERSION_OLD, 200_000)
    write_all(again, OLD[200_000:])
    again.finish()
    assert (tmp_path / "x.part").read_bytes() == OLD
    assert again.digest("sha256") == hashlib.sha256(OLD).hexdigest()
    assert again.digest("md5") == hashlib.md5(OLD).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["x.part"]


@pytest.mark.parametrize(
    "journal",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"schema": "orpheus.part/2"}',
        json.dumps({"schema": "orpheus.part/1", "url": 5}).encode(),
    ],
)
def test_damaged_journal_vouches_for_nothing(tmp_path: Path, journal: bytes) -> None:
    (tmp_path / "x.part").write_bytes(OLD)
    (tmp_path / "x.part.json").write_bytes(journal)
    part = part_in(tmp_path)
    part.restore()
    assert (part.version, part.size_bytes) == (None, 0)


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.none())))
def test_no_journal_makes_it_raise(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, object]
) -> None:
    folder = tmp_path_factory.mktemp("part")
    sound = {
        "schema": "orpheus.part/1",
        "url": "http://a.example/x",
        "etag": None,
        "stable_id": None,
        "size_bytes": None,
        "durable_bytes": 5,
    }
    (folder / "x.part").write_bytes(b"whole")
    (folder / "x.part.json").write_text(json.dumps(sound | changes))
    part = part_in(folder)
    part.restore()
    assert part.size_bytes in (0, 5)


@pytest.mark.parametrize("missing", ["x.part", "x.part.json"])
def test_part_and_journal_count_only_together(tmp_path: Path, missing: str) -> None:
    part = part_in(tmp_path)
    part.begin(VERSION_OLD)
    part.write(OLD)
    part.save()
    part.close()
    (tmp_path / missing).unlink()
    again = part_in(tmp_path)
    again.restore()
    assert again.size_bytes == 0


def test_part_shorter_than_its_journal_says_is_not_taken_up(tmp_path: Path) -> None:
    part = part_in(tmp_path)
    part.begin(VERSION_OLD)
    part.write(OLD)
    part.save()
    part.close()
    (tmp_path / "x.part").write_bytes(OLD[:-1])
    again = part_in(tmp_path)
    again.restore()
    assert again.size_bytes == 0


def test_journal_is_private_and_holds_no_query(tmp_path: Path) -> None:
    part = part_in(tmp_path)
    part.begin(VERSION_OLD)
    part.write(OLD)
    part.save()
    part.close()
    journal = tmp_path / "x.part.json"
    assert journal.stat().st_mode & 0o077 == 0
    assert json.loads(journal.read_text())["url"] == "http://a.example/x"


def test_young_part_is_saved_soon_and_a_large_one_every_8_mib(tmp_path: Path) -> None:
    saved: list[int] = []
    part = part_in(tmp_path)
    part.begin(Version(url="http://a.example/x"))
    for _ in range(40 * 16):
        part.write(bytes(65_536))
        durable = json.loads((tmp_path / "x.part.json").read_text())["durable_bytes"]
        if durable not in saved:
            saved.append(durable)
    part.close()
    mib = 1024 * 1024
    assert saved == [65_536, 262_144, mib, 4 * mib, 12 * mib, 20 * mib, 28 * mib, 36 * mib]


def test_slow_part_is_saved_every_five_seconds(tmp_path: Path) -> None:
    clock = SimClock()
    part = Part(tmp_path / "x.part", DiskStorage(clock), clock)
    part.begin(VERSION_OLD)
    part.write(b"a")
    assert not (tmp_path / "x.part.json").exists()
    clock.advance(5.0)
    part.write(b"b")
    part.close()
    assert json.loads((tmp_path / "x.part.json").read_text())["durable_bytes"] == 2


@given(st.lists(st.integers(1, 30_000), max_size=30), st.data())
def test_end_of_the_part_is_remembered(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], data: st.DataObject
) -> None:
    """However it was written, its last 64 KiB can be compared."""
    part = part_in(tmp_path_factory.mktemp("part"))
    part.begin(VERSION_OLD)
    at = 0
    for size in sizes:
        chunk = OLD[at : at + size]
        if chunk:
            part.write(chunk)
        at += len(chunk)
    part.close()
    start = data.draw(st.integers(max(0, at - OVERLAP_BYTES), at))
    end = data.draw(st.integers(start, at))
    assert part.ends_with(OLD[start:end], before=at - end)
    if end > start:
        other = bytes([OLD[start] ^ 1]) + OLD[start + 1 : end]
        assert not part.ends_with(other, before=at - end)


# --- power cuts and failing disks ----------------------------------------------------------------


def check_part(folder: Path) -> None:
    part = part_in(folder)
    part.restore()
    if part.version is not None:
        content = {VERSION_OLD: OLD, VERSION_NEW: NEW}[part.version]
        assert part.digest("sha256") == hashlib.sha256(content[: part.size_bytes]).hexdigest()


def test_power_cut_leaves_a_part_of_one_version(tmp_path: Path) -> None:
    """Also where the old file's part is dropped and the new one's begun in its place."""

    def action(storage: Storage, root: Path) -> None:
        part = part_in(root, storage)
        part.begin(VERSION_OLD)
        write_all(part, OLD[:200_000])
        part.save()
        part.close()
        part = part_in(root, storage)
        part.restore()
        assert part.size_bytes == 200_000
        part.begin(VERSION_NEW)
        write_all(part, NEW)
        part.finish()

    assert check_crashes(action, check_part) > 50


def test_what_was_saved_survives_a_power_cut() -> None:
    saved_bytes = 0

    def action(storage: Storage, root: Path) -> None:
        nonlocal saved_bytes
        part = part_in(root, storage)
        part.begin(VERSION_OLD)
        for start in range(0, len(OLD), 100_000):
            part.write(OLD[start : start + 100_000])
            part.save()
            saved_bytes = part.size_bytes
        part.close()

    def check(folder: Path) -> None:
        part = part_in(folder)
        part.restore()
        assert part.size_bytes >= saved_bytes

    check_crashes(action, check)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_failing_disk_is_a_storage_error_and_the_part_stays_sound(
    tmp_path: Path, number: int
) -> None:
    """Whichever call fails."""
    fail_at, failed = 0, True
    while failed:
        fail_at += 1
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        storage = FaultyStorage(DiskStorage(SimClock()), fail_at, OSError(number, "no"))
        part = part_in(folder, storage)
        try:
            part.restore()
            part.begin(VERSION_OLD)
            write_all(part, OLD)
            part.save()
            part.finish()
            failed = False
        except StorageError:
            with contextlib.suppress(StorageError):
                part.close()
        check_part(folder)
    assert fail_at > 15
