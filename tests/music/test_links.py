"""References, links and their patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import InvalidUrl, OrpheusError, UnknownWord
from orpheus_core.music import LinkPattern, MediaKind, MediaRef, Url

ALBUM = LinkPattern(host="www.music.example", path="/{any?}/album/{id}", kind=MediaKind.ALBUM)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://www.music.example/album/7", "7"),
        ("http://www.music.example/album/7/", "7"),
        ("www.music.example/us/album/a_b-7?utm=1#x", "a_b-7"),
        ("https://WWW.Music.Example/album/7", "7"),
        ("https://www.music.example:8080/album/7", "7"),
        ("https://www.music.example/album/7/tracks", None),
        ("https://www.music.example/album/", None),
        ("https://www.music.example/a/b/album/7", None),
        ("https://music.example/album/7", None),
        ("https://www.music.example.evil.example/album/7", None),
        ("https://evil.example/www.music.example/album/7", None),
        ("https://www.music.example@evil.example/album/7", None),
        ("https://www.music.example/album/7%2F..%2Fx", None),
    ],
)
def test_a_pattern_matches_whole_host_and_whole_path(link: str, found: str | None) -> None:
    """Never by a piece of either: a look-alike host gets nothing."""
    assert ALBUM.match(Url.parse(link)) == found


@pytest.mark.parametrize(
    "text",
    ["", " ", "ftp://x.example/a", "file:///etc/passwd", "http://", "http://[::1", "http://x:y/",
     "https://x.example/a\nb", "javascript:alert(1)", "https:///album/1"],
)  # fmt: skip
def test_what_is_no_link_of_the_web_is_refused(text: str) -> None:
    """With an error that names the text."""
    with pytest.raises(InvalidUrl):
        Url.parse(text)


@given(st.text())
def test_reading_a_link_raises_nothing_else(text: str) -> None:
    """Any text at all."""
    try:
        ALBUM.match(Url.parse(text))
    except InvalidUrl:
        pass


@pytest.mark.parametrize(
    ("word", "kind"),
    [("album", MediaKind.ALBUM), ("Albums", MediaKind.ALBUM), ("releases", MediaKind.ALBUM),
     ("tracks", MediaKind.TRACK), (" label ", MediaKind.LABEL)],
)  # fmt: skip
def test_kinds_are_named_in_singular_and_plural(word: str, kind: MediaKind) -> None:
    """As people write them."""
    assert MediaKind.parse(word) is kind


def test_an_unknown_kind_suggests_the_nearest() -> None:
    """A typing error costs one glance."""
    with pytest.raises(UnknownWord) as caught:
        MediaKind.parse("ablum")
    assert "album" in caught.value.next_step


idents = st.text(min_size=1)


@given(st.sampled_from(MediaKind), idents)
def test_a_reference_survives_its_text(kind: MediaKind, ident: str) -> None:
    """`parse` reads back what `str` wrote, whatever the id is."""
    ref = MediaRef("qobuz", kind, ident)
    assert MediaRef.parse(str(ref)) == ref


@given(st.text())
def test_reading_a_reference_raises_nothing_else(text: str) -> None:
    """Any text at all."""
    try:
        MediaRef.parse(text)
    except OrpheusError as error:
        assert error.title
