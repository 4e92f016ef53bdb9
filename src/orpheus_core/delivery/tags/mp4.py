"""The atoms that iTunes made the standard: the tags of AAC and ALAC in MP4."""
# mypy: untyped-calls-exclude=mutagen

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from orpheus_core.delivery.pictures import Picture, PictureType, check_picture
from orpheus_core.delivery.tags.fields import FIELD_NAMES, IN_PAIRS, ITUNES, NUMBER_PAIRS, Field
from orpheus_core.delivery.tags.model import TrackTags
from orpheus_core.errors import PictureRefused

if TYPE_CHECKING:
    from mutagen.mp4 import MP4Tags


def write_mp4(path: Path, tags: TrackTags) -> None:
    """Replace the iTunes atoms of an MP4 file."""
    from mutagen import mp4

    cover = tags.cover
    if cover and cover.type is PictureType.WEBP:
        raise PictureRefused(
            "the cover was left out: it is a WebP picture",
            why="an MP4 file can hold a JPEG or PNG cover",
            evidence={"type": cover.type.value},
        )
    atoms = mp4.MP4Tags()
    _fill(atoms, tags)
    if cover:
        kinds = mp4.AtomDataType
        kind = kinds.PNG if cover.type is PictureType.PNG else kinds.JPEG
        atoms["covr"] = [mp4.MP4Cover(cover.data, imageformat=kind)]
    atoms.save(path)


def read_mp4(path: Path) -> TrackTags:
    """Return the tags of an MP4 file."""
    from mutagen import mp4

    # mutagen's annotations know only the value that its class begins with.
    atoms = cast("MP4Tags | None", mp4.MP4(path).tags)
    if atoms is None:
        return TrackTags()
    values: dict[Field, tuple[str, ...]] = {}
    for field, names in FIELD_NAMES.items():
        if field not in IN_PAIRS and names.mp4 in atoms:
            values[field] = tuple(
                part.decode(errors="replace") if isinstance(part, bytes) else str(part)
                for part in atoms[names.mp4]
            )
    for pair in NUMBER_PAIRS:
        for numbers in atoms.get(FIELD_NAMES[pair[0]].mp4, [])[:1]:
            values |= {field: (str(n),) for field, n in zip(pair, numbers, strict=True)}
    return TrackTags.from_values(values, _front_cover(atoms))


def _fill(atoms: MP4Tags, tags: TrackTags) -> None:
    from mutagen import mp4

    values = tags.values()
    for field, texts in values.items():
        name = FIELD_NAMES[field].mp4
        if field is Field.ADVISORY:
            atoms[name] = [int(texts[0])]
        elif name.startswith(ITUNES):
            kind = mp4.AtomDataType.UTF8
            atoms[name] = [mp4.MP4FreeForm(text.encode(), dataformat=kind) for text in texts]
        elif field not in IN_PAIRS:
            atoms[name] = list(texts)
    for pair in NUMBER_PAIRS:
        number, total = (int(values.get(field, ("0",))[0]) for field in pair)
        if number or total:
            atoms[FIELD_NAMES[pair[0]].mp4] = [(number, total)]


def _front_cover(atoms: MP4Tags) -> Picture | None:
    for cover in atoms.get("covr", []):
        try:
            return check_picture(bytes(cover))
        except PictureRefused:
            continue
    return None
