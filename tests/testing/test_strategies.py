"""The Hypothesis strategies: what they promise of what they make."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import orpheus_core as oc
from orpheus_core.brain import KINDS
from orpheus_core.plugins.manifest_file import manifest_text, read_manifest
from orpheus_core.testing import (
    artists,
    events,
    hostile_texts,
    links_of,
    manifests,
    media_refs,
    playlists,
    releases,
    tracks,
)

T = TypeVar("T")


def some(strategy: st.SearchStrategy[T], wanted: Callable[[T], bool]) -> T:
    """Return something that is *wanted*; the first that is found, not the smallest."""
    once = settings(max_examples=3000, phases=[Phase.generate], database=None)
    return find(strategy, wanted, settings=once)


PATTERNS = [
    oc.LinkPattern(host="music.example", path="/album/{id}", kind=oc.MediaKind.ALBUM),
    oc.LinkPattern(host="music.example", path="/{any?}/x/{any}/{id}", kind=oc.MediaKind.TRACK),
    oc.LinkPattern(host="m.example", path="/{id}", redirect=True, id_form="[^x]{1,12}"),
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.path)
@given(data=st.data())
def test_a_link_of_a_pattern_leads_to_its_id(pattern: oc.LinkPattern, data: st.DataObject) -> None:
    """However it is written."""
    link, ident = data.draw(links_of(pattern))

    assert pattern.match(oc.Url.parse(link)) == ident


@pytest.mark.parametrize("part", ["?", "#", "HTTPS://", "%"])
def test_links_are_written_in_many_ways(part: str) -> None:
    """With queries, fragments, schemes in any case, escapes."""
    pattern = PATTERNS[2]

    assert part in some(links_of(pattern), lambda link: part in link[0])[0]


@given(media_refs())
def test_a_reference_can_be_written_and_read(ref: oc.MediaRef) -> None:
    """So it may stand on a command line."""
    assert oc.MediaRef.parse(str(ref)) == ref


@given(media_refs("sandbox", oc.MediaKind.TRACK))
def test_a_reference_is_to_what_was_asked_for(ref: oc.MediaRef) -> None:
    """Service and kind."""
    assert (ref.service, ref.kind) == ("sandbox", oc.MediaKind.TRACK)


@given(manifests())
def test_a_manifest_can_be_written_and_read(manifest: oc.PluginManifest) -> None:
    """As the file orpheus.toml."""
    assert read_manifest(manifest_text(manifest).encode(), "orpheus.toml") == manifest


@settings(max_examples=20)
@given(manifests("mine"))
def test_a_manifest_has_the_id_that_was_asked_for(manifest: oc.PluginManifest) -> None:
    """And names its own hooks after it."""
    assert manifest.id == "mine"
    assert all(name.startswith("orpheus_mine_") for name in manifest.adds_hooks)


@given(events())
def test_an_event_fits_the_table_of_kinds(event: oc.Event) -> None:
    """Names and types of its fields."""
    assert KINDS[event.kind].faults(event) == []


@given(events("network.request.failed"))
def test_an_event_is_of_the_kind_that_was_asked_for(event: oc.Event) -> None:
    """One kind of all."""
    assert event.kind == "network.request.failed"


@pytest.mark.parametrize(
    "wanted",
    [
        lambda text: "\0" in text,
        lambda text: "\u202e" in text,
        lambda text: ".." in text,
        lambda text: "{title}" in text,
        lambda text: len(text) > 255,
        lambda text: text == "",
    ],
)
def test_hostile_texts_hold_what_is_hard_on_software(wanted: Callable[[str], bool]) -> None:
    """Each of them is found within a few tries."""
    some(hostile_texts(), wanted)


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [
        (tracks(), oc.Track),
        (releases(), oc.Release),
        (playlists(), oc.Playlist),
        (artists(), oc.Artist),
    ],
    ids=["tracks", "releases", "playlists", "artists"],
)
def test_music_comes_with_and_without_its_fields(
    strategy: st.SearchStrategy[object], kind: type
) -> None:
    """A link, say, is there or not."""
    assert isinstance(some(strategy, lambda value: getattr(value, "url", None) is None), kind)
    assert isinstance(some(strategy, lambda value: getattr(value, "url", None) is not None), kind)


def test_an_artist_has_releases_only_when_asked_for() -> None:
    """As a service answers."""
    assert some(artists(releases=True), lambda artist: bool(artist.releases))


def test_without_hypothesis_it_says_what_to_install() -> None:
    """And the rest of the room works."""
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from orpheus_core.testing import SimClock\n"
        "try:\n"
        "    from orpheus_core.testing import tracks\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")

    assert done.stdout == (
        "the strategies of orpheus_core.testing need Hypothesis: pip install hypothesis\n"
    ), done.stderr
