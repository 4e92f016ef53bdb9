"""Names of things at a service: a kind and an id, and the links that lead to them."""

from __future__ import annotations

import difflib
import enum
import re
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

import attrs

from orpheus_core.errors import InvalidUrl, UnknownWord

SERVICE_ID = "[a-z][a-z0-9_-]*"
"""The form of a service's id, as a regular expression."""


class MediaKind(enum.Enum):
    """What a link can lead to."""

    TRACK = "track"
    ALBUM = "album"
    PLAYLIST = "playlist"
    ARTIST = "artist"
    LABEL = "label"

    @classmethod
    def parse(cls, word: str) -> MediaKind:
        """Return the kind that *word* names, singular or plural.

        Raises:
            UnknownWord: it names none; the nearest is suggested.
        """
        plain = word.strip().lower()
        names = {form: kind for kind in cls for form in (kind.value, f"{kind.value}s")}
        names |= {"release": cls.ALBUM, "releases": cls.ALBUM}
        if plain in names:
            return names[plain]
        near = difflib.get_close_matches(plain, names, n=1, cutoff=0.6)
        raise UnknownWord(
            f"there is no kind {word!r}",
            next_step=f"did you mean {near[0]}?"
            if near
            else "kinds are: " + ", ".join(kind.value for kind in cls),
        )


@attrs.frozen
class MediaRef:
    """One thing at one service; ``str`` gives ``service:kind:id``, `parse` reads it back."""

    service: str
    kind: MediaKind
    id: str

    def __str__(self) -> str:
        return f"{self.service}:{self.kind.value}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the reference that ``service:kind:id`` names.

        Raises:
            InvalidUrl: the text does not have three parts.
            UnknownWord: the middle one is no kind.
        """
        service, _, rest = text.partition(":")
        kind, _, ident = rest.partition(":")
        if not (re.fullmatch(SERVICE_ID, service) and kind and ident):
            raise InvalidUrl(f"{text!r} is not SERVICE:KIND:ID")
        return cls(service, MediaKind.parse(kind), ident)


@attrs.frozen
class Url:
    """A link that was checked: http or https, with a host.

    *text* is the whole link without user name and password, *host* in lower case, *path*
    with its percent escapes decoded.
    """

    text: str
    host: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of *text*; a missing scheme is read as https.

        Raises:
            InvalidUrl: it is no link of the web.
        """
        clean = text.strip()
        try:
            parts = _split(clean if "://" in clean else f"https://{clean}")
            host = (parts.hostname or "").rstrip(".")
            _ = parts.port  # raises for a port that is no number
        except ValueError:
            raise InvalidUrl(f"{text!r} is not a link") from None
        if parts.scheme not in ("http", "https") or not host:
            raise InvalidUrl(f"{text!r} is not a link")
        public = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        return cls(public.geturl(), host, unquote(parts.path))


def _split(text: str) -> SplitResult:
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in text):
        raise ValueError("white space or control character")
    return urlsplit(text)


_IGNORED = {"{any}": r"/[^/]+", "{any?}": r"(?:/[^/]+)?"}


def _in_lower_case(host: str) -> str:
    return host.lower()


@attrs.frozen(kw_only=True)
class LinkPattern:
    """One form of link that a service's items have.

    *path* is made of literal words and two kinds of variables between slashes:
    ``{id}`` (the item's id, once) and ``{any}`` (anything, ignored); ``{any?}`` may be
    missing. *id_form* is the regular expression of an id. A ``redirect`` pattern is a short
    link: its target is found by asking.

    >>> LinkPattern(host="music.example", path="/{any?}/album/{id}", kind=MediaKind.ALBUM).match(
    ...     Url.parse("https://music.example/en/album/7"))
    '7'

    Raises:
        ValueError: *path* has no ``{id}``, more than one, or another variable; or *id_form*
            is no regular expression.
    """

    host: str = attrs.field(converter=_in_lower_case)
    path: str
    kind: MediaKind | None = None
    redirect: bool = False
    id_form: str = r"[A-Za-z0-9_-]+"

    def __attrs_post_init__(self) -> None:
        if self._parts().count("{id}") != 1:
            raise ValueError(f"the path {self.path!r} needs {{id}}, once")
        for part in self.words():
            if "{" in part or "}" in part:
                raise ValueError(f"{part!r} is no variable of a path, and no word either")
        try:
            re.compile(self._expression())
        except re.error as error:
            raise ValueError(f"{self.id_form!r} is no form of an id: {error}") from error

    def match(self, url: Url) -> str | None:
        """Return the id that *url* names, or None when it is not of this form."""
        if url.host != self.host:
            return None
        found = re.fullmatch(self._expression(), url.path.rstrip("/"))
        return found["id"] if found else None

    def words(self) -> list[str]:
        """The literal words of the path."""
        return [part for part in self._parts() if part not in ("", "{id}", *_IGNORED)]

    def _parts(self) -> list[str]:
        return self.path.strip("/").split("/")

    def _expression(self) -> str:
        forms = _IGNORED | {"{id}": f"/(?P<id>{self.id_form})"}
        return "".join(forms.get(part) or "/" + re.escape(part) for part in self._parts())
