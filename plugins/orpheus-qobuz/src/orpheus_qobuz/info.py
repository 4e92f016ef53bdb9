"""What the service is and can: its links, hosts, credentials and features."""

from __future__ import annotations

import re
from urllib.parse import quote

import orpheus_core as oc

SERVICE = "qobuz"
API = "https://www.qobuz.com/api.json/0.2"

_KINDS = (
    oc.MediaKind.ALBUM,
    oc.MediaKind.TRACK,
    oc.MediaKind.PLAYLIST,
    oc.MediaKind.ARTIST,
    oc.MediaKind.LABEL,
)
_PLAYERS = ("open.qobuz.com", "play.qobuz.com")
_SHOPS = ("www.qobuz.com", "qobuz.com")
_FILE_HOSTS = ("streaming-qobuz-std.akamaized.net", "streaming-qobuz-sec.akamaized.net")

# {any?} is the country, as in /us-en/; {any} the title, for people to read.
_SHOP_PATHS = (
    ("/{any?}/album/{any}/{id}", oc.MediaKind.ALBUM),
    ("/{any?}/interpreter/{any}/{id}", oc.MediaKind.ARTIST),
    ("/{any?}/label/{any}/{id}", oc.MediaKind.LABEL),
    ("/{any?}/label/{any}/download-streaming-albums/{id}", oc.MediaKind.LABEL),
    ("/{any?}/playlists/{any}/{id}", oc.MediaKind.PLAYLIST),
)

_NUMBER_FORM = "[0-9]{1,19}"
_ALBUM_FORM = "[0-9A-Za-z]{1,40}"


def id_form(kind: oc.MediaKind) -> str:
    """The form of an id: of an album a barcode or a short word, of all else a number."""
    return _ALBUM_FORM if kind is oc.MediaKind.ALBUM else _NUMBER_FORM


def is_id(kind: oc.MediaKind, ident: str) -> bool:
    """Whether *ident* has the form of an id."""
    return re.fullmatch(id_form(kind), ident) is not None


INFO = oc.ServiceInfo(
    id=SERVICE,
    name="Qobuz",
    kinds=frozenset(_KINDS),
    features=frozenset(
        {oc.Feature.DOWNLOAD, oc.Feature.SEARCH, oc.Feature.COVERS, oc.Feature.CREDITS}
    ),
    hosts=(*_SHOPS, *_PLAYERS, "static.qobuz.com", *_FILE_HOSTS),
    links=(
        *(
            oc.LinkPattern(
                host=host, path=f"/{kind.value}/{{id}}", kind=kind, id_form=id_form(kind)
            )
            for host in _PLAYERS
            for kind in _KINDS
        ),
        *(
            oc.LinkPattern(host=host, path=path, kind=kind, id_form=id_form(kind))
            for host in _SHOPS
            for path, kind in _SHOP_PATHS
        ),
    ),
    qualities=(oc.Quality.HIGH, oc.Quality.LOSSLESS, oc.Quality.HIRES),
    credentials=(
        oc.CredentialField(name="app_id", label="application id, issued by Qobuz", secret=False),
        oc.CredentialField(name="app_secret", label="secret of that application"),
        oc.CredentialField(name="user_auth_token", label="token of your signed-in account"),
    ),
    # Qobuz states no number. This one is ours, so that a long playlist does not come as a burst.
    limits=(oc.RateLimit(requests=20, window_s=2.0),),
    note="needs an application id and secret that Qobuz issued to you; none is shipped",
)


def link(kind: oc.MediaKind, ident: int | str) -> str:
    """The page of an item, in the one form that every country is led on from."""
    return f"https://open.qobuz.com/{kind.value}/{quote(str(ident), safe='')}"
