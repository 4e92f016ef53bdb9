"""Making the sandbox's files anew gives files of the same kind."""

from __future__ import annotations

import io
from pathlib import Path

import attrs
import pytest

from orpheus_core.music import AudioFormat
from orpheus_core.testing.sandbox.covers import DESIGNS, as_jpeg, as_png, pixels
from orpheus_core.testing.sandbox.encoding import encode
from orpheus_core.testing.sandbox.files import file_index
from orpheus_core.testing.sandbox.make_audio import CD, MP3, STUDIO, make_audio
from orpheus_core.testing.sandbox.releases import CATALOGUE, SALT
from orpheus_core.testing.sandbox.synthesis import melody_for


def test_melody_is_the_same_each_time_and_another_for_each_track() -> None:
    """The name decides; nothing else does."""
    melodies = {
        melody_for(release.id, track.id)
        for release in CATALOGUE.releases
        for track in release.tracks
    }
    assert len(melodies) == 29
    assert melody_for("salt", "salt-01") in melodies
    assert all(1.5 <= melody.duration_s <= 3 for melody in melodies)


def test_sound_keeps_within_its_bounds_and_ends_in_silence() -> None:
    """Nothing clips, and nothing clicks at the end."""
    sound = melody_for("salt", "salt-01").samples(8000)
    assert 0.1 < max(map(abs, sound)) < 0.9
    assert sound[-1] == 0


@pytest.mark.parametrize("form", [CD, STUDIO, MP3], ids=str)
def test_encoded_sound_decodes_in_its_format(form: AudioFormat) -> None:
    """What PyAV wrote, PyAV reads, at the rate and with the channels that were asked for."""
    import av

    rate_hz = form.sample_rate_hz or 0
    content = encode([0.25, -0.25] * (rate_hz // 10), form)
    with av.open(io.BytesIO(content), "r") as container:
        frames = list(container.decode(audio=0))
    assert {frame.sample_rate for frame in frames} == {rate_hz}
    assert {frame.layout.nb_channels for frame in frames} == {2}
    assert sum(frame.samples for frame in frames) == pytest.approx(rate_hz // 5, abs=2400)


def test_files_are_written_and_described(tmp_path: Path) -> None:
    """For each track one entry a format, with what the index holds but for the bytes."""
    one = attrs.evolve(SALT, tracks=SALT.tracks[:1])

    made = list(make_audio(one, tmp_path))

    assert [file.name for file in made] == ["salt-01.flac", "salt-01.studio.flac"]
    for file in made:
        known = file_index().audio_by_name[file.name]
        assert (file.format, file.duration_s) == (known.format, known.duration_s)
        assert (tmp_path / file.name).stat().st_size == file.size_bytes


def test_cover_keeps_its_picture_in_both_formats() -> None:
    """The corner's colour survives: exactly in PNG, nearly in JPEG."""
    import av

    assert set(DESIGNS) == set(CATALOGUE.release_by_id)
    rgb = pixels(DESIGNS["salt"], side=64)
    for content, tolerance in ((as_png(rgb), 0), (as_jpeg(rgb), 8)):
        with av.open(io.BytesIO(content), "r") as container:
            (frame,) = container.decode(video=0)
        corner = bytes(frame.reformat(format="rgb24").planes[0])[:3]
        assert (frame.width, frame.height) == (64, 64)
        assert all(abs(a - b) <= tolerance for a, b in zip(corner, rgb[:3], strict=True))
