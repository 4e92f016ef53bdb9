"""A whole download, from link to manifest, against the sandbox over real sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import mutagen
import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of
from orpheus_core.delivery.manifest import FILE_NAME, from_bytes
from orpheus_core.delivery.pictures import Picture, PictureType
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.sandbox import Fault, SandboxServer
from orpheus_core.testing.sandbox import plugin as sandbox_plugin


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def app(server: SandboxServer, tmp_path: Path) -> Iterator[oc.Orpheus]:
    with opened(server, tmp_path) as application:
        yield application


@attrs.define
class Watched:
    """An application whose events are kept, and fit the table of kinds when it closes."""

    app: oc.Orpheus
    events: list[oc.Event] = attrs.field(factory=list)

    def __enter__(self) -> oc.Orpheus:
        self.app.brain.events.subscribe(self.events.append)
        self.app.events_seen = self.events  # type: ignore[attr-defined] # for the tests alone
        return self.app

    def __exit__(self, *exc: object) -> None:
        self.app.close()
        assert faults_of(self.events) == []


def opened(
    server: SandboxServer,
    tmp_path: Path,
    *,
    plugins: Mapping[str, object] | None = None,
    config: Mapping[str, object] | None = None,
) -> Watched:
    app = oc.Orpheus(
        tmp_path / "home",
        config,
        clock=SimClock(),
        discover=False,
        plugins={"sandbox": sandbox_plugin, **(plugins or {})},
    )
    app.credentials.set("sandbox", "url", server.url)
    return Watched(app)


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def kinds(app: oc.Orpheus, prefix: str) -> list[oc.Event]:
    return [event for event in app.events_seen if event.kind.startswith(prefix)]  # type: ignore[attr-defined]


# --- the main way ---------------------------------------------------------------------------


def test_an_album_becomes_a_complete_verified_folder(app: oc.Orpheus, tmp_path: Path) -> None:
    """Twelve tracks, tags, cover, manifest; nothing else is left in the target."""
    report = app.download("https://sandbox.example/album/lanterns", to=tmp_path / "music")
    (artifact,) = report.artifacts
    manifest = artifact.manifest
    assert report.ok
    assert manifest.complete
    assert len(manifest.tracks) == 12
    assert all(entry.verified_by for entry in manifest.files if entry.role == "audio")
    assert from_bytes((artifact.path / FILE_NAME).read_bytes()) == manifest
    on_disk = set(files_below(artifact.path))
    assert on_disk == {entry.path for entry in manifest.files} | {FILE_NAME}
    assert {path.name for path in (tmp_path / "music").iterdir()} == {artifact.path.parent.name}
    assert app.verify(artifact.path).ok


def test_tags_hold_what_the_service_knows(app: oc.Orpheus, tmp_path: Path) -> None:
    """Titles in any script, numbers with totals, codes, and the cover."""
    report = app.download("sandbox:album:lanterns", to=tmp_path)
    artifact = report.artifacts[0]
    for entry in artifact.manifest.tracks:
        assert entry.file
        tags = mutagen.File(artifact.path / entry.file)
        assert tags["title"] == [entry.title]
        assert tags["isrc"] == [entry.isrc]
        assert tags["album"] == [artifact.manifest.title]
        assert tags["barcode"] == [artifact.manifest.upc]
        assert tags["tracknumber"][0].startswith(str(entry.track_number))
        assert tags.pictures[0].data == (artifact.path / "cover.jpg").read_bytes()


@pytest.mark.parametrize(
    ("target", "kind", "tracks"),
    [
        ("sandbox:album:salt", "ep", 4),
        ("sandbox:album:tides", "album", 6),
        ("sandbox:album:harbour", "compilation", 6),
        ("sandbox:track:lanterns-07", "track", 1),
    ],
)
def test_each_kind_of_artefact(
    app: oc.Orpheus, tmp_path: Path, target: str, kind: str, tracks: int
) -> None:
    """EP, two discs, compilation, a single track."""
    artifact = app.download(target, to=tmp_path).artifacts[0]
    assert artifact.manifest.kind == kind
    assert len(artifact.manifest.tracks) == tracks
    assert artifact.manifest.complete


def test_a_playlist_is_in_its_own_order(app: oc.Orpheus, tmp_path: Path) -> None:
    """Over several releases, each track with the cover of its own."""
    ref = app.search("sandbox", "playlist", "a", limit=1)[0].ref
    artifact = app.download(str(ref), to=tmp_path).artifacts[0]
    assert artifact.manifest.kind == "playlist"
    assert [track.position for track in artifact.manifest.tracks] == list(
        range(1, len(artifact.manifest.tracks) + 1)
    )
    assert artifact.path.parent == tmp_path / "Playlists"
    assert len({track.ref.split("-")[0] for track in artifact.manifest.tracks}) > 1


def test_an_artist_is_one_folder_for_each_release(app: oc.Orpheus, tmp_path: Path) -> None:
    """Each a job of its own."""
    ref = app.search("sandbox", "artist", "a", limit=20)
    artist = next(hit.ref for hit in ref)
    report = app.download(str(artist), to=tmp_path)
    assert report.artifacts
    assert len({artifact.path for artifact in report.artifacts}) == len(report.artifacts)


def test_the_quality_that_was_asked_for_is_taken(app: oc.Orpheus, tmp_path: Path) -> None:
    """And another quality of the same album gets a folder of its own."""
    lossless = app.download("sandbox:album:lanterns", to=tmp_path, quality="lossless").artifacts[0]
    high = app.download("sandbox:album:lanterns", to=tmp_path, quality="high").artifacts[0]
    codecs = [{e.format.codec for e in a.manifest.files if e.format} for a in (lossless, high)]
    assert codecs == [{"flac"}, {"mp3"}]
    assert high.path.name == f"{lossless.path.name} [high]"


def test_a_quality_that_is_not_offered_says_so(app: oc.Orpheus, tmp_path: Path) -> None:
    """Nothing below the floor is taken, nothing is written."""
    report = app.download("sandbox:track:lanterns-01", to=tmp_path / "music", floor="hires")
    assert report.exit_status is oc.ExitStatus.NOT_AVAILABLE
    assert report.failures[0].error.code == "quality.unavailable"
    assert files_below(tmp_path / "music") == []


def test_every_event_of_a_job_carries_its_correlation_id(app: oc.Orpheus, tmp_path: Path) -> None:
    """From the first event to the last, through the worker threads."""
    artifact = app.download("sandbox:album:salt", to=tmp_path).artifacts[0]
    about = [e for e in app.events_seen if e.kind.split(".")[0] in ("job", "stage", "transfer")]  # type: ignore[attr-defined]
    assert len(about) > 20
    assert {event.correlation_id for event in about} == {artifact.manifest.origin.correlation_id}


# --- trouble on the way -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        "503:salt:1:retry-after=2",
        "503:salt-02:1:retry-after=2",
        "429:salt-02:1:retry-after=2",
        "500:salt-02:2",
        "html:salt-02:1",
        "truncated:salt-02:1",
        "truncated:salt-02:3",
        "reset:salt-02:2",
        "wrong-checksum:salt-02:1",
        "changed:salt-02:1",
        "name-not-found:salt-02:1",
        "refused:salt-02:1",
    ],
)
def test_what_passes_is_overcome(server: SandboxServer, tmp_path: Path, fault: str) -> None:
    """Whatever goes wrong once or twice, the album comes whole, and the manifest tells."""
    server.add_fault(Fault.parse(fault))
    with opened(server, tmp_path) as app:
        artifact = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts[0]
        assert artifact.manifest.complete
        assert app.verify(artifact.path).ok
        if not fault.startswith("changed"):
            assert artifact.manifest.decisions


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("404:/api/albums/salt:always", "svc.not-found", 3),
        ("401:/api/albums/salt:always", "auth.login-needed", 4),
        ("403:/api/albums/salt:always", "svc.forbidden", 7),
        ("503:/api/albums/salt:always", "svc.down", 6),
        ("429:/api/albums/salt:always:retry-after=86400", "svc.rate-limited", 6),
        ("html:/api/albums/salt:always", "svc.unexpected-answer", 5),
    ],
)
def test_what_does_not_pass_ends_with_its_own_status(
    server: SandboxServer, tmp_path: Path, fault: str, code: str, status: int
) -> None:
    """A clear error, and nothing half-done."""
    server.add_fault(Fault.parse(fault))
    with opened(server, tmp_path) as app:
        with pytest.raises(oc.OrpheusError) as caught:
            app.download("sandbox:album:salt", to=tmp_path / "music")
        assert caught.value.code == code
        assert int(caught.value.exit_status) == status
    assert files_below(tmp_path / "music") == []


def test_one_missing_track_leaves_the_rest_and_is_fetched_later(
    server: SandboxServer, tmp_path: Path
) -> None:
    """Exit 8, the manifest names it; the next run asks for that file alone."""
    server.add_fault(Fault.parse("404:/files/salt-02.studio.flac:always"))
    music = tmp_path / "music"
    with opened(server, tmp_path) as app:
        report = app.download("sandbox:album:salt", to=music)
        assert report.exit_status is oc.ExitStatus.PARTIAL
        assert [failure.ref for failure in report.failures] == ["sandbox:track:salt-02"]
        manifest = report.artifacts[0].manifest
        assert not manifest.complete
        assert manifest.tracks[1].missing_code == "svc.not-found"
        with pytest.raises(oc.PartialRelease):
            report.raise_for_failures()
        assert kinds(app, "job.finished")[0].severity is oc.Severity.WARNING
    with SandboxServer() as healthy, opened(healthy, tmp_path) as app:
        again = app.download("sandbox:album:salt", to=music)
        assert again.ok
        assert again.artifacts[0].path == report.artifacts[0].path
        assert again.artifacts[0].manifest.complete
        fetched = [r.path for r in healthy.requests if r.path.startswith("/files/")]
        assert fetched == ["/files/salt-02.studio.flac"]
        assert app.verify(again.artifacts[0].path).ok
    assert not (music / ".orpheus").exists()


def test_what_is_there_is_not_fetched_again(server: SandboxServer, tmp_path: Path) -> None:
    """A second download of the same album asks for no file."""
    with opened(server, tmp_path) as app:
        first = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts[0]
        before = len(server.requests)
        second = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts[0]
    assert second.path == first.path
    assert second.manifest == first.manifest
    assert not [r for r in server.requests[before:] if r.path.startswith("/files/")]


def test_a_damaged_file_is_fetched_again(server: SandboxServer, tmp_path: Path) -> None:
    """And only that one."""
    with opened(server, tmp_path) as app:
        artifact = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts[0]
        victim = artifact.path / str(artifact.manifest.tracks[0].file)
        damaged = bytearray(victim.read_bytes())
        damaged[-100] ^= 1
        victim.write_bytes(bytes(damaged))
        assert [str(f) for f in app.verify(artifact.path).findings]
        before = len(server.requests)
        app.download("sandbox:album:salt", to=tmp_path / "music")
        assert app.verify(artifact.path).ok
    files = [r.path for r in server.requests[before:] if r.path.startswith("/files/")]
    assert files == ["/files/salt-01.studio.flac"]


def test_files_that_a_person_put_there_stay(server: SandboxServer, tmp_path: Path) -> None:
    """A second run completes a folder; it does not own it."""
    server.add_fault(Fault.parse("404:/files/salt-02.studio.flac:1"))
    with opened(server, tmp_path) as app:
        folder = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts[0].path
        (folder / "my notes.txt").write_text("mine")
        app.download("sandbox:album:salt", to=tmp_path / "music")
    assert (folder / "my notes.txt").read_text() == "mine"


def test_a_folder_of_something_else_is_left_alone(server: SandboxServer, tmp_path: Path) -> None:
    """The album goes beside it."""
    with opened(server, tmp_path) as app:
        first = app.download("sandbox:album:salt", to=tmp_path / "a").artifacts[0]
        taken = tmp_path / "b" / first.path.relative_to(tmp_path / "a")
        taken.mkdir(parents=True)
        (taken / "other.txt").write_text("other")
        second = app.download("sandbox:album:salt", to=tmp_path / "b").artifacts[0]
    assert second.path != taken
    assert files_below(taken) == ["other.txt"]


def test_a_cover_that_does_not_come_is_left_out(server: SandboxServer, tmp_path: Path) -> None:
    """The album is there, and the manifest says what is not."""
    server.add_fault(Fault.parse("404:/covers/salt.png:always"))
    with opened(server, tmp_path) as app:
        report = app.download("sandbox:album:salt", to=tmp_path / "music")
        assert report.ok
        notes = [note for track in report.artifacts[0].manifest.tracks for note in track.notes]
        assert len(notes) == 4
        assert all(note.startswith("cover was left out") for note in notes)


def test_two_processes_do_not_work_on_one_item(server: SandboxServer, tmp_path: Path) -> None:
    """The second is told, and changes nothing."""
    server.add_fault(Fault.parse("slow:salt-*:always:rate=200000"))
    with opened(server, tmp_path) as app, opened(server, tmp_path) as other:
        busy = threading.Event()
        app.brain.events.subscribe(lambda event: busy.set(), kinds=["transfer.started"])
        work = threading.Thread(
            target=app.download, args=("sandbox:album:salt",), kwargs={"to": tmp_path / "music"}
        )
        work.start()
        assert busy.wait(20)
        with pytest.raises(oc.FolderBusy):
            other.download("sandbox:album:salt", to=tmp_path / "music")
        work.join()


def test_cancelling_stops_and_keeps_what_came(server: SandboxServer, tmp_path: Path) -> None:
    """The next run goes on with the part."""
    server.add_fault(Fault.parse("stall:salt-03:1"))
    cancel = threading.Event()
    with opened(server, tmp_path, config={"downloads": {"jobs": 1}}) as app:

        def stop(event: oc.Event) -> None:
            if event.subject and event.subject.endswith("salt-03"):
                cancel.set()

        app.brain.events.subscribe(stop, kinds=["transfer.started"])
        with pytest.raises(oc.Cancelled):
            app.download("sandbox:album:salt", to=tmp_path / "music", cancel=cancel)
    assert not [p for p in files_below(tmp_path / "music") if not p.startswith(".orpheus/")]
    before = len(server.requests)
    with opened(server, tmp_path) as app:
        assert app.download("sandbox:album:salt", to=tmp_path / "music").ok
        assert kinds(app, "job.recovered")
    files = {r.path for r in server.requests[before:] if r.path.startswith("/files/")}
    assert files == {"/files/salt-03.studio.flac", "/files/salt-04.studio.flac"}


# --- plugins in the pipeline ------------------------------------------------------------------


class Shouting:
    """Changes titles on the tags hook, and names the files."""

    @oc.hookimpl
    def orpheus_tags(self, tags: oc.TrackTags) -> oc.TrackTags:
        return attrs.evolve(tags, title=(tags.title or "").upper())

    @oc.hookimpl
    def orpheus_file_name(self) -> str:
        return "{album}/CD{disc}/{track} {title}"


def test_a_stranger_changes_tags_and_layout(server: SandboxServer, tmp_path: Path) -> None:
    """On the same hooks as the core."""
    with opened(server, tmp_path, plugins={"shouting": Shouting()}) as app:
        artifact = app.download("sandbox:album:tides", to=tmp_path / "music").artifacts[0]
    assert artifact.path.parent == tmp_path / "music"
    assert {str(track.file).split("/")[0] for track in artifact.manifest.tracks} == {"CD1", "CD2"}
    first = mutagen.File(artifact.path / str(artifact.manifest.tracks[0].file))
    assert first["title"] == [artifact.manifest.tracks[0].title.upper()]


class Oversized:
    """Hands over a cover that no FLAC file may hold."""

    @oc.hookimpl
    def orpheus_tags(self, tags: oc.TrackTags) -> oc.TrackTags:
        picture = Picture(
            data=b"x" * 17_000_000, type=PictureType.JPEG, width_px=640, height_px=640
        )
        return attrs.evolve(tags, cover=picture)


def test_a_cover_that_the_file_cannot_hold_costs_only_itself(
    server: SandboxServer, tmp_path: Path
) -> None:
    """The other tags are written, and the manifest says what is not."""
    with opened(server, tmp_path, plugins={"oversized": Oversized()}) as app:
        artifact = app.download("sandbox:track:salt-01", to=tmp_path / "music").artifacts[0]
    entry = artifact.manifest.tracks[0]
    assert mutagen.File(artifact.path / str(entry.file))["title"] == [entry.title]
    assert entry.notes[0].startswith("the cover was left out of the tags")


class Insisting:
    """Wants everything done again, for ever."""

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not isinstance(question, oc.RetryQuestion):
            return None
        return oc.Decision(verdict=oc.Verdict.RETRY, reason="again")


def test_no_plugin_can_have_a_stage_done_for_ever(server: SandboxServer, tmp_path: Path) -> None:
    """The job ends, with the stage's own error."""
    plugins = {"insisting": Insisting(), "breaking": Breaking()}
    with opened(server, tmp_path, plugins=plugins) as app:
        report = app.download("sandbox:track:salt-01", to=tmp_path / "music")
        assert report.failures[0].error.code == "plugin.hook-failed"
        attempts = [e for e in kinds(app, "stage.started") if e.data["stage"] == "breaking"]
    assert len(attempts) == 20


