"""What the service is and can: its links, hosts, limits and features."""

from __future__ import annotations

import orpheus_core as oc

SERVICE = "deezer"
API = "https://api.deezer.com"
SITE = "https://www.deezer.com"

_KINDS = (oc.MediaKind.ALBUM, oc.MediaKind.TRACK, oc.MediaKind.PLAYLIST, oc.MediaKind.ARTIST)
_HOSTS = ("www.deezer.com", "deezer.com")
_SHORT_LINKS = (("deezer.page.link", "/{id}"), ("link.deezer.com", "/s/{id}"))
_ID_FORM = "[0-9]{1,19}"

INFO = oc.ServiceInfo(
    id=SERVICE,
    name="Deezer",
    kinds=frozenset(_KINDS),
    features=frozenset(
        {oc.Feature.SEARCH, oc.Feature.COVERS, oc.Feature.CREDITS, oc.Feature.PREVIEWS}
    ),
    hosts=("api.deezer.com", *_HOSTS, "link.deezer.com", "deezer.page.link", "*.dzcdn.net"),
    links=(
        *(
            oc.LinkPattern(
                host=host, path=f"/{{any?}}/{kind.value}/{{id}}", kind=kind, id_form=_ID_FORM
            )
            for host in _HOSTS
            for kind in _KINDS
        ),
        *(oc.LinkPattern(host=host, path=path, redirect=True) for host, path in _SHORT_LINKS),
    ),
    qualities=(oc.Quality.MEDIUM,),
    # Deezer allows one address 50 requests in 5 s; five are left to the person's own browser.
    limits=(oc.RateLimit(requests=45, window_s=5.0),),
    note="only 30-second previews can be downloaded: full tracks come as protected streams",
)


def link(kind: oc.MediaKind, ident: int | str) -> str:
    """The page of an item, in the one form that every country is led on from."""
    return f"{SITE}/{kind.value}/{ident}"
