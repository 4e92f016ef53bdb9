"""The sandbox as a service plugin: what any service plugin is, at its smallest.

It asks the server whose address is its credential ``url`` (``ORPHEUS_SANDBOX_URL``), as a
plugin for a person's own server would, and sends the credential ``token`` along; a login with
user name and password brings one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

import orpheus_core as oc
from orpheus_core.testing.sandbox.address import api_url
from orpheus_core.testing.sandbox.catalogue import SITE
from orpheus_core.testing.sandbox.login import PasswordLogin

_HOST = SITE.removeprefix("https://")
_PAGE = 50

T = TypeVar("T")


@attrs.frozen
class _Artist:
    id: str
    name: str
    link: str
    role: str = "main_artist"


@attrs.frozen
class _Cover:
    url: str
    width: int
    height: int


@attrs.frozen(kw_only=True)
class _Album:
    id: str
    title: str
    version: str | None = None
    type: str
    artists: tuple[_Artist, ...]
    date: str | None = None
    label: str | None = None
    upc: str | None = None
    genres: tuple[str, ...] = ()
    copyright: str | None = None
    explicit: bool = False
    track_total: int
    disc_total: int
    link: str
    cover: _Cover | None = None


@attrs.frozen
class _Credit:
    name: str
    role: str


@attrs.frozen(kw_only=True)
class _Track:
    id: str
    title: str
    version: str | None = None
    artists: tuple[_Artist, ...]
    album: _Album
    track_number: int
    disc_number: int
    duration_s: float
    isrc: str | None = None
    explicit: bool = False
    copyright: str | None = None
    credits: tuple[_Credit, ...] = ()
    link: str
    qualities: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _Page:
    total: int
    next: str | None = None
    items: tuple[_Track, ...] = ()


@attrs.frozen(kw_only=True)
class _Playlist:
    id: str
    title: str
    owner: str | None = None
    description: str | None = None
    track_total: int
    link: str


@attrs.frozen(kw_only=True)
class _ArtistPage:
    id: str
    name: str
    link: str
    albums: tuple[_Album, ...] = ()


@attrs.frozen(kw_only=True)
class _File:
    url: str
    codec: str
    size_bytes: int
    sha256: str
    duration_s: float
    sample_rate_hz: int | None = None
    bit_depth: int | None = None
    bitrate_kbps: int | None = None
    channels: int | None = None


@attrs.frozen(kw_only=True)
class _Hit:
    id: str
    link: str
    title: str | None = None
    name: str | None = None
    artists: tuple[_Artist, ...] = ()
    date: str | None = None
    track_total: int | None = None


@attrs.frozen(kw_only=True)
class _Hits:
    next: str | None = None
    items: tuple[_Hit, ...] = ()


class SandboxModule:
    """Resolves, finds and hands out what the sandbox server holds."""

    info = oc.ServiceInfo(
        id="sandbox",
        name="Sandbox",
        kinds=frozenset(
            {oc.MediaKind.TRACK, oc.MediaKind.ALBUM, oc.MediaKind.PLAYLIST, oc.MediaKind.ARTIST}
        ),
        features=frozenset(
            {oc.Feature.DOWNLOAD, oc.Feature.SEARCH, oc.Feature.COVERS, oc.Feature.CREDITS}
        ),
        hosts=("127.0.0.1", "nx.invalid"),
        links=tuple(
            oc.LinkPattern(host=_HOST, path=f"/{kind.value}/{{id}}", kind=kind)
            for kind in (
                oc.MediaKind.ALBUM,
                oc.MediaKind.TRACK,
                oc.MediaKind.PLAYLIST,
                oc.MediaKind.ARTIST,
            )
        ),
        qualities=(oc.Quality.HIGH, oc.Quality.LOSSLESS, oc.Quality.HIRES),
        credentials=(
            oc.CredentialField(name="url", label="address of the server", secret=False),
            oc.CredentialField(name="token", label="token, sent along; this server asks for none"),
        ),
        note="a service of its own on this machine, to try things out: see orpheus demo",
    )

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        """Return what *ref* names."""
        if ref.kind is oc.MediaKind.ALBUM:
            album = _get(client, _Album, "albums", ref.id)
            tracks = _pages(client, "albums", ref.id)
            return attrs.evolve(_release(album), tracks=tuple(map(_track, tracks)))
        if ref.kind is oc.MediaKind.PLAYLIST:
            playlist = _get(client, _Playlist, "playlists", ref.id)
            tracks = _pages(client, "playlists", ref.id)
            return oc.Playlist(
                ref=ref,
                title=playlist.title,
                owner=playlist.owner,
                description=playlist.description,
                url=playlist.link,
                track_total=playlist.track_total,
                tracks=tuple(map(_track, tracks)),
            )
        if ref.kind is oc.MediaKind.ARTIST:
            page = _get(client, _ArtistPage, "artists", ref.id)
            return oc.Artist(
                name=page.name,
                ref=ref,
                url=page.link,
                releases=tuple(_ref(oc.MediaKind.ALBUM, album.id) for album in page.albums),
            )
        return _track(_get(client, _Track, "tracks", ref.id))

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        """Return the best file that *wish* allows."""
        offered = _get(client, _Track, "tracks", track.ref.id).qualities
        allowed = [quality for quality in map(oc.Quality.parse, offered) if wish.allows(quality)]
        if not allowed:
            raise oc.QualityUnavailable(
                f"{track.full_title!r} is not offered in {wish.wanted.value}",
                why=f"it is offered in {', '.join(offered)}",
            )
        params = {"quality": max(allowed).value}
        file = _get(client, _File, "tracks", track.ref.id, "file", params=params)
        return oc.MediaFile(
            url=file.url,
            format=oc.AudioFormat(
                codec=oc.Codec(file.codec),
                sample_rate_hz=file.sample_rate_hz,
                bit_depth=file.bit_depth,
                bitrate_kbps=file.bitrate_kbps,
                channels=file.channels,
            ),
            size_bytes=file.size_bytes,
            duration_s=file.duration_s,
            sha256=file.sha256,
        )

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        """Return what the server finds."""
        hits: list[oc.SearchHit] = []
        while len(hits) < limit:
            params = {"q": query, "limit": str(limit), "offset": str(len(hits))}
            page = _get(client, _Hits, "search", f"{kind.value}s", params=params)
            hits += [_hit(kind, item) for item in page.items]
            if page.next is None or not page.items:
                break
        return hits[:limit]


def _get(
    client: oc.ServiceClient, shape: type[T], *path: str, params: Mapping[str, str] | None = None
) -> T:
    token = client.credential("token")
    headers = {"X-Sandbox-Token": token} if token else {}
    return client.get(api_url(client, *path), shape, params=params, headers=headers)


def _pages(client: oc.ServiceClient, kind: str, ident: str) -> list[_Track]:
    tracks: list[_Track] = []
    while True:
        params = {"limit": str(_PAGE), "offset": str(len(tracks))}
        page = _get(client, _Page, kind, ident, "tracks", params=params)
        tracks += page.items
        if page.next is None or not page.items:
            return tracks


def _ref(kind: oc.MediaKind, ident: str) -> oc.MediaRef:
    return oc.MediaRef("sandbox", kind, ident)


def _artists(artists: tuple[_Artist, ...]) -> tuple[oc.Artist, ...]:
    return tuple(
        oc.Artist(name=artist.name, ref=_ref(oc.MediaKind.ARTIST, artist.id), url=artist.link)
        for artist in artists
    )


def _release(album: _Album) -> oc.Release:
    cover = album.cover
    return oc.Release(
        ref=_ref(oc.MediaKind.ALBUM, album.id),
        title=album.title,
        version=album.version,
        type=oc.ReleaseType(album.type),
        artists=_artists(album.artists),
        date=oc.PartialDate.parse(album.date),
        label=album.label,
        upc=album.upc,
        genres=album.genres,
        copyright=album.copyright,
        explicit=album.explicit,
        images=(oc.Image(url=cover.url, width=cover.width, height=cover.height),) if cover else (),
        url=album.link,
        track_total=album.track_total,
        disc_total=album.disc_total,
    )


def _track(track: _Track) -> oc.Track:
    return oc.Track(
        ref=_ref(oc.MediaKind.TRACK, track.id),
        title=track.title,
        version=track.version,
        artists=_artists(track.artists),
        duration_s=track.duration_s,
        track_number=track.track_number,
        disc_number=track.disc_number,
        isrc=track.isrc,
        explicit=track.explicit,
        credits=tuple(
            oc.Credit(name=credit.name, role=oc.CreditRole(credit.role)) for credit in track.credits
        ),
        copyright=track.copyright,
        url=track.link,
        release=_release(track.album),
    )


def _hit(kind: oc.MediaKind, item: _Hit) -> oc.SearchHit:
    date = oc.PartialDate.parse(item.date)
    return oc.SearchHit(
        ref=_ref(kind, item.id),
        title=item.title or item.name or item.id,
        artist=", ".join(artist.name for artist in item.artists),
        year=date.year if date else None,
        track_total=item.track_total,
        url=item.link,
    )


@oc.hookimpl
def orpheus_modules() -> Sequence[oc.ServiceModule]:
    """Bring the sandbox service."""
    return [SandboxModule()]


@oc.hookimpl
def orpheus_login_strategies() -> Sequence[oc.LoginStrategy]:
    """Bring the sandbox's login."""
    return [PasswordLogin()]


@oc.hookimpl
def orpheus_commands() -> Sequence[oc.Command]:
    """Bring ``orpheus sandbox``."""
    from orpheus_core.testing.sandbox.command import COMMAND  # Click, and only needed for it

    return [COMMAND]