class Breaking(oc.TrackStage):
    name = "breaking"
    after = ("download",)
    before = ("verify",)

    @oc.hookimpl
    def orpheus_stages(self) -> list[oc.Stage]:
        return [self]

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        raise ZeroDivisionError("of a stranger")


def test_a_stage_that_breaks_fails_its_tracks_with_a_clear_error(
    server: SandboxServer, tmp_path: Path
) -> None:
    """Named, without a traceback, and switched off by its id."""
    plugins = {"breaking": Breaking()}
    with opened(server, tmp_path, plugins=plugins) as app:
        report = app.download("sandbox:track:salt-01", to=tmp_path / "music")
        error = report.failures[0].error
        assert error.code == "plugin.hook-failed"
        assert error.title == "stage breaking of plugin breaking failed"
        assert error.why == "ZeroDivisionError: of a stranger"
        assert report.exit_status is oc.ExitStatus.PLUGIN
    off = {"plugins": {"disabled": ["breaking"]}}
    with opened(server, tmp_path, plugins=plugins, config=off) as app:
        assert app.download("sandbox:track:salt-01", to=tmp_path / "music").ok


def test_built_ins_are_plugins_that_can_be_switched_off(
    server: SandboxServer, tmp_path: Path
) -> None:
    """Without the cover plugin there is no cover, and nothing else changes."""
    with opened(server, tmp_path, config={"plugins": {"disabled": ["core-cover"]}}) as app:
        artifact = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts[0]
    assert all(entry.role == "audio" for entry in artifact.manifest.files)
    assert artifact.manifest.complete
