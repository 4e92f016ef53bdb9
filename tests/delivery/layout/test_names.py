"""Names that every system takes, from text that nobody checked."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.delivery.layout.names import (
    MAX_BYTES,
    ROOM_BYTES,
    distinct_names,
    folded,
    plain_text,
    safe_name,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
"""Four people that are one grapheme: 7 characters, 25 bytes."""

DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    port + digit for port in ("COM", "LPT") for digit in "123456789¹²³"
}

HOSTILE: dict[str, tuple[str, str]] = {
    "parent": ("..", "_7"),
    "current": (".", "_7"),
    "empty": ("", "_7"),
    "blanks": ("   ", "_7"),
    "only dots": ("......", "_7"),
    "only question marks": ("???", "___"),
    "absolute": ("/etc/passwd", "_etc_passwd"),
    "climbing": ("../../x", "_.._.._x"),
    "separator": ("a/b", "a_b"),
    "other separator": (r"a\b", "a_b"),
    "drive": ("C:\\Windows", "C__Windows"),
    "stream": ("a:b", "a_b"),
    "NUL character": ("a\0b", "ab"),
    "only NUL character": ("\0", "_7"),
    "new line": ("a\r\nb", "a b"),
    "device": ("CON", "CON_"),
    "device with extension": ("con.flac", "con_.flac"),
    "device with blank": ("nul .txt", "nul_ .txt"),
    "device with superscript": ("COM¹", "COM¹_"),
    "printer": ("LPT9.txt", "LPT9_.txt"),
    "console input": ("CONIN$", "CONIN$_"),
    "no device": ("CONSTANT", "CONSTANT"),
    "trailing dot": ("Wow.", "Wow"),
    "trailing space": ("file.flac ", "file.flac"),
    "trailing dots and spaces": ("x . . ", "x"),
    "option": ("-rf", "_-rf"),
    "home": ("~root", "_~root"),
    "hidden": (".bashrc", "_.bashrc"),
    "dots first": ("...And Justice", "_...And Justice"),
    "right to left override": ("song\u202egpj.exe", "songgpj.exe"),
    "isolate": ("\u2067a\u2069", "a"),
    "zero width": ("a\u200bb\ufeffc\u2060d", "abcd"),
    "only zero width": ("\u200b\u200d\ufe0f", "_7"),
    "dots behind zero width": (".\u200b.", "_7"),
    "C1": ("a\x9b31mb", "a31mb"),
    "escape sequence": ("\x1b[31mred\x1b[0m", "[31mred[0m"),
    "bell": ("\x07a\x7f", "a"),
    "tags": ("a\U000e0061\U000e007f", "a"),
    "private use": ("a\ue000\U000f0000\U00100000b", "ab"),
    "non-characters": ("a\ufdd0\uffff\U0001fffeb", "ab"),
    "lone surrogate": ("a\ud800b", "a_b"),
    "full-width climbing": ("．．／", "．．／"),
    "full-width device": ("ＣＯＮ", "ＣＯＮ"),
    "shell": ("$(id)", "$(id)"),
    "wildcard": ("*.*", "_._"),
    "template": ("{t.__init__.__globals__}", "{t.__init__.__globals__}"),
    "percent": ("%s", "%s"),
    "markup": ("[/b]", "[_b]"),
    "quotes": ('"<|>"', "_____"),
    "decomposed": ("Beyonce\u0301", "Beyonc\u00e9"),
    "composed": ("Beyonc\u00e9", "Beyonc\u00e9"),
    "ideographic space": ("あ\u3000い", "あ い"),
    "blank of Braille": ("\u2800", "_7"),
    "family": (FAMILY, FAMILY),
    "heart on fire": ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
    "Persian": ("می\u200cخواهم", "می\u200cخواهم"),
    "Sinhala": ("ශ\u0dca\u200dරී", "ශ\u0dca\u200dරී"),
    "joiner in Latin": ("ad\u200dmin", "admin"),
}

TOO_LONG = {
    "Japanese": "あ" * 300,
    "Latin": "x" * 256,
    "families": FAMILY * 300,
    "flags": "\U0001f1f3\U0001f1f4" * 300,
    "marks": "a" + "\u0315\u0300\u05ae" * 200,
    "one grapheme": "\U0001f468" + "\u200d\U0001f468" * 300,
    "grows when decomposed": "\u03b0" * 150,
}

# Characters that act on their neighbours: drawn more often than chance would.
_ACTING = st.sampled_from(
    "\u200c\u200d\ufe0f\u0301\u0338\u0651\u0308\u0dca\u0dd9\u0628\u2190\u2764\U0001f468"
    "\U0001f3fb\U0001f1e6=<. ~-_/:\\#1aCON\u00a0\u2000\u200b\u202e\u034f\u212a\ud800\0\x1f"
)
ANY_TEXT = st.text(st.characters(exclude_categories=()) | _ACTING, max_size=300)


def faults(name: str) -> list[str]:
    """What some system would have against *name*; told by other means than the code's."""
    found = [
        f"{char!a} is in it"
        for char in name
        if char in '/\\:*?"<>|'
        or unicodedata.category(char) in ("Cc", "Cs", "Co", "Zl", "Zp")
        or (unicodedata.category(char) == "Cf" and char not in "\u200c\u200d")
        or unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF")
        or ord(char) & 0xFFFE == 0xFFFE
    ]
    rules = {
        "is empty": not name.strip(),
        "is a step": name in (".", ".."),
        "ends in dot or space": name != name.rstrip(". "),
        "begins badly": name.startswith(("-", ".", "~", " ")),
        "is not NFC": not unicodedata.is_normalized("NFC", name),
        "is a device": name.partition(".")[0].rstrip(" ").upper() in DEVICES,
        "is too long as UTF-8": len(name.encode("utf-8", "replace")) > MAX_BYTES,
        "is too long as UTF-16": len(name.encode("utf-16-le", "replace")) // 2 > MAX_BYTES,
    }
    return found + [rule for rule, broken in rules.items() if broken]


