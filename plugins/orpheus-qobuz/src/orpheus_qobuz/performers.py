"""Reads who took part in a track: ``Name, Role, Role - Name, Role``, all in one text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import orpheus_core as oc

_BETWEEN_PEOPLE = " - "
_BETWEEN_ROLES = ", "
_EDGES = re.compile(r"^[\s,]+|[\s,]+$")
_MOST_PEOPLE = 500

_MAIN, _FEATURED = oc.CreditRole.MAIN_ARTIST, oc.CreditRole.FEATURED_ARTIST
_COMPOSER, _LYRICIST = oc.CreditRole.COMPOSER, oc.CreditRole.LYRICIST
_PERFORMER = oc.CreditRole.PERFORMER

_ROLES: Mapping[str, tuple[oc.CreditRole, ...]] = {
    "mainartist": (_MAIN,),
    "primaryartist": (_MAIN,),
    "artist": (_MAIN,),
    "featuredartist": (_FEATURED,),
    "featuring": (_FEATURED,),
    "composer": (_COMPOSER,),
    "composerlyricist": (_COMPOSER, _LYRICIST),
    "lyricist": (_LYRICIST,),
    "author": (_LYRICIST,),
    "associatedperformer": (_PERFORMER,),
    "performer": (_PERFORMER,),
    "soloist": (_PERFORMER,),
    "conductor": (_PERFORMER,),
    "orchestra": (_PERFORMER,),
    "ensemble": (_PERFORMER,),
    "choir": (_PERFORMER,),
    "vocal": (_PERFORMER,),
    "vocals": (_PERFORMER,),
    "vocalist": (_PERFORMER,),
    "guitar": (_PERFORMER,),
    "bass": (_PERFORMER,),
    "bassguitar": (_PERFORMER,),
    "drums": (_PERFORMER,),
    "percussion": (_PERFORMER,),
    "piano": (_PERFORMER,),
    "keyboards": (_PERFORMER,),
    "violin": (_PERFORMER,),
    "cello": (_PERFORMER,),
    "saxophone": (_PERFORMER,),
    "trumpet": (_PERFORMER,),
    "mixer": (oc.CreditRole.ENGINEER,),
}
_ENDINGS: Mapping[str, oc.CreditRole] = {
    "producer": oc.CreditRole.PRODUCER,
    "engineer": oc.CreditRole.ENGINEER,
}


def credits_in(text: str | None, names: Collection[str] = ()) -> tuple[oc.Credit, ...]:
    """Return the credits in *text*, each once, in its order.

    Names hold ", " and " - " as well, and nothing tells them apart from what stands between
    names and roles. So *names* that are known from elsewhere are recognised first, and an
    entry without a role belongs to the name that follows it.

    >>> [(credit.name, credit.role.value) for credit in credits_in(
    ...     "Nur, MainArtist - Ada Weir, Composer, Lyricist")]
    [('Nur', 'main_artist'), ('Ada Weir', 'composer'), ('Ada Weir', 'lyricist')]
    """
    found = (
        oc.Credit(name=name, role=role)
        for name, words in _people(text or "", names)
        for word in words
        for role in _roles(word)
    )
    return tuple(dict.fromkeys(found))


def _people(text: str, names: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    waiting = ""
    for part in text.split(_BETWEEN_PEOPLE, _MOST_PEOPLE)[:_MOST_PEOPLE]:
        part = _EDGES.sub("", part)
        if not part:
            continue
        entry = f"{waiting}{_BETWEEN_PEOPLE}{part}" if waiting else part
        name, words = _divided(entry, names)
        waiting = "" if words else entry
        if words:
            yield name, words
    if waiting:
        yield waiting, [""]


def _divided(entry: str, names: Collection[str]) -> tuple[str, list[str]]:
    """The name and the roles of one entry."""
    for known in sorted(names, key=len, reverse=True):
        if known and entry.startswith(f"{known}{_BETWEEN_ROLES}"):
            return known, [part.strip() for part in entry[len(known) + 2 :].split(_BETWEEN_ROLES)]
    name, *words = (part.strip() for part in entry.split(_BETWEEN_ROLES))
    while len(words) > 1 and not _is_role(words[0]):
        name = f"{name}{_BETWEEN_ROLES}{words.pop(0)}"
    return name, words


def _is_role(word: str) -> bool:
    """Whether *word* may be a role: roles are made of letters, and of spaces between them."""
    return bool(word) and all(letter.isalpha() or letter == " " for letter in word)


def _roles(word: str) -> tuple[oc.CreditRole, ...]:
    plain = word.replace(" ", "").lower()
    for ending, role in _ENDINGS.items():
        if plain.endswith(ending):
            return (role,)
    return _ROLES.get(plain, (oc.CreditRole.OTHER,))
