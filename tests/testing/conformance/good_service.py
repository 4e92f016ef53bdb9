"""A small service plugin that keeps every rule, to be broken in one place at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

import attrs

import orpheus_core as oc
from orpheus_core.testing import Reply, ServiceSample

API = "https://api.good.example"
FILES = "https://files.good.example"
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class TrackShape:
    """A track, as the service writes it."""

    id: str
    title: str
    isrc: str = "XXA012600001"
    duration: float = 100.0
    number: int = 1
    lyrics: str = "la la"
    writer: str = "Nobody"


@attrs.frozen(kw_only=True)
class AlbumShape:
    """An album, with its tracks."""

    id: str
    title: str
    upc: str = "000000000017"
    cover: str = "https://files.good.example/cover.jpg"
    tracks: tuple[TrackShape, ...]


@attrs.frozen(kw_only=True)
class FileShape:
    """Where a file is."""

    url: str
    bits: int


@attrs.frozen(kw_only=True)
class HitsShape:
    """What a search finds."""

    hits: tuple[AlbumShape, ...]


def link(kind: oc.MediaKind, ident: str) -> str:
    """The page of an item."""
    return f"https://www.good.example/{kind.value}/{ident}"


INFO = oc.ServiceInfo(
    id="good",
    name="Good",
    kinds=frozenset({oc.MediaKind.ALBUM, oc.MediaKind.TRACK}),
    features=frozenset(
        {
            oc.Feature.DOWNLOAD,
            oc.Feature.PREVIEWS,
            oc.Feature.SEARCH,
            oc.Feature.COVERS,
            oc.Feature.CREDITS,
            oc.Feature.LYRICS,
        }
    ),
    hosts=("api.good.example", "files.good.example", "good.link"),
    links=(
        oc.LinkPattern(host="www.good.example", path="/album/{id}", kind=oc.MediaKind.ALBUM),
        oc.LinkPattern(host="www.good.example", path="/track/{id}", kind=oc.MediaKind.TRACK),
        oc.LinkPattern(host="good.link", path="/{id}", redirect=True),
    ),
    qualities=(oc.Quality.LOSSLESS,),
    credentials=(
        oc.CredentialField(name="user", label="name", secret=False),
        oc.CredentialField(name="token", label="token"),
    ),
)


class GoodService:
    """The service; what it does in steps, each of which can be broken by itself."""

    info = INFO

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        if ref.kind is oc.MediaKind.ALBUM:
            return self.release(self.get(client, AlbumShape, "albums", ref.id))
        return self.track(self.get(client, TrackShape, "tracks", ref.id))

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        which = "preview" if wish.previews else "whole"
        shape = self.get(client, FileShape, "tracks", track.ref.id, which)
        format_ = oc.AudioFormat(codec=oc.Codec.FLAC, bit_depth=shape.bits, sample_rate_hz=44_100)
        return oc.MediaFile(url=shape.url, format=format_, preview=wish.previews)

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        found = self.get(client, HitsShape, "search", params={"q": query})
        return [self.hit(shape) for shape in found.hits][:limit]

    def get(
        self,
        client: oc.ServiceClient,
        shape: type[T],
        *path: str,
        params: Mapping[str, str | int] | None = None,
    ) -> T:
        url = "/".join([API, *(quote(part, safe="") for part in path)])
        return client.get(url, shape, params=params, headers=self.headers(client))

    def headers(self, client: oc.ServiceClient) -> dict[str, str]:
        token = client.credential("token")
        if not token:
            raise oc.LoginNeeded("Good wants a token")
        return {"X-Token": token, "X-User": client.credential("user") or ""}

    def release(self, shape: AlbumShape) -> oc.Release:
        return oc.Release(
            ref=oc.MediaRef("good", oc.MediaKind.ALBUM, shape.id),
            title=shape.title,
            upc=shape.upc,
            images=(oc.Image(url=shape.cover),),
            url=link(oc.MediaKind.ALBUM, shape.id),
            track_total=len(shape.tracks),
            tracks=tuple(map(self.track, shape.tracks)),
        )

    def track(self, shape: TrackShape) -> oc.Track:
        return oc.Track(
            ref=oc.MediaRef("good", oc.MediaKind.TRACK, shape.id),
            title=shape.title,
            isrc=shape.isrc,
            duration_s=shape.duration,
            track_number=shape.number,
            disc_number=1,
            credits=(oc.Credit(name=shape.writer, role=oc.CreditRole.COMPOSER),),
            lyrics=oc.Lyrics(text=shape.lyrics),
            url=link(oc.MediaKind.TRACK, shape.id),
        )

    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        return oc.SearchHit(
            ref=oc.MediaRef("good", oc.MediaKind.ALBUM, shape.id),
            title=shape.title,
            url=link(oc.MediaKind.ALBUM, shape.id),
        )


class Plugin:
    """Brings one service."""

    def __init__(self, module: oc.ServiceModule | None = None) -> None:
        self.module = module or GoodService()

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[oc.ServiceModule]:
        return [self.module]


ALBUM = oc.MediaRef("good", oc.MediaKind.ALBUM, "a1")
TRACK = oc.MediaRef("good", oc.MediaKind.TRACK, "t1")

_TRACKS = [{"id": "t1", "title": "One"}, {"id": "t2", "title": "Two", "number": 2}]
_ALBUMS = [{"id": f"a{n}", "title": f"Album {n}", "tracks": _TRACKS} for n in (1, 2, 3)]

SAMPLE = ServiceSample(
    answers={
        f"{API}/albums/a1": _ALBUMS[0],
        f"{API}/tracks/t1": _TRACKS[0],
        f"{API}/tracks/t1/whole": {"url": f"{FILES}/t1.flac", "bits": 16},
        f"{API}/tracks/t1/preview": {"url": f"{FILES}/t1-preview.flac", "bits": 16},
        f"{API}/search?q=album": {"hits": _ALBUMS},
        f"{API}/albums/nothing": Reply(status=404),
        "https://good.link/x1": Reply(
            status=302, headers={"Location": link(oc.MediaKind.ALBUM, "a1")}
        ),
    },
    links={
        link(oc.MediaKind.ALBUM, "a1"): ALBUM,
        link(oc.MediaKind.TRACK, "t1"): TRACK,
        "https://good.link/x1": ALBUM,
    },
    resolves=(ALBUM, TRACK),
    downloads=((TRACK, oc.QualityWish()), (TRACK, oc.QualityWish(previews=True))),
    searches=((oc.MediaKind.ALBUM, "album"),),
    unknown=(oc.MediaRef("good", oc.MediaKind.ALBUM, "nothing"),),
    credentials={"user": "ada", "token": "t0k3n-0123456789"},
)
