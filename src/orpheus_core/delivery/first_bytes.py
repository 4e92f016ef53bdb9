"""What a file is, told by its first bytes: for messages about what came instead of music."""

from __future__ import annotations

HEAD_BYTES = 512
"""How many bytes of a file `describe` wants to see."""

_BINARY = (
    (b"fLaC", "FLAC audio"),
    (b"ID3", "something behind an ID3 tag"),
    (b"OggS", "an Ogg file"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"%PDF", "a PDF document"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (b"wvpk", "a WavPack file"),
    (b"MAC ", "a Monkey's Audio file"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
)

_TEXT = (
    (b"#extm3u", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"<mpd", "a streaming manifest"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG picture"),
    (b"<?xml", "an XML document"),
    (b"<", "a page of markup"),
    (b"{", "JSON"),
    (b"[desktop entry]", "a desktop shortcut"),
    (b"[internetshortcut]", "an internet shortcut"),
    (b"[", "JSON"),
    (b"#!", "a script"),
)


def describe(head: bytes) -> str:
    """Return what a file that begins with *head* most likely is, as the words of a sentence.

    >>> describe(b"#EXTM3U\\n#EXT-X-VERSION:3\\n")
    'a playlist'
    """
    if not head:
        return "an empty file"
    if not head.strip(b"\x00"):
        return "a file of zeros"
    for magic, words in _BINARY:
        if head.startswith(magic):
            return words
    if head[4:8] == b"ftyp":
        return "an MP4 file"
    if head.startswith(b"RIFF"):
        return f"a RIFF file of kind {head[8:12]!r}"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, words in _TEXT:
        if text.startswith(magic):
            return words
    printable = sum(byte >= 0x20 or byte in b"\t\r\n" for byte in head)
    return "text" if printable == len(head) else "unknown data"
