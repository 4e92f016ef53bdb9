"""Little melodies out of plucked notes, computed; the same name always gives the same one."""

from __future__ import annotations

import math
import random

import attrs

_SCALES = (
    (0, 2, 4, 7, 9, 12, 14, 16),  # major pentatonic
    (0, 3, 5, 7, 10, 12, 15, 17),  # minor pentatonic
    (0, 2, 3, 7, 8, 12, 14, 15),  # hirajoshi
    (0, 2, 4, 6, 7, 12, 14, 16),  # lydian
)
_ROOTS_HZ = (196.0, 220.0, 246.94, 261.63, 293.66)
_PARTIALS = ((1, 1.0), (2, 0.3), (3, 0.08))
_LOUDNESS = 0.11
_DECAY_PER_S = 6.5
_FADE_S = 0.04


@attrs.frozen(kw_only=True)
class Note:
    """A plucked string: when it starts, how high and how loud it is."""

    start_s: float
    pitch_hz: float
    amplitude: float


@attrs.frozen(kw_only=True)
class Melody:
    """Notes and how long they take together."""

    duration_s: float
    notes: tuple[Note, ...]

    def samples(self, sample_rate_hz: int) -> list[float]:
        """Return the sound of one channel, within -1 and 1."""
        total = round(self.duration_s * sample_rate_hz)
        sound = [0.0] * total
        for note in self.notes:
            start = round(note.start_s * sample_rate_hz)
            for partial, strength in _PARTIALS:
                # Higher partials of a string die sooner.
                decay = math.exp(-_DECAY_PER_S * (1 + partial) / 2 / sample_rate_hz)
                angle = 2 * math.pi * note.pitch_hz * partial / sample_rate_hz
                _add_ringing(sound, start, note.amplitude * strength, angle, decay)
        fade = round(_FADE_S * sample_rate_hz)
        for i in range(fade):
            sound[total - 1 - i] *= i / fade
        return sound


def melody_for(release: str, track: str) -> Melody:
    """Return the melody of a track; those of one release share key and scale."""
    key = random.Random(f"orpheus sandbox {release}")  # noqa: S311  a tune, not a secret
    root_hz, scale = key.choice(_ROOTS_HZ), key.choice(_SCALES)
    chance = random.Random(f"orpheus sandbox {track}")  # noqa: S311
    duration_s = round(1.5 + chance.random() * 0.1, 2)
    beat_s = duration_s / 6
    bass = Note(start_s=0.0, pitch_hz=root_hz / 2, amplitude=_LOUDNESS)
    return Melody(
        duration_s=duration_s,
        notes=(
            bass,
            *(
                Note(
                    start_s=beat * beat_s,
                    pitch_hz=root_hz * 2 ** (chance.choice(scale) / 12),
                    amplitude=_LOUDNESS * chance.uniform(0.6, 1.0),
                )
                for beat in range(5)
            ),
        ),
    )


def _add_ringing(
    sound: list[float], start: int, amplitude: float, angle: float, decay: float
) -> None:
    """Add a sine that dies away, by the recurrence of a resonator: two products a sample."""
    first, second = 2 * math.cos(angle) * decay, decay * decay
    before, now = 0.0, amplitude * math.sin(angle)
    for i in range(start, len(sound)):
        sound[i] += before
        before, now = now, first * now - second * before
