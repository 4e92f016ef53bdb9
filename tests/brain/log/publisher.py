"""A process that publishes: ``python publisher.py HOME FORM COUNT THREADS``.

It waits for a line, publishes COUNT events on each of THREADS threads with the log in that form,
and writes the number of each, in its run, to standard output once it is published.
"""

from __future__ import annotations

import os
import sys
import threading

import orpheus_core as oc


def main(home: str, form: str, count: int, threads: int) -> None:
    """Publish."""
    config = {"events.sqlite": form == "sqlite", "events.jsonl": form == "jsonl"}
    with oc.Orpheus(home=home, config={**config, "events.largest_mb": 500}, discover=False) as app:
        os.write(1, b"ready\n")
        sys.stdin.readline()

        def publish(thread: int) -> None:
            for number in range(count):
                data = {"attempt": number}
                event = app.brain.events.emit("stage.started", subject=str(thread), data=data)
                os.write(1, b"%d\n" % event.seq)

        workers = [threading.Thread(target=publish, args=(n,)) for n in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
