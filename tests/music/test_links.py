"""References, links and their patterns."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import InvalidUrl, UnknownWord
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
    with contextlib.suppress(InvalidUrl):
        ALBUM.match(Url.parse(text))


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
    with contextlib.suppress(InvalidUrl, UnknownWord):
        MediaRef.parse(text)


@pytest.mark.parametrize(
    ("path", "id_form"),
    [
        ("/album", None),
        ("/{id}/{id}", None),
        ("/album-{id}", None),
        ("/{id}/{name}", None),
        ("/{id}/{any?", None),
        ("/{id}", "["),
        ("/{id}", "(?P<id>x)"),
    ],
)
def test_a_pattern_that_could_never_match_is_refused_where_it_is_written(
    path: str, id_form: str | None
) -> None:
    """And not when a person gives the first link of that host."""
    with pytest.raises(ValueError):  # noqa: PT011 - the class is all that is promised
        LinkPattern(host="x.example", path=path, id_form=id_form or "[0-9]+")


def test_words_of_a_pattern_are_words_and_no_expressions() -> None:
    """Whatever they mean in a regular expression."""
    pattern = LinkPattern(host="x.example", path="/c++/(a|b).*/{any}/{id}/{any?}")
    assert pattern.match(Url.parse("x.example/c++/(a|b).*/z/7")) == "7"
    assert pattern.match(Url.parse("x.example/c++/(a|b).*/z/7/tail")) == "7"
    assert pattern.match(Url.parse("x.example/ccc/a/z/7")) is None
    assert pattern.words() == ["c++", "(a|b).*"]


def test_the_host_of_a_pattern_is_read_like_that_of_a_link() -> None:
    """Capitals do not count in either."""
    assert LinkPattern(host="X.Example", path="/{id}").match(Url.parse("x.eXample/7")) == "7"


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("https://me:password@x.example:8443/a?b#c", "https://x.example:8443/a?b#c"),
        ("https://a@b@x.example/", "https://x.example/"),
        ("https://me@[::1]:80/a", "https://[::1]:80/a"),
        ("x.example/a", "https://x.example/a"),
    ],
)
def test_a_link_keeps_no_name_and_password(link: str, text: str) -> None:
    """No service has any in its links, and a link is shown and logged."""
    assert Url.parse(link).text == text


def test_the_root_of_a_host_can_be_a_pattern() -> None:
    """With nothing but the id behind it."""
    pattern = LinkPattern(host="x.example", path="{id}", redirect=True)
    assert pattern.match(Url.parse("https://x.example/abc/")) == "abc"
    assert pattern.match(Url.parse("https://x.example/")) is None
