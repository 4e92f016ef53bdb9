"""The reference page of the file layout holds what the code knows."""

from __future__ import annotations

from pathlib import Path

from orpheus_core.delivery.layout import FIELDS, Template
from orpheus_core.delivery.layout.names import MAX_BYTES, ROOM_BYTES
from orpheus_core.delivery.layout.template import NUMBER_WIDTHS

PAGE = (Path(__file__).parents[3] / "docs/reference/file-layout.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in PAGE.splitlines()
    if line.startswith("| ") and (cells := [cell.strip() for cell in line.strip("|").split(" | ")])
}


def test_every_field_stands_in_the_reference_with_its_meaning() -> None:
    """A field that is added, renamed or described anew comes with its row."""
    documented = {name: ROWS.get(f"`{{{name}}}`", ["is missing"])[0] for name in FIELDS}

    assert documented == dict(FIELDS)


def test_reference_names_no_field_that_does_not_exist() -> None:
    """A field that was taken away leaves the page too."""
    named = {cell.strip("`{}") for cell in ROWS if cell.startswith("`{") and "/" not in cell}

    assert named == set(FIELDS)


def test_digits_of_the_numbers_stand_in_the_reference() -> None:
    """The column of digits is filled for numbers and empty for text."""
    documented = {name: ROWS[f"`{{{name}}}`"][1] for name in FIELDS}

    assert documented == {name: str(NUMBER_WIDTHS.get(name, "")) for name in FIELDS}


def test_limits_stand_in_the_reference() -> None:
    """So do the lengths."""
    assert f"{MAX_BYTES} bytes" in PAGE
    assert f"{ROOM_BYTES} bytes stay free" in PAGE


def test_examples_of_the_reference_are_true() -> None:
    """Each layout in the table of examples gives the path beside it."""
    values = {
        "albumartist": "Daft Punk",
        "artist": "Daft Punk",
        "album": "Discovery",
        "year": "2001",
        "disc": "1",
        "track": "4",
        "title": "Harder, Better, Faster, Stronger",
        "playlist": "Robots",
        "position": "12",
    }
    examples = {key.strip("`"): cells[0] for key, cells in ROWS.items() if "/" in key}

    assert len(examples) >= 3
    for layout, path in examples.items():
        names = Template.parse(layout).render(values, fallback="302127", extension=".flac")
        assert f"`{'/'.join(names)}`" == path