@pytest.mark.parametrize(("title", "name"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_title_becomes_a_plain_name(title: str, name: str) -> None:
    """What each kind of title becomes is fixed: a library must not change with a release."""
    assert safe_name(title, fallback="7") == name
    assert faults(name) == []


@pytest.mark.parametrize(
    "title", [*(title for title, _ in HOSTILE.values()), *TOO_LONG.values()], ids=ascii
)
def test_hostile_title_makes_one_folder_and_one_file_of_just_that_name(
    title: str, tmp_path: Path
) -> None:
    """A real file system takes the name, keeps it, and nothing appears anywhere else."""
    folder = tmp_path / "library" / safe_name(title, fallback="7")
    file = folder / safe_name(f"1-01 {title}", fallback="7", extension=".flac")

    folder.mkdir(parents=True)
    file.with_name(file.name + ".part").write_bytes(b"audio")
    file.with_name(file.name + ".part").rename(file)

    assert sorted(tmp_path.rglob("*")) == sorted([tmp_path / "library", folder, file])


@settings(max_examples=200)
@given(ANY_TEXT, ANY_TEXT, st.sampled_from(["", ".flac", ".opus"]))
def test_any_text_becomes_a_name_that_every_system_takes(
    text: str, fallback: str, extension: str
) -> None:
    """One component, never empty, not reserved, short enough, NFC, for any text at all."""
    name = safe_name(text, fallback=fallback, extension=extension)

    assert faults(name) == []
    assert name.endswith(extension)


@settings(max_examples=200)
@given(ANY_TEXT, st.sampled_from(["", ".flac"]))
def test_safe_name_stays_as_it_is(text: str, extension: str) -> None:
    """Idempotent, with and without the extension: a second run finds the first one's files."""
    name = safe_name(text, fallback="7", extension=extension)

    assert safe_name(name, fallback="8") == name
    assert safe_name(name.removesuffix(extension), fallback="8", extension=extension) == name


def test_joiner_that_falls_between_marks_leaves_a_stable_name() -> None:
    """Marks change places when a joiner between them goes; the rule is applied until it holds."""
    text = "\u0628\u0308\u200d\u0651\u200c\u0628"

    once = safe_name(text, fallback="7")

    assert safe_name(once, fallback="7") == once == "\u0628\u0651\u0308\u0628"


@pytest.mark.parametrize("title", TOO_LONG.values(), ids=TOO_LONG)
def test_long_title_leaves_room_in_each_measure(title: str) -> None:
    """UTF-8, UTF-16 and, for HFS+, decomposed UTF-16: with room for `.part` and a suffix."""
    name = safe_name(title, fallback="7", extension=".flac")

    limit = MAX_BYTES - ROOM_BYTES
    assert len(name.encode()) <= limit
    assert len(name.encode("utf-16-le")) // 2 <= limit
    assert len(unicodedata.normalize("NFD", name).encode("utf-16-le")) // 2 <= limit
    assert len(name.encode()) > limit // 3


@pytest.mark.parametrize(
    "grapheme", ["あ", FAMILY, "\U0001f1f3\U0001f1f4", "\U0001f44b\U0001f3fd", "q\u0323\u0307"]
)
def test_long_title_is_cut_between_graphemes(grapheme: str) -> None:
    """No emoji, flag or accented letter is halved, wherever the limit falls in it."""
    for shift in range(len(grapheme.encode())):
        name = safe_name("x" * shift + grapheme * 300, fallback="7")

        kept = re.sub("~[0-9a-f]{8}$", "", name).lstrip("x")
        assert kept
        assert kept == grapheme * (len(kept) // len(grapheme))


def test_cut_never_ends_in_a_joiner_space_or_dot() -> None:
    """What stood before the cut must be a good end of a name."""
    for shift in range(8):
        name = safe_name("x" * shift + "ی\u200cا. " * 100, fallback="7")

        assert name[-10] not in " .\u200c"
        assert safe_name(name, fallback="7") == name


def test_long_titles_with_one_beginning_get_different_names() -> None:
    """The checksum covers what was cut off."""
    first, second = (safe_name("x" * 300 + end, fallback="7") for end in "ab")

    assert first != second


def test_smaller_limit_is_kept() -> None:
    """Some file systems take fewer bytes: eCryptfs 143."""
    name = safe_name("あ" * 300, fallback="7", extension=".flac", max_bytes=143)

    assert len(name.encode()) <= 143 - ROOM_BYTES


@pytest.mark.parametrize("extension", ["flac", ".", "./x", ".fl ac", ".a.b", ".flac\n"])
def test_extension_of_another_form_is_a_mistake_of_the_caller(extension: str) -> None:
    """An extension comes from our own table of codecs, never from outside."""
    with pytest.raises(ValueError, match="extension"):
        safe_name("x", fallback="7", extension=extension)


@pytest.mark.parametrize("max_bytes", [95, 256])
def test_limit_out_of_range_is_a_mistake_of_the_caller(max_bytes: int) -> None:
    """Below 96 no title fits beside what is kept free; above 255 nothing takes it."""
    with pytest.raises(ValueError, match="max_bytes"):
        safe_name("x", fallback="7", max_bytes=max_bytes)


@pytest.mark.parametrize("fallback", ["", "..", "/", "\u202e", "-", "x" * 300])
def test_fallback_is_made_safe_too(fallback: str) -> None:
    """An id is the service's word: it is no more to be trusted than a title."""
    name = safe_name("", fallback=fallback)

    assert faults(name) == []
    assert name.startswith("_")


def test_every_invisible_character_that_unicode_lists_is_dropped() -> None:
    """The table in the code holds at least what this Python's Unicode calls Cc, Cf and Co."""
    kept = [
        hex(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Co")
        and plain_text(f"a{chr(code)}b") not in ("ab", "a b")
    ]

    assert kept == []


def test_only_the_first_4096_characters_are_read() -> None:
    """Normalising a megabyte of marks would take minutes; no name holds that much."""
    heap = "a" + "\u0315\u0300\u05ae\u0327\u0301" * 819

    assert len(heap) == 4096
    assert safe_name(heap + "b", fallback="7") == safe_name(heap, fallback="7")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Intro", "INTRO"),
        ("Beyonc\u00e9", "BEYONCE\u0301"),
        ("Straße", "STRASSE"),
        ("می\u200cخ", "میخ"),
        ("\u2764\ufe0f", "\u2764"),
    ],
)
def test_names_that_some_file_system_takes_for_one_fold_to_one(first: str, second: str) -> None:
    """Case (NTFS, APFS), composition (APFS, HFS+), joiners (HFS+)."""
    assert folded(first) == folded(second)


def test_names_that_collide_get_their_ids_and_others_stay() -> None:
    """Each of those that collide gets its id: none is first."""
    items = [("Intro.flac", "1"), ("Song.flac", "2"), ("INTRO.flac", "3")]

    assert distinct_names(items) == ["Intro [1].flac", "Song.flac", "INTRO [3].flac"]


def test_folder_with_a_dot_in_its_name_keeps_its_end() -> None:
    """Only what looks like an extension is one."""
    assert distinct_names([("Vol. 2", "1"), ("VOL. 2", "2")]) == ["Vol. 2 [1]", "VOL. 2 [2]"]


@pytest.mark.parametrize("ident", ["a/b", "..", "A", "x" * 25, "", "é", "\ud800", "1\n"])
def test_id_that_could_not_stand_in_a_name_is_replaced_by_a_checksum(ident: str) -> None:
    """Also upper case: ids that differ only in case must not fold to one."""
    first, _ = distinct_names([("x.mp3", ident), ("x.mp3", "2")])

    assert re.fullmatch(r"x \[[0-9a-f]{12}\]\.mp3", first)


def test_name_that_already_looks_told_apart_is_told_apart_again() -> None:
    """A title may be what another title and its id make."""
    items = [("Song", "42"), ("Song", "43"), ("Song [42]", "7")]

    assert distinct_names(items) == ["Song [42]", "Song [43]", "Song [42] [7]"]


def test_item_that_is_there_twice_is_numbered() -> None:
    """A playlist may hold one track twice: the second must not overwrite the first."""
    items = [("x.mp3", "1"), ("x.mp3", "1"), ("x.mp3", "1"), ("x [1] (2).mp3", "5")]

    assert distinct_names(items) == ["x [1].mp3", "x [1] (3).mp3", "x [1] (4).mp3", "x [1] (2).mp3"]


def test_many_copies_of_one_item_are_numbered_within_reason() -> None:
    """Four thousand equal entries: no search from the beginning for each of them."""
    names = distinct_names([("x.mp3", "1")] * 4000)

    assert len(set(names)) == 4000


_TITLES = st.sampled_from(["a", "A", "b", "a [1]", "a [1] [2]", "a (2)", "é", "e\u0301"])
_ITEMS = st.lists(st.tuples(_TITLES, st.sampled_from(["1", "2", "3", "A", "a"])), max_size=12)


@given(_ITEMS)
def test_no_two_names_fold_to_one(items: list[tuple[str, str]]) -> None:
    """Whatever titles and ids there are, even those made to collide."""
    names = distinct_names(items)

    assert len({folded(name) for name in names}) == len(items)


@given(_ITEMS, st.randoms(use_true_random=False))
def test_order_makes_no_difference(items: list[tuple[str, str]], random: Random) -> None:
    """The same items get the same names, however a service sorts them."""
    shuffled = list(items)
    random.shuffle(shuffled)

    assert sorted(zip(distinct_names(items), items, strict=True)) == sorted(
        zip(distinct_names(shuffled), shuffled, strict=True)
    )


@settings(max_examples=200)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=4), st.sampled_from(["", ".flac"]))
def test_names_told_apart_are_safe_with_room_for_the_part_file(
    items: list[tuple[str, str]], extension: str
) -> None:
    """The suffix makes no name unsafe, and `.part` still fits."""
    safe = [
        (safe_name(title, fallback=ident, extension=extension), ident) for title, ident in items * 2
    ]

    for name in distinct_names(safe):
        assert faults(name + ".part") == []
        assert name.endswith(extension)
