"""What the service is and can: its links, hosts, limits and features."""

from __future__ import annotations

import orpheus_core as oc

SERVICE = "harbour"
HOST = "harbour.example"
ID_FORM = "[0-9a-z-]{1,32}"

_KINDS = (oc.MediaKind.ALBUM, oc.MediaKind.TRACK)

INFO = oc.ServiceInfo(
    id=SERVICE,
    name="Harbour",
    kinds=frozenset(_KINDS),
    features=frozenset({oc.Feature.COVERS, oc.Feature.DOWNLOAD, oc.Feature.SEARCH}),
    hosts=("127.0.0.1",),
    links=tuple(
        oc.LinkPattern(host=HOST, path=f"/{kind.value}/{{id}}", kind=kind, id_form=ID_FORM)
        for kind in _KINDS
    ),
    qualities=(oc.Quality.LOSSLESS,),
    limits=(oc.RateLimit(requests=10, window_s=1.0),),
    credentials=(oc.CredentialField(name="url", label="address of the server", secret=False),),
)


def page(kind: oc.MediaKind, ident: str) -> str:
    """Return the page of an item, as a person opens it."""
    return f"https://{HOST}/{kind.value}/{ident}"
