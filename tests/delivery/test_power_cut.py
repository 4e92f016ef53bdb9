"""What a power cut may leave of an album that is put in place."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import threading
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.delivery.item import FetchedFile, JobItem, TrackItem
from orpheus_core.delivery.stages.package import Package
from orpheus_core.delivery.verification import verify_folder
from orpheus_core.delivery.workspace import JobState, Workspace
from orpheus_core.storage import DiskStorage, Storage, storage_error, write_atomically
from orpheus_core.testing import FaultyStorage, SimClock, check_crashes, count_calls
from orpheus_core.testing.sandbox import plugin as sandbox_plugin

REF = oc.MediaRef("sandbox", oc.MediaKind.ALBUM, "two")
RELEASE = oc.Release(
    ref=REF,
    title="Two",
    artists=(oc.Artist(name="A"),),
    date=oc.PartialDate(2001),
    track_total=2,
    tracks=tuple(
        oc.Track(
            ref=oc.MediaRef("sandbox", oc.MediaKind.TRACK, str(number)),
            title=f"Track {number}",
            track_number=1,
            disc_number=number,
        )
        for number in (1, 2)
    ),
)
CONTENT = {1: b"first" * 10, 2: b"second" * 10}
FINAL = Path("A/Two (2001)")


def workspace(storage: Storage, root: Path) -> Workspace:
    return Workspace.of(storage, root / "music", REF, oc.QualityWish())


def fetched(storage: Storage, root: Path) -> JobItem:
    """A job whose tracks have been through every stage, all of it durable."""
    storage.make_folders(root / "music")
    space = workspace(storage, root)
    space.open(JobState(ref=str(REF), correlation_id="c"))
    items = []
    for position, track in enumerate(RELEASE.tracks, start=1):
        folder = space.make(space.track_folder(position))
        content = CONTENT[position]
        write_atomically(storage, folder / "tagged.flac", content)
        item = TrackItem(
            track=track,
            collection=RELEASE,
            position=position,
            wish=oc.QualityWish(),
            folder=folder,
            file=FetchedFile(
                path=folder / "tagged.flac",
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                format=oc.AudioFormat(codec=oc.Codec.FLAC),
            ),
        )
        space.save_track(item, ("download", "verify", "cover", "tag"))
        items.append(item)
    return JobItem(
        ref=REF,
        wish=oc.QualityWish(),
        target=root / "music",
        work=space.folder,
        correlation_id="c",
        media=RELEASE,
        tracks=tuple(items),
    )


def packaged(job: JobItem, storage: Storage, home: Path) -> JobItem:
    with oc.Orpheus(
        home,
        {"layout.template": "{albumartist}/{album} ({year})/CD{disc}/{track} {title}"},
        clock=SimClock(),
        discover=False,
        plugins={"sandbox": sandbox_plugin},
        storage=storage,
    ) as app:
        return Package().run_job(job, app._context(threading.Event()))


def restored(root: Path) -> list[tuple[int, str]]:
    """Which tracks another run would find, by position and content."""
    storage = DiskStorage()
    space = workspace(storage, root)
    found = []
    for position, track in enumerate(RELEASE.tracks, start=1):
        item = TrackItem(
            track=track,
            collection=RELEASE,
            position=position,
            wish=oc.QualityWish(),
            folder=space.folder / "tracks" / f"{position:03}",
        )
        again, finished = space.restore_track(item)
        if again.file and "tag" in finished:
            found.append((position, again.file.sha256))
    return found


def test_an_album_is_there_whole_or_not_at_all_and_no_track_is_lost(tmp_path: Path) -> None:
    """Cut the power before each operation: the final name shows a folder that verifies, or
    none; and where it shows none, every track that was fetched is found again."""
    expected = [(at, hashlib.sha256(CONTENT[at]).hexdigest()) for at in (1, 2)]

    def check(root: Path) -> None:
        final = root / "music" / FINAL
        if final.exists():
            assert verify_folder(final, DiskStorage()).ok
        else:
            assert restored(root) == expected

    def action(storage: Storage, root: Path) -> None:
        packaged(attrs.evolve(jobs[0]), storage, tmp_path)

    jobs: list[JobItem] = []
    cuts = check_crashes(
        action, check, setup=lambda storage, root: jobs.append(fetched(storage, root)), limit=30
    )
    assert cuts > 100


def test_after_packaging_the_folder_survives_a_power_cut(tmp_path: Path) -> None:
    """What was acknowledged is there."""
    done: list[bool] = []

    def action(storage: Storage, root: Path) -> None:
        packaged(fetched(storage, root), storage, tmp_path)
        done.append(True)

    def check(root: Path) -> None:
        if done:
            assert verify_folder(root / "music" / FINAL, DiskStorage()).ok

    check_crashes(action, check, limit=5)
    assert done


def test_a_folder_that_is_completed_fits_its_manifest_at_every_moment(tmp_path: Path) -> None:
    """Cut the power before each operation: the folder verifies, as the old manifest or the new
    one says, and the track that came is in it or found again."""
    added = hashlib.sha256(CONTENT[2]).hexdigest()
    jobs: list[JobItem] = []

    def setup(storage: Storage, root: Path) -> None:
        job = fetched(storage, root)
        missing = attrs.evolve(job.tracks[1], file=None, missing=oc.ServiceDown("away"))
        done = packaged(attrs.evolve(job, tracks=(job.tracks[0], missing)), storage, tmp_path)
        assert done.artifact
        first = attrs.evolve(done.tracks[0], present=True)
        assert first.file
        file = attrs.evolve(first.file, path=done.artifact.path / "CD1" / first.file.path.name)
        tracks = (attrs.evolve(first, file=file), job.tracks[1])
        jobs.append(attrs.evolve(job, tracks=tracks, completes=done.artifact.path))

    def action(storage: Storage, root: Path) -> None:
        packaged(jobs[0], storage, tmp_path)

    def check(root: Path) -> None:
        verification = verify_folder(root / "music" / FINAL, DiskStorage())
        assert verification.ok
        in_it = {entry.sha256 for entry in verification.manifest.files}
        assert added in in_it or (2, added) in restored(root)

    assert check_crashes(action, check, setup=setup, limit=30) > 20


@pytest.mark.parametrize("code", ["ENOSPC", "EIO"])
def test_any_failing_call_is_a_typed_error_and_the_next_run_succeeds(
    tmp_path: Path, code: str
) -> None:
    """The n-th call to the disk fails, for every n: nothing half-done under the final name."""
    error = OSError(getattr(errno, code), code)
    disk = DiskStorage()

    root = tmp_path / "count"
    job = fetched(disk, root)
    calls = count_calls(disk, lambda storage: void(packaged(job, storage, tmp_path / "home")))
    assert calls > 20
    for number in range(1, calls + 1):
        root = tmp_path / f"run-{number}"
        job = fetched(disk, root)
        expected = type(storage_error(error, root))
        with contextlib.suppress(expected):
            packaged(job, FaultyStorage(disk, number, error), tmp_path / "home")
        final = root / "music" / FINAL
        if final.exists():
            assert verify_folder(final, disk).ok
        else:
            again = attrs.evolve(job, tracks=tuple(recovered(job, root)))
            packaged(again, disk, tmp_path / "home")
            assert verify_folder(final, disk).ok


def recovered(job: JobItem, root: Path) -> list[TrackItem]:
    space = workspace(DiskStorage(), root)
    return [space.restore_track(attrs.evolve(item, file=None))[0] for item in job.tracks]


def void(value: object) -> None:
    """Make an expression a statement."""
