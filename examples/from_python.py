"""Orpheus from Python: open it, listen, ask, search, download.

Runs as it is, with no account and no network: the sandbox is a small music service on
this machine. With a real service, leave the server and its address out::

    python examples/from_python.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import orpheus_core as oc
from orpheus_core.testing import SandboxServer


def main(folder: Path) -> None:
    with SandboxServer() as server, oc.Orpheus(home=folder / "home") as app:
        app.credentials.set("sandbox", "url", server.url)

        # Everything that happens is an event. Listen to what you care about.
        app.brain.events.subscribe(
            lambda event: print(f"  {event.severity.name.lower():8} {event.kind}"),
            kinds=["network.*", "job.*"],
            min_severity="info",
        )

        # What is installed, and what it can.
        print("albums:", app.registry.get_service("sandbox").supports("albums"))
        print("lyrics:", app.registry.get_service("sandbox").supports("lyrics"))

        # The one way out to the network: limits, retries and typed errors included.
        answer = app.network.request("GET", f"{server.url}/api/albums/salt", service="sandbox")
        print("asked by hand:", answer.json()["title"])

        # Search, then download what was found into one finished folder.
        hit = app.search("sandbox", "album", "lanterns", limit=10)[0]
        report = app.download(str(hit.ref), to=folder, quality="lossless")
        artifact = report.artifacts[0]
        print(f"{artifact.manifest.title}: {len(artifact.manifest.tracks)} tracks")
        print("complete:", artifact.manifest.complete, "failures:", len(report.failures))

        # Today or in ten years: is every byte as it was?
        print("verified:", app.verify(artifact.path).ok)

        # Ask the brain what it would say and do.
        error = oc.ServiceDown("the service is down", retry_after_s=30)
        event = app.brain.events.emit("network.request.failed", service="sandbox", error=error)
        for advice in app.brain.advise(event):
            print("advice:", advice.title)
        question = oc.RetryQuestion(attempted=oc.Attempted.REQUEST, error=error)
        decision = app.brain.decide(question)
        print(f"decision: {decision.verdict.value} after {decision.after_s:g} s")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
