"""Files: the whole track in the best quality that is granted, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import orpheus_core as oc
from orpheus_qobuz.module import QobuzModule

Client = Callable[..., Any]
Request = Callable[[int], str]

CDN = "https://streaming-qobuz-std.akamaized.net/file?eid=123&fmt=6&profile=raw&hmac=x"
TRACK = oc.Track(
    ref=oc.MediaRef("qobuz", oc.MediaKind.TRACK, "123"), title="Ferry", duration_s=240.0
)
BEST = oc.QualityWish()

CD: dict[str, object] = {
    "track_id": 123, "url": CDN, "format_id": 6, "mime_type": "audio/flac",
    "sampling_rate": 44.1, "bit_depth": 16, "duration": 240, "restrictions": [],
}  # fmt: skip
HIRES = {**CD, "format_id": 27, "sampling_rate": 96, "bit_depth": 24}
MP3 = {**CD, "format_id": 5, "mime_type": "audio/mpeg", "sampling_rate": 44.1, "bit_depth": 16}


def restricted(*codes: str, **members: object) -> dict[str, object]:
    """An answer that names restrictions, and has no link."""
    return {"track_id": 123, "restrictions": [{"code": code} for code in codes], **members}


FORMAT = restricted("FormatRestrictedByFormatAvailability")


def ask(
    client: Client,
    request: Request,
    answers: Mapping[int, object],
    wish: oc.QualityWish = BEST,
) -> tuple[oc.MediaFile, list[int]]:
    """The file, and the formats that were asked for; asking for another one is an error."""
    urls = {request(number): answer for number, answer in answers.items()}
    asked = client(urls)
    file = QobuzModule().file(asked, TRACK, wish)
    return file, [number for number, url in zip(answers, urls, strict=True) for call in asked.calls
                  if call.endswith(url)]  # fmt: skip


def refused(
    client: Client,
    request: Request,
    answers: Mapping[int, object],
    wish: oc.QualityWish = BEST,
) -> oc.OrpheusError:
    with pytest.raises(oc.OrpheusError) as caught:
        ask(client, request, answers, wish)
    return caught.value


def test_request_is_signed_and_carries_the_login_in_headers(
    client: Client, file_request: Request
) -> None:
    """The signature is that of the documentation; neither id nor token stands in the link."""
    asked = client({file_request(27): HIRES})

    QobuzModule().file(asked, TRACK, BEST)

    assert asked.headers == [{"X-App-Id": "100000001", "X-User-Auth-Token": "TOKEN-OF-USER"}]
    (url,) = asked.calls
    assert url.endswith(file_request(27))
    assert not [each for each in ("100000001", "TOKEN-OF-USER", "SECRET") if each in url]


@pytest.mark.parametrize(
    ("number", "answer", "expected"),
    [
        (27, HIRES, oc.AudioFormat(codec=oc.Codec.FLAC, sample_rate_hz=96_000, bit_depth=24)),
        (6, CD, oc.AudioFormat(codec=oc.Codec.FLAC, sample_rate_hz=44_100, bit_depth=16)),
        (5, MP3, oc.AudioFormat(codec=oc.Codec.MP3, bitrate_kbps=320)),
    ],
)
def test_file_is_described_as_it_is(
    client: Client,
    file_request: Request,
    number: int,
    answer: dict[str, object],
    expected: oc.AudioFormat,
) -> None:
    """Rates are in Hz here, and in kHz at Qobuz."""
    wish = oc.QualityWish(wanted=expected.quality)

    file, _ = ask(client, file_request, {number: answer}, wish)

    assert file.format == expected
    assert (file.url, file.duration_s, file.preview) == (CDN, 240, False)
    assert dict(file.headers) == {}


@pytest.mark.parametrize("rate", [44.1, 44_100, "44.1"])
def test_rate_is_read_in_both_units(client: Client, file_request: Request, rate: object) -> None:
    """Newer answers give Hz."""
    answers = {6: {**CD, "sampling_rate": rate}}

    file, _ = ask(client, file_request, answers, oc.QualityWish(wanted=oc.Quality.LOSSLESS))

    assert file.format.sample_rate_hz == 44_100


@pytest.mark.parametrize(
    ("wanted", "floor", "formats"),
    [
        ("best", "low", [27, 7, 6, 5]),
        ("hires", "low", [27, 7, 6, 5]),
        ("hires", "hires", [27, 7]),
        ("lossless", "low", [6, 5]),
        ("lossless", "lossless", [6]),
        ("high", "low", [5]),
    ],
)
def test_each_quality_between_wish_and_floor_is_asked_for(
    client: Client, file_request: Request, wanted: str, floor: str, formats: list[int]
) -> None:
    """Best first, and none above the wish or below the floor."""
    asked = client({file_request(number): FORMAT for number in formats})

    with pytest.raises(oc.QualityUnavailable):
        QobuzModule().file(asked, TRACK, oc.QualityWish.parse(wanted, floor))

    assert asked.calls == [
        f"https://www.qobuz.com/api.json/0.2/{file_request(number)}" for number in formats
    ]


@pytest.mark.parametrize(
    "wish", [oc.QualityWish(wanted=oc.Quality.MEDIUM), oc.QualityWish(floor=oc.Quality.BEST)]
)
def test_quality_that_qobuz_does_not_sell_is_not_asked_for(
    client: Client, wish: oc.QualityWish
) -> None:
    """Nothing is sent when nothing could come of it."""
    asked = client()

    with pytest.raises(oc.QualityUnavailable):
        QobuzModule().file(asked, TRACK, wish)
    assert asked.calls == []


def test_preview_is_not_taken(client: Client) -> None:
    """Where excerpts are wished for, the track is not what was asked for."""
    with pytest.raises(oc.QualityUnavailable, match="preview"):
        QobuzModule().file(client(), TRACK, oc.QualityWish(previews=True))


def test_quality_that_was_bought_is_found_below_the_wish(
    client: Client, file_request: Request
) -> None:
    """What was bought is one quality, and Qobuz does not fall back by itself."""
    bought = restricted("TrackRestrictedByPurchaseCredentials", sample=True, url=CDN)

    file, asked = ask(client, file_request, {27: bought, 7: FORMAT, 6: CD})

    assert file.format.quality is oc.Quality.LOSSLESS
    assert asked == [27, 7, 6]


def test_lower_format_that_qobuz_chose_is_taken_inside_the_floor(
    client: Client, file_request: Request
) -> None:
    """Asked for 24 bit, it may hand out 16, and says so."""
    lower = {**CD, "restrictions": [{"code": "FormatRestrictedByFormatAvailability"}]}

    file, asked = ask(client, file_request, {27: lower})

    assert (file.format.bit_depth, asked) == (16, [27])


def test_lower_format_that_qobuz_chose_is_not_taken_below_the_floor(
    client: Client, file_request: Request
) -> None:
    """The floor holds whatever is offered; the message says what that is."""
    error = refused(client, file_request, {27: CD, 7: CD}, oc.QualityWish(floor=oc.Quality.HIRES))

    assert isinstance(error, oc.QualityUnavailable)
    assert "FLAC 16/44.1" in error.title
    assert "hires" in error.why


@pytest.mark.parametrize("members", [{"sample": True}, {"sample": True, "format_id": 5}, {}])
def test_sample_is_never_taken_for_the_track(
    client: Client, file_request: Request, members: dict[str, object]
) -> None:
    """It says so itself, or is as short as one."""
    sample = {**CD, "duration": 30, **members}

    error = refused(client, file_request, dict.fromkeys((27, 7, 6, 5), sample))

    assert isinstance(error, oc.SampleInsteadOfTrack)
    assert "sample" in error.title
    assert "https://open.qobuz.com/track/123" in error.next_step


def test_short_track_is_no_sample(client: Client, file_request: Request) -> None:
    """An interlude of 30 s is as long as it should be."""
    asked = client({file_request(27): {**HIRES, "duration": 30}})
    track = oc.Track(ref=TRACK.ref, title="Interlude", duration_s=31.0)

    assert QobuzModule().file(asked, track, BEST).duration_s == 30


@pytest.mark.parametrize(
    ("code", "leaf", "advice", "formats"),
    [
        ("UserUnauthenticated", oc.LoginNeeded, "ORPHEUS_QOBUZ_USER_AUTH_TOKEN", [27]),
        ("UserUncredentialed", oc.Forbidden, "open.qobuz.com/track/123", [27]),
        ("TrackRestrictedByRightHolders", oc.Forbidden, "another service", [27]),
        ("SampleRestrictedByRightHolders", oc.Forbidden, "another service", [27]),
        ("TrackRestrictedByTerritorialAvailability", oc.CountryRestricted, "another", [27]),
        ("SomethingNew", oc.Forbidden, "", [27]),
        (
            "TrackRestrictedByPurchaseCredentials",
            oc.Forbidden,
            "open.qobuz.com/track/123",
            [27, 7, 6, 5],
        ),
    ],
)
@pytest.mark.parametrize("link", [{}, {"url": CDN}])
@pytest.mark.parametrize("sample", [{}, {"sample": True}])
def test_restrictions_are_told_apart(
    client: Client,
    file_request: Request,
    code: str,
    leaf: type[oc.OrpheusError],
    advice: str,
    formats: list[int],
    link: dict[str, object],
    sample: dict[str, object],
) -> None:
    """Each is its own error with its own advice, with and without a link or a sample."""
    answer = {**restricted(code), **link, **sample}
    asked = client({file_request(number): answer for number in formats})

    with pytest.raises(oc.OrpheusError) as caught:
        QobuzModule().file(asked, TRACK, BEST)

    error = caught.value
    assert type(error) is leaf
    assert "'Ferry'" in error.title
    assert code in error.why
    assert advice in error.next_step
    assert len(asked.calls) == len(formats)


def test_gravest_restriction_is_the_one_that_is_told(client: Client, file_request: Request) -> None:
    """That nobody is signed in says more than that the format is not there."""
    answer = restricted("FormatRestrictedByFormatAvailability", "UserUnauthenticated", sample=True)

    assert isinstance(refused(client, file_request, {27: answer}), oc.LoginNeeded)


@pytest.mark.parametrize(
    ("answer", "formats", "leaf"),
    [
        (restricted("Format", "SomethingNew"), [27], oc.Forbidden),
        (restricted("Format", sample=True, url=CDN), [27, 7, 6, 5], oc.SampleInsteadOfTrack),
        (restricted(), [27, 7, 6, 5], oc.QualityUnavailable),
    ],
)
def test_restricted_format_hides_no_other_reason(
    client: Client,
    file_request: Request,
    answer: dict[str, object],
    formats: list[int],
    leaf: type[oc.OrpheusError],
) -> None:
    """What else is said says more; when nothing is said, there is no file."""
    assert type(refused(client, file_request, dict.fromkeys(formats, answer))) is leaf


def test_reason_of_a_higher_quality_is_told_when_lower_ones_are_not_offered(
    client: Client, file_request: Request
) -> None:
    """``Not bought`` says more than ``not offered in this quality``."""
    bought = restricted("TrackRestrictedByPurchaseCredentials")

    error = refused(client, file_request, {27: FORMAT, 7: FORMAT, 6: bought, 5: FORMAT})

    assert isinstance(error, oc.Forbidden)


@pytest.mark.parametrize(
    "members",
    [
        {"url_template": "https://x.example/s/$SEGMENT$", "n_segments": 14},
        {"key_id": "a54279f6", "key": "qbz-1.x"},
        {"url": "https://streaming-qobuz-sec.akamaized.net/file?s=$SEGMENT$"},
    ],
)
def test_keyed_segments_are_protected_content(
    client: Client, file_request: Request, members: dict[str, object]
) -> None:
    """They are told apart from a file, and left alone."""
    answer = {**CD, "mime_type": 'audio/mp4; codecs="flac"', **members}

    error = refused(client, file_request, dict.fromkeys((27, 7, 6, 5), answer))

    assert isinstance(error, oc.ProtectedContent)
    assert "'Ferry'" in error.title


@pytest.mark.parametrize(
    "members",
    [
        {"url": "javascript:alert(1)"},
        {"url": "file:///etc/passwd"},
        {"url": "https://"},
        {"mime_type": "text/html"},
        {"mime_type": None, "format_id": 99},
    ],
)
def test_what_is_no_documented_file_is_refused(
    client: Client, file_request: Request, members: dict[str, object]
) -> None:
    """What comes from outside is not handed on unseen."""
    error = refused(client, file_request, {27: {**CD, **members}})

    assert isinstance(error, oc.UnexpectedAnswer)


def test_renewed_link_is_known_to_lead_to_the_same_file(
    client: Client, file_request: Request
) -> None:
    """The signature in the link changes: a part can be resumed. Another format is another file."""
    first, _ = ask(client, file_request, {27: HIRES})
    again, _ = ask(client, file_request, {27: {**HIRES, "url": f"{CDN}2"}})
    other, _ = ask(client, file_request, {27: CD})

    assert first.stable_id == again.stable_id != other.stable_id


@pytest.mark.parametrize(
    ("message", "leaf"),
    [
        ("Invalid Request Signature parameter (request_sig)", oc.LoginNeeded),
        ("Invalid or missing app_id parameter", oc.LoginNeeded),
    ],
)
def test_wrong_application_is_told_apart_from_a_missing_track(
    client: Client, file_request: Request, message: str, leaf: type[oc.OrpheusError]
) -> None:
    """Both come as 400."""
    answer = {"status": "error", "code": 400, "message": message}

    assert isinstance(refused(client, file_request, {27: answer}), leaf)


def test_track_with_an_id_that_is_none_is_refused(client: Client) -> None:
    """A reference may come from anywhere."""
    asked = client()
    track = oc.Track(ref=oc.MediaRef("qobuz", oc.MediaKind.TRACK, "1&intent=stream"), title="x")

    with pytest.raises(oc.InvalidUrl):
        QobuzModule().file(asked, track, BEST)
    assert asked.calls == []


NUMBERS = st.none() | st.integers(-(10**300), 10**300) | st.sampled_from(["7", 1e300, 0, 44.1])
TEXTS = st.none() | st.text(st.characters(exclude_categories=())) | st.just(CDN)
ANSWERS = st.fixed_dictionaries({}, optional={
    "url": TEXTS, "format_id": NUMBERS | st.sampled_from([5, 6, 7, 27]),
    "mime_type": TEXTS | st.sampled_from(["audio/flac", "audio/mpeg"]),
    "sampling_rate": NUMBERS, "bit_depth": NUMBERS, "duration": NUMBERS,
    "sample": st.sampled_from([None, True, False, 0, 1]), "key": TEXTS, "n_segments": NUMBERS,
    "restrictions": st.none() | st.lists(st.fixed_dictionaries({"code": TEXTS}), max_size=3),
})  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(answers=st.lists(ANSWERS, min_size=4, max_size=4))
def test_any_answer_is_a_sane_file_or_an_error_of_ours(
    client: Client, file_request: Request, answers: list[dict[str, object]]
) -> None:
    """No answer, however hostile, raises anything else, or is a file that it should not be."""
    asked = client(
        {file_request(number): each for number, each in zip((27, 7, 6, 5), answers, strict=True)}
    )
    try:
        file = QobuzModule().file(asked, TRACK, BEST)
    except oc.OrpheusError:
        return
    taken = answers[len(asked.calls) - 1]
    assert not taken.get("sample")
    assert file.url.startswith(("https://", "http://"))
    assert file.format.bit_depth in (None, 16, 24)
    assert file.format.sample_rate_hz is None or 8_000 <= file.format.sample_rate_hz <= 768_000
    assert file.duration_s is None or file.duration_s > 0
