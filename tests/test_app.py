"""The application as a script uses it: opened, asked, closed."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.storage import DiskStorage, storage_error
from orpheus_core.testing import Fault, FaultServer, SandboxServer, SimClock, Stall, answer
from orpheus_core.testing.faultserver import Script
from orpheus_core.testing.httpwire import ReceivedRequest
from orpheus_core.testing.sandbox import plugin as sandbox_plugin


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


def opened(
    server: SandboxServer,
    home: Path,
    *,
    storage: oc.Storage | None = None,
    plugins: Mapping[str, object] | None = None,
) -> oc.Orpheus:
    app = oc.Orpheus(
        home,
        clock=SimClock(),
        discover=False,
        plugins={"sandbox": sandbox_plugin, **(plugins or {})},
        storage=storage,
    )
    app.credentials.set("sandbox", "url", server.url)
    return app


class Shop:
    """A service with links of its own, short ones too; it sends nothing by itself."""

    info = oc.ServiceInfo(
        id="shop",
        name="Shop",
        kinds=frozenset({oc.MediaKind.ALBUM, oc.MediaKind.ARTIST}),
        features=frozenset(),
        hosts=("127.0.0.1",),
        links=(
            oc.LinkPattern(host="shop.example", path="/album/{id}", kind=oc.MediaKind.ALBUM),
            oc.LinkPattern(host="127.0.0.1", path="/s/{id}", redirect=True),
        ),
    )

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        if ref.kind is oc.MediaKind.ARTIST:
            return oc.Artist(name="Nobody", ref=ref)
        raise KeyError("tracks")

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        raise NotImplementedError

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        raise NotImplementedError

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[oc.ServiceModule]:
        return [self]


@pytest.fixture
def app(server: SandboxServer, tmp_path: Path) -> Iterator[oc.Orpheus]:
    """With the sandbox and the shop."""
    with opened(server, tmp_path / "home", plugins={"shop": Shop()}) as application:
        yield application


WAYS = {"/s/one": "/s/two", "/s/again": "/s/again", "/s/away": "/secret"}


@pytest.fixture
def short_links() -> Iterator[FaultServer]:
    """A server of short links, with the redirects of `WAYS`; all others lead to album 7."""

    def redirect(request: ReceivedRequest) -> Script:
        way = WAYS.get(request.path)
        to = f"{running.url}{way}" if way else "https://shop.example/album/7"
        return answer(302, headers={"Location": to})

    with FaultServer(redirect) as running:
        yield running


# --- what a target names ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "sandbox:album:salt",
        "https://sandbox.example/album/salt",
        "sandbox.example/album/salt/",
        "http://sandbox.example/album/salt?utm_source=x#top",
    ],
)
def test_a_target_is_a_link_or_a_reference(app: oc.Orpheus, target: str) -> None:
    """In every form that a person may paste."""
    assert str(app.find(target)) == "sandbox:album:salt"


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("salt", oc.InvalidUrl),
        ("", oc.InvalidUrl),
        ("https://nobody.example/album/1", oc.NoService),
        ("nobody:album:1", oc.NoService),
        ("sandbox:albun:1", oc.UnknownWord),
        ("https://sandbox.example/news/1", oc.NotMusic),
    ],
)
def test_what_names_nothing_is_refused_before_anything_is_done(
    app: oc.Orpheus, server: SandboxServer, tmp_path: Path, target: str, error: type[Exception]
) -> None:
    """Also when it is one of several: the others are not begun."""
    with pytest.raises(error):
        app.download(["sandbox:album:salt", target], to=tmp_path / "music")
    assert not (tmp_path / "music").exists()
    assert not server.requests


def test_a_short_link_is_followed_to_its_end(app: oc.Orpheus, short_links: FaultServer) -> None:
    """Over several others, without going to where it leads."""
    assert str(app.find(f"{short_links.url}/s/one")) == "shop:album:7"
    assert [request.path for request in short_links.requests] == ["/s/one", "/s/two"]


def test_a_short_link_without_an_end_is_given_up(app: oc.Orpheus, short_links: FaultServer) -> None:
    """After a few."""
    with pytest.raises(oc.BadRedirect):
        app.find(f"{short_links.url}/s/again")
    assert len(short_links.requests) == 5


def test_a_short_link_that_leads_elsewhere_is_refused(
    app: oc.Orpheus, short_links: FaultServer
) -> None:
    """Nothing is asked there."""
    with pytest.raises(oc.NotMusic):
        app.find(f"{short_links.url}/s/away")
    assert [request.path for request in short_links.requests] == ["/s/away"]


def test_following_a_short_link_can_be_stopped(app: oc.Orpheus, tmp_path: Path) -> None:
    """Its server may never answer."""
    cancel = threading.Event()
    with FaultServer((Stall(),)) as there:

        def stop() -> None:
            there.wait_for_requests(1)
            cancel.set()

        watcher = threading.Thread(target=stop)
        watcher.start()
        with pytest.raises(oc.Cancelled):
            app.download(f"{there.url}/s/one", to=tmp_path / "music", cancel=cancel)
        watcher.join(20)


# --- several targets --------------------------------------------------------------------------


def test_of_several_targets_each_is_tried(
    app: oc.Orpheus, server: SandboxServer, tmp_path: Path
) -> None:
    """One is unknown, the plugin of another breaks, a short link is dead: the last one comes."""
    with FaultServer(answer(404)) as dead:
        report = app.download(
            [
                f"{dead.url}/s/one",
                "sandbox:album:unknown",
                "shop:album:1",
                "sandbox:album:salt",
            ],
            to=tmp_path / "music",
        )
    assert [artifact.manifest.origin.ref for artifact in report.artifacts] == ["sandbox:album:salt"]
    assert [(f.ref, f.error.code) for f in report.failures] == [
        (f"{dead.url}/s/one", "svc.not-found"),
        ("sandbox:album:unknown", "svc.not-found"),
        ("shop:album:1", "plugin.hook-failed"),
    ]
    assert report.exit_status is oc.ExitStatus.PARTIAL


def test_a_target_that_is_named_twice_is_one_job(
    app: oc.Orpheus, server: SandboxServer, tmp_path: Path
) -> None:
    """However it is written."""
    targets = ["sandbox:album:salt", "https://sandbox.example/album/salt"]
    report = app.download(targets, to=tmp_path / "music")
    assert len(report.artifacts) == 1
    assert sum(request.path == "/api/albums/salt" for request in server.requests) == 1


def test_an_artist_of_whom_one_release_fails_brings_the_others(
    app: oc.Orpheus, server: SandboxServer, tmp_path: Path
) -> None:
    """Each release is a job of its own."""
    server.add_fault(Fault.parse("404:/api/albums/salt:always"))
    hits = app.search("sandbox", "artist", "a", limit=50)
    artists = {str(hit.ref): releases_of(app, hit.ref) for hit in hits}
    artist, releases = next(
        (ref, found) for ref, found in artists.items() if len(found) > 1 and "salt" in found
    )
    report = app.download(artist, to=tmp_path / "music")
    there = [artifact.manifest.origin.ref.split(":")[2] for artifact in report.artifacts]
    assert sorted([*there, "salt"]) == sorted(releases)
    assert [failure.ref for failure in report.failures] == ["sandbox:album:salt"]


def releases_of(app: oc.Orpheus, ref: oc.MediaRef) -> list[str]:
    media = app.registry.get_service("sandbox").resolve(app.client("sandbox"), ref)
    assert isinstance(media, oc.Artist)
    return [release.id for release in media.releases]


def test_an_artist_without_releases_is_no_success(app: oc.Orpheus, tmp_path: Path) -> None:
    """Nothing was there to be had."""
    with pytest.raises(oc.ItemNotFound, match="'Nobody' at Shop has no releases"):
        app.download("shop:artist:1", to=tmp_path / "music")


class Refusing(DiskStorage):
    """Refuses to put the folder of one album in place."""

    def __init__(self, number: int, album: str) -> None:
        super().__init__()
        self._error, self._album = OSError(number, "refused"), album

    def rename(self, source: Path, target: Path) -> None:
        if self._album in target.name:
            raise storage_error(self._error, target)
        super().rename(source, target)


THREE = ["sandbox:album:salt", "sandbox:album:tides", "sandbox:album:harbour"]


def test_when_the_disk_is_full_the_rest_is_not_tried(server: SandboxServer, tmp_path: Path) -> None:
    """What is finished is in the report, and what is not begun as well."""
    with opened(server, tmp_path / "probe") as app:
        name = app.download(THREE[1], to=tmp_path / "probe").artifacts[0].path.name
    before = len(server.requests)
    with opened(server, tmp_path / "home", storage=Refusing(errno.ENOSPC, name)) as app:
        report = app.download(THREE, to=tmp_path / "music")
    assert [artifact.manifest.origin.ref for artifact in report.artifacts] == THREE[:1]
    assert [(f.ref, f.error.code) for f in report.failures] == [
        (ref, "io.disk-full") for ref in THREE[1:]
    ]
    assert not [r for r in server.requests[before:] if "harbour" in r.path]


def test_what_only_one_item_meets_does_not_stop_the_others(
    server: SandboxServer, tmp_path: Path
) -> None:
    """Its name is too long for this disk, say."""
    with opened(server, tmp_path / "probe") as app:
        name = app.download(THREE[1], to=tmp_path / "probe").artifacts[0].path.name
    with opened(server, tmp_path / "home", storage=Refusing(errno.ENAMETOOLONG, name)) as app:
        report = app.download(THREE, to=tmp_path / "music")
    assert [(f.ref, f.error.code) for f in report.failures] == [(THREE[1], "io.name-too-long")]
    assert len(report.artifacts) == 2


@pytest.mark.parametrize("targets", [THREE[:1], THREE], ids=["one", "several"])
def test_a_folder_that_cannot_be_written_is_an_error(
    app: oc.Orpheus, server: SandboxServer, tmp_path: Path, targets: list[str]
) -> None:
    """A file is where the folder should be: not even root can write there. No file is asked for."""
    (tmp_path / "music").write_text("in the way")
    with pytest.raises(oc.NoPermission) as caught:
        app.download(targets, to=tmp_path / "music")
    assert caught.value.exit_status is oc.ExitStatus.STORAGE
    assert not server.requests


# --- where to ---------------------------------------------------------------------------------


def test_the_folder_is_the_argument_or_the_setting_or_music_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this order; a tilde is the home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("XDG_MUSIC_DIR", str(tmp_path / "Songs"))
    monkeypatch.chdir(tmp_path)
    config = {"downloads.folder": "~/collected"}
    with oc.Orpheus(tmp_path, config, discover=False) as app:
        assert app.target_folder("here") == tmp_path / "here"
        assert app.target_folder("~/x") == tmp_path / "x"
        assert app.target_folder() == tmp_path / "collected"
    with oc.Orpheus(tmp_path, discover=False) as app:
        assert app.target_folder().name == "Orpheus"
        assert app.target_folder().is_absolute()


@pytest.mark.parametrize("folder", ["~nobody-of-this-name/music", "a\0b"])
def test_a_folder_that_cannot_be_is_said_so(app: oc.Orpheus, folder: str) -> None:
    """Not an exception of the system."""
    with pytest.raises(oc.WrongArguments):
        app.download("sandbox:album:salt", to=folder)


# --- asking, checking, closing ----------------------------------------------------------------


def test_a_search_finds_what_can_be_downloaded(app: oc.Orpheus) -> None:
    """At most as many as asked for, by the words that people use for kinds."""
    hits = app.search("sandbox", "albums", "a", limit=2)
    assert len(hits) == 2
    assert all(hit.ref.kind is oc.MediaKind.ALBUM for hit in hits)
    assert app.search("sandbox", "track", "there is no such song") == []
    with pytest.raises(oc.NoService):
        app.search("sandboks", "album", "a")
    with pytest.raises(oc.UnknownWord):
        app.search("sandbox", "label", "a")


def test_verifying_tells_of_each_finding(app: oc.Orpheus, tmp_path: Path) -> None:
    """As events, and as the answer."""
    artifact = app.download("sandbox:track:salt-01", to=tmp_path / "music").artifacts[0]
    told: list[str] = []
    app.brain.events.subscribe(lambda event: told.append(event.kind), kinds=["artifact.*"])
    assert app.verify(artifact.path).ok
    assert app.verify(str(artifact.path)).ok
    (artifact.path / str(artifact.manifest.tracks[0].file)).unlink()
    assert not app.verify(artifact.path).ok
    assert told == ["artifact.verified", "artifact.verified", "artifact.mismatched"]


class Closing:
    def __init__(self) -> None:
        self.count = 0

    @oc.hookimpl
    def orpheus_teardown(self) -> None:
        self.count += 1
        raise RuntimeError("cannot let go")


def test_closing_lets_plugins_go_once_and_never_fails(tmp_path: Path) -> None:
    """Twice is fine, as in a with block that closes by hand."""
    closing = Closing()
    told: list[str] = []
    with oc.Orpheus(tmp_path, discover=False, plugins={"closing": closing}) as app:
        app.brain.events.subscribe(lambda event: told.append(event.kind), kinds=["system.*"])
        app.close()
    assert closing.count == 1
    assert told == ["system.stopped"]


def test_the_default_application_is_one_for_all_threads_and_closed_at_the_end() -> None:
    """Whoever asks first opens it."""
    code = (
        "import threading, orpheus_core as oc\n"
        "found = []\n"
        "threads = [threading.Thread(target=lambda: found.append(oc.brain)) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "assert len(set(map(id, found))) == 1\n"
        "oc.brain.events.subscribe(lambda event: print(event.kind), kinds=['system.*'])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "system.stopped\n"
