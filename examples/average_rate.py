"""A stage: notes in the manifest how many kilobits a second of each track takes up.

As a package it needs one line more, in its pyproject.toml::

    [project.entry-points."orpheus.plugins"]
    rate = "average_rate"
"""

from collections.abc import Sequence

import orpheus_core as oc


class AverageRate(oc.TrackStage):
    """Comes after the tags and the cover, which take up space too."""

    name = "average-rate"
    after = ("tag",)
    before = ("package",)
    optional = True

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        """Return *item* with one note more; run a second time, with no other."""
        file = item.file
        if file is None or not file.duration_s:
            return item
        note = f"{file.size_bytes * 8 / file.duration_s / 1000:.0f} kbit/s on average"
        return item if note in item.notes else item.noted(note)


@oc.hookimpl
def orpheus_stages() -> Sequence[oc.Stage]:
    """Bring the stage."""
    return [AverageRate()]
