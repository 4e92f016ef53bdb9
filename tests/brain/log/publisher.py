"""A process that publishes: ``python publisher.py HOME FORM COUNT``.

It waits for a line, publishes COUNT events with the log in that form, and writes the number of
each, in its run, to standard output once it is published.
"""

from __future__ import annotations

import os
import sys

import orpheus_core as oc


def main(home: str, form: str, count: int) -> None:
    """Publish."""
    config = {"events.sqlite": form == "sqlite", "events.jsonl": form == "jsonl"}
    with oc.Orpheus(home=home, config={**config, "events.largest_mb": 500}, discover=False) as app:
        os.write(1, b"ready\n")
        sys.stdin.readline()
        for number in range(count):
            event = app.brain.events.emit("stage.started", data={"attempt": number})
            os.write(1, b"%d\n" % event.seq)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
