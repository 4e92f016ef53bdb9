"""Links: every form that Qobuz gives out, and none that leads elsewhere."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_qobuz.info import INFO, link

ALBUM, ARTIST, LABEL = oc.MediaKind.ALBUM, oc.MediaKind.ARTIST, oc.MediaKind.LABEL


def claimed(text: str) -> tuple[oc.MediaKind | None, str] | None:
    """Kind and id that the first matching pattern reads from *text*."""
    url = oc.Url.parse(text)
    for pattern in INFO.links:
        ident = pattern.match(url)
        if ident is not None:
            return pattern.kind, ident
    return None


@pytest.mark.parametrize("host", ["open.qobuz.com", "play.qobuz.com"])
@pytest.mark.parametrize("kind", ["album", "track", "playlist", "artist", "label"])
def test_page_of_a_player_is_claimed(host: str, kind: str) -> None:
    """The players' links name kind and id."""
    assert claimed(f"https://{host}/{kind}/19512574") == (oc.MediaKind(kind), "19512574")


@pytest.mark.parametrize("host", ["www.qobuz.com", "qobuz.com"])
@pytest.mark.parametrize("country", ["", "fr-fr/", "us-en/"])
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("album/rumours-fleetwood-mac/0603497941032", (ALBUM, "0603497941032")),
        ("album/mount-to-nothing-sangam/hxyqb40xat3uc", (ALBUM, "hxyqb40xat3uc")),
        ("interpreter/fleetwood-mac/132127", (ARTIST, "132127")),
        ("label/rhino-warner-records/323970", (LABEL, "323970")),
        ("label/ecm/download-streaming-albums/15", (LABEL, "15")),
        ("playlists/gems-of-the-week/5966313", (oc.MediaKind.PLAYLIST, "5966313")),
    ],
)
def test_page_of_the_shop_is_claimed_with_and_without_country(
    host: str, country: str, path: str, found: tuple[oc.MediaKind, str]
) -> None:
    """The shop's links have a country and a title, which say nothing about the item."""
    assert claimed(f"https://{host}/{country}{path}") == found


@pytest.mark.parametrize(
    "text",
    [
        "open.qobuz.com/album/0603497941032",
        "http://open.qobuz.com/album/0603497941032/",
        "https://OPEN.Qobuz.com/album/0603497941032?zone=us-en#top",
    ],
)
def test_spelling_of_the_link_does_not_matter(text: str) -> None:
    """Scheme, case of the host, last slash, query and fragment say nothing about the item."""
    assert claimed(text) == (ALBUM, "0603497941032")


@pytest.mark.parametrize(
    "text",
    [
        "https://open.qobuz.com/album/",
        "https://open.qobuz.com/album/a-b",
        "https://open.qobuz.com/track/abc",
        "https://open.qobuz.com/artist/-1",
        "https://open.qobuz.com/artist/" + "9" * 20,
        "https://www.qobuz.com/us-en/interpreter/fleetwood-mac/download-streaming-albums",
        "https://www.qobuz.com/us-en/shop/jazz/15",
        "https://open.qobuz.com.example/album/0603497941032",
    ],
)
def test_other_paths_are_not_claimed(text: str) -> None:
    """What is no item's page is left to the message about the forms that are known."""
    assert claimed(text) is None


@pytest.mark.parametrize("kind", list(oc.MediaKind))
def test_link_that_is_written_is_a_link_that_is_read(kind: oc.MediaKind) -> None:
    """What stands in the tags leads back to the item."""
    assert claimed(link(kind, "19512574")) == (kind, "19512574")


def test_every_host_of_a_link_may_be_talked_to() -> None:
    """What is claimed is what is declared."""
    assert {pattern.host for pattern in INFO.links} <= set(INFO.hosts)


def test_no_wildcard_admits_hosts_of_others() -> None:
    """Files lie at a host of a network that serves anybody: it is named in full."""
    assert not [host for host in INFO.hosts if host.startswith("*.") or host == "akamaized.net"]


def test_secrets_are_marked_as_such() -> None:
    """What is asked for is shown as it is typed, or not."""
    assert {field.name: field.secret for field in INFO.credentials} == {
        "app_id": False,
        "app_secret": True,
        "user_auth_token": True,
    }
