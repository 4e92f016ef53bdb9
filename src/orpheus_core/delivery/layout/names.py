r"""Names of files and folders that every system takes, made from text that nobody checked.

One rule for Linux, macOS and Windows, so that a library can move between them:

1. surrogates become ``_``; canonical composition (NFC, not NFKC: that would turn a
   full-width slash into a separator);
2. control, bidi, zero-width, private-use and other invisible characters go; joiners and
   variation selectors stay where they shape Arabic, Indic scripts or emoji; white space
   becomes one plain space;
3. each of ``/ \ : * ? " < > |`` becomes ``_``;
4. spaces at both ends and dots at the end go; a first ``-``, ``.`` or ``~`` gets ``_`` before it;
5. a device name of Windows gets ``_`` behind it, also before an extension;
6. what is empty by now becomes ``_`` and the fallback;
7. what is too long is cut between two graphemes and marked with a checksum of the whole.

The characters are listed here, not asked of `unicodedata`, so that a newer Python gives
the same name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_BYTES = 255
"""What ext4, APFS and NTFS take for one name (NTFS: 255 units of UTF-16)."""

ROOM_BYTES = 40
"""Kept free in each name for what is added later: ``.part`` and what tells two names apart."""

_MIN_BYTES = 96
_READ_CHARACTERS = 4096  # normalising a run of marks takes quadratic time
_MAX_ID_CHARACTERS = 24

_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[\s\u2800]")  # and the blank of Braille
_SPACES = re.compile(" +")
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_DEVICE = re.compile(
    r"\A(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?= *(?:\.|\Z))", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,16}")
_WITH_EXTENSION = re.compile(r"(.+?)(\.[a-z][a-z0-9]{1,4})?", re.DOTALL)
_PLAIN_ID = re.compile(rf"[a-z0-9_-]{{1,{_MAX_ID_CHARACTERS}}}")

_INVISIBLE = re.compile(
    "["
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0, DEL and C1 but for white space
    r"\u00ad\u034f\u061c"  # soft hyphen, grapheme joiner, Arabic letter mark
    r"\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"  # signs that span numbers
    r"\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180e"  # fillers, inherent vowels, vowel separator
    r"\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, bidi, operators
    r"\ufff0-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags and the reserved rest of their plane
    r"\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use
    r"\ufdd0-\ufdef"  # and below: non-characters
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(0x0F))
    + "]"
)

_ZWJ = "\u200d"
_JOINERS = r"\u200c\u200d"
_SELECTORS = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SHAPED = r"\u0600-\u0dff\u1000-\u109f\u1780-\u18af"  # Arabic to Sinhala, Myanmar, Khmer, Mongolian
_EMOJI = r"\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_STRAY = re.compile(
    rf"((?<=[{_SHAPED}])[{_JOINERS}](?=[{_SHAPED}])"
    rf"|(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f)){_ZWJ}(?=[{_EMOJI}])"
    rf"|(?<=[#0-9\x80-\U0010ffff])(?<![{_JOINERS}{_SELECTORS}])[{_SELECTORS}])"
    rf"|[{_JOINERS}{_SELECTORS}]"
)


def plain_text(text: str) -> str:
    """Return *text* in NFC with nothing invisible in it: steps 1 and 2 of the rule.

    Only the first 4096 characters are read: no name holds more.
    """
    text = _SURROGATES.sub("_", text[:_READ_CHARACTERS])
    text = unicodedata.normalize("NFC", text)
    text = _SPACE.sub(" ", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    # A stray joiner may stand between two marks that compose or change places without it.
    while (kept := unicodedata.normalize("NFC", _STRAY.sub(r"\1", text))) != text:
        text = kept
    return _SPACES.sub(" ", text).strip(" ")


def safe_name(text: str, *, fallback: str, extension: str = "", max_bytes: int = MAX_BYTES) -> str:
    """Return *text* as the name of one file or folder, valid on Linux, macOS and Windows.

    The result is never empty, ``.`` or ``..``, has no separator, control or bidi character,
    and does not change when it is made safe again. `ROOM_BYTES` of *max_bytes* stay free.

    Graphemes are told by combining marks, variation selectors, joiners, skin tones and
    flags. Conjoining Hangul is not looked at: NFC has composed it into syllables.

    Args:
        text: a title, or several values put together; anything at all.
        fallback: the id of the item, used as ``_`` + id where nothing is left of *text*.
        extension: with its dot, as ``.flac``; always added, whatever *text* ends with.
        max_bytes: the most that the file system takes, 96 to 255; as UTF-8, and as units
            of UTF-16 whether composed or (HFS+) decomposed.

    Raises:
        ValueError: *extension* or *max_bytes* is not of that form.

    >>> safe_name("AC/DC: Live?", fallback="7", extension=".flac"), safe_name("..", fallback="7")
    ('AC_DC_ Live_.flac', '_7')
    """
    if extension and not _EXTENSION.fullmatch(extension):
        raise ValueError(f"not an extension: {extension!r}")
    if not _MIN_BYTES <= max_bytes <= MAX_BYTES:
        raise ValueError(f"max_bytes is {max_bytes}, not {_MIN_BYTES} to {MAX_BYTES}")
    stem = _stem(text) or _stem("_" + fallback)
    return _shortened(stem, max_bytes - ROOM_BYTES - len(extension)) + extension


def _stem(text: str) -> str:
    """Steps 1 to 5: the name without its extension, of any length, empty if nothing is left."""
    stem = _FORBIDDEN.sub("_", plain_text(text)).rstrip(" .")
    if stem.startswith(("-", ".", "~")):
        stem = "_" + stem
    return _DEVICE.sub(r"\1_", stem)


def _shortened(stem: str, limit: int) -> str:
    """Return *stem*, cut to *limit* and marked with a checksum of the whole if it is longer."""
    if _fitting(stem, limit) == len(stem):
        return stem
    mark = "~" + hashlib.sha256(stem.encode()).hexdigest()[:8]
    longest = _fitting(stem, limit - len(mark))
    end = longest
    while end and not _starts_grapheme(stem, end):
        end -= 1
    # One grapheme may be longer than any name: a letter under a heap of marks.
    return stem[: end or longest].rstrip(" .\u200c\u200d") + mark


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of *text* stay within *limit*."""
    size = 0
    for index, char in enumerate(text):
        decomposed = unicodedata.normalize("NFD", char).encode("utf-16-le")
        # No character has more units of UTF-16 than bytes of UTF-8, until it is decomposed.
        size += max(len(char.encode()), len(decomposed) // 2)
        if size > limit:
            return index
    return len(text)


def _starts_grapheme(text: str, index: int) -> bool:
    char = text[index]
    if text[index - 1] == _ZWJ or char in "\u200c\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff":
        return False
    if not _is_regional(char):
        return not unicodedata.category(char).startswith("M")
    first = index
    while first and _is_regional(text[first - 1]):
        first -= 1
    return (index - first) % 2 == 0  # two letters are one flag


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def folded(name: str) -> str:
    """Return what two names share that some file system takes for one: compare with this.

    Case, composition, and the joiners that HFS+ does not see make no difference.
    """
    seen = re.sub(f"[{_JOINERS}{_SELECTORS}]", "", name)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", seen).casefold())


def distinct_names(items: Sequence[tuple[str, str]]) -> list[str]:
    """Return the name of each (name, id), told apart where a file system might take two for one.

    Each of the items that share a name gets its id, in square brackets before the extension;
    an id that is long, or has other characters than a-z, 0-9, ``-`` and ``_``, is replaced by a
    checksum of it. A name depends on which items there are, never on their order; only an
    item that is there twice is numbered in the order given. What is added goes into the room
    that `safe_name` kept: do not make the result safe again, or a long one is cut.

    Args:
        items: names that `safe_name` made, for one folder, each with the id of its item.

    >>> distinct_names([("Intro.flac", "1"), ("Outro.flac", "2"), ("INTRO.flac", "3")])
    ['Intro [1].flac', 'Outro.flac', 'INTRO [3].flac']
    """
    names = [name for name, _ in items]
    told_apart: set[int] = set()
    # A name with its id may be the title of another item: again, until nothing changes.
    while again := _shared(names) - told_apart:
        for index in again:
            name, ident = items[index]
            names[index] = _with_suffix(name, f"[{_tag(ident)}]")
        told_apart |= again
    _number(names, sorted(_shared(names), key=lambda index: items[index]))
    return names


def _shared(names: Sequence[str]) -> set[int]:
    """Return where the names stand that are not the only one of their kind."""
    keys = [folded(name) for name in names]
    count = Counter(keys)
    return {index for index, key in enumerate(keys) if count[key] > 1}


def _number(names: list[str], alike: Sequence[int]) -> None:
    """Number, in place, the names at *alike* but for the first of each kind."""
    others = set(range(len(names))).difference(alike)
    taken = {folded(names[index]) for index in others}
    last: Counter[str] = Counter()
    for index in alike:
        name = candidate = names[index]
        key = folded(name)
        while folded(candidate) in taken:
            last[key] = max(last[key], 1) + 1
            candidate = _with_suffix(name, f"({last[key]})")
        names[index] = candidate
        taken.add(folded(candidate))


def _with_suffix(name: str, suffix: str) -> str:
    found = _WITH_EXTENSION.fullmatch(name)
    stem, extension = found.groups("") if found else (name, "")
    return f"{stem.rstrip(' .')} {suffix}{extension}"


def _tag(ident: str) -> str:
    """Return *ident*, or a checksum of it where it could not stand in a name."""
    if _PLAIN_ID.fullmatch(ident):
        return ident
    return hashlib.sha256(ident.encode("utf-8", "surrogatepass")).hexdigest()[:12]
