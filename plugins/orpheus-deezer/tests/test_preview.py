"""Files: the preview where it is wished for, and never in the place of the track."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_core.testing import CannedClient
from orpheus_deezer.module import DeezerModule

API = "https://api.deezer.com"
TRACK = oc.Track(ref=oc.MediaRef("deezer", oc.MediaKind.TRACK, "3135556"), title="Harder")
PREVIEWS = oc.QualityWish(previews=True)
OLD = "https://cdns-preview-d.dzcdn.net/stream/c-deda7fa9316d9e9e880d2c6207e92260-5.mp3"
NEW = "https://cdnt-preview.dzcdn.net/api/1/1/d/e/0/deda7fa.mp3?hdnea=exp=1700000000~hmac=ab"


def preview(wish: oc.QualityWish = PREVIEWS, **answer: object) -> oc.MediaFile:
    client = CannedClient("deezer", {f"{API}/track/3135556": {"id": 3135556, **answer}})
    return DeezerModule().file(client, TRACK, wish)


def test_whole_track_is_protected_and_the_way_on_is_named() -> None:
    """Nothing is asked, nothing is downloaded; the next step is a command."""
    client = CannedClient("deezer")

    with pytest.raises(oc.ProtectedContent) as caught:
        DeezerModule().file(client, TRACK, oc.QualityWish())

    error = caught.value
    assert "'Harder'" in error.title
    assert "preview" in error.why
    command = "orpheus download --previews https://www.deezer.com/track/3135556"
    assert error.next_step.startswith(command)
    assert client.calls == []


@pytest.mark.parametrize("url", [OLD, NEW])
def test_preview_is_named_as_such(url: str) -> None:
    """It is an MP3 of 30 seconds, and says that it is a preview."""
    file = preview(preview=url, duration=224, readable=True)

    assert file.url == url
    assert file.preview is True
    assert file.format == oc.AudioFormat(codec=oc.Codec.MP3, bitrate_kbps=128)
    assert file.duration_s == 30.0


def test_preview_of_a_short_track_is_no_longer_than_the_track() -> None:
    """An interlude of 12 s has a preview of 12 s."""
    assert preview(preview=OLD, duration=12).duration_s == 12.0


def test_renewed_link_is_known_to_lead_to_the_same_file() -> None:
    """Host and signature change, the path does not: a part can be resumed."""
    first = preview(preview=NEW)
    again = preview(preview=NEW.replace("hmac=ab", "hmac=cd").replace("cdnt", "cdns"))
    other = preview(preview=NEW.replace("deda7fa", "0000000"))

    assert first.stable_id == again.stable_id != other.stable_id


def test_preview_is_asked_for_each_time() -> None:
    """Its link expires, so the one of an earlier answer is worth nothing."""
    client = CannedClient("deezer", {f"{API}/track/3135556": {"id": 3135556, "preview": OLD}})

    DeezerModule().file(client, TRACK, PREVIEWS)
    DeezerModule().file(client, TRACK, PREVIEWS)

    assert len(client.calls) == 2


@pytest.mark.parametrize("link", ["", None])
def test_missing_preview_is_not_available(link: str | None) -> None:
    """A track may be offered and have no preview."""
    with pytest.raises(oc.QualityUnavailable):
        preview(preview=link, readable=True)


@pytest.mark.parametrize("link", ["", OLD])
def test_track_that_is_not_offered_here_has_no_preview_either(link: str) -> None:
    """The country decides, and there is no way round."""
    with pytest.raises(oc.CountryRestricted):
        preview(preview=link, readable=False)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "https://", "x"])
def test_preview_that_is_no_link_of_the_web_is_refused(link: str) -> None:
    """What comes from outside is not handed on unseen."""
    with pytest.raises(oc.UnexpectedAnswer):
        preview(preview=link)


@pytest.mark.parametrize(
    "wish",
    [
        oc.QualityWish(previews=True, floor=oc.Quality.LOSSLESS),
        oc.QualityWish(previews=True, wanted=oc.Quality.LOW),
    ],
)
def test_quality_of_whole_tracks_does_not_bind_previews(wish: oc.QualityWish) -> None:
    """Who takes no whole track below lossless may want to hear what it is."""
    assert preview(wish, preview=OLD).preview is True


def test_track_with_an_id_that_is_none_is_refused() -> None:
    """A reference may come from anywhere."""
    client = CannedClient("deezer")
    track = oc.Track(ref=oc.MediaRef("deezer", oc.MediaKind.TRACK, "../user/me"), title="x")

    with pytest.raises(oc.InvalidUrl):
        DeezerModule().file(client, track, PREVIEWS)
    assert client.calls == []
