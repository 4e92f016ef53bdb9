"""A stage that keeps every rule, and stages that break one each."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence

import attrs
from tests.testing.conformance.service_cases import FRAGILE
from tests.testing.conformance.trying import Case

import orpheus_core as oc
from orpheus_core.storage import write_atomically
from orpheus_core.testing import StageSample

URL = "https://api.notes.example/note"
HOST = "api.notes.example"


@attrs.frozen(kw_only=True)
class NoteShape:
    """What the stage asks for."""

    id: str


class GoodStage(oc.TrackStage):
    """Writes a checksum beside the file, and notes what a service says."""

    name = "good-notes"
    after: tuple[str, ...] = ("verify",)
    before: tuple[str, ...] = ("package",)
    optional = True

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if item.file is None:
            return item
        try:
            digest = hashlib.sha256(item.file.path.read_bytes()).hexdigest()
        except OSError as error:
            raise oc.StorageFailed("the file cannot be read", why=str(error)) from error
        self.write(item, context, digest)
        return item.noted(f"noted {self.ask(context).id}")

    def write(self, item: oc.TrackItem, context: oc.StageContext, digest: str) -> None:
        write_atomically(context.storage, item.folder / "checksum.txt", digest.encode())

    def ask(self, context: oc.StageContext) -> NoteShape:
        context.network.declare("notes", hosts=(HOST,))
        return self.get(context)

    def get(self, context: oc.StageContext) -> NoteShape:
        client = context.client("notes")
        return client.get(URL, NoteShape)


class StagePlugin:
    """Brings one stage."""

    def __init__(self, stage: oc.Stage) -> None:
        self.stage = stage

    @oc.hookimpl
    def orpheus_stages(self) -> Sequence[oc.Stage]:
        return [self.stage]


SAMPLE = StageSample(answers={URL: {"id": "n1"}})


def case(
    code: str,
    because: str,
    stage: Callable[[], oc.Stage] = GoodStage,
    samples: Sequence[StageSample] = (SAMPLE,),
    *,
    also: Sequence[str] = (),
    limit_s: float = 5.0,
) -> Case:
    """Return the case of a plugin that brings *stage*."""
    return Case(
        code=f"stage.{code}",
        because=because,
        plugin=lambda: StagePlugin(stage()),
        samples=samples,
        also=frozenset(f"stage.{each}" for each in also),
        limit_s=limit_s,
    )


def stage_with(**changes: object) -> type[GoodStage]:
    """Return a stage that says other things of itself."""
    return type("Changed", (GoodStage,), changes)


class RaisesKeyError(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        raise KeyError("title")


class ReturnsNone(GoodStage):
    def run(self, item: oc.Item, context: oc.StageContext) -> oc.Item:
        super().run(item, context)
        return None  # type: ignore[return-value] # that is the mistake


class OtherTrack(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        changed = super().run_track(item, context)
        return attrs.evolve(changed, position=9)


class CountsRuns(GoodStage):
    def __init__(self) -> None:
        self.numbers = itertools.count()

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        return super().run_track(item, context).noted(f"run {next(self.numbers)}")


class GrowsFiles(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        with (item.folder / "runs.txt").open("a", encoding="utf-8") as file:
            file.write("run\n")
        return super().run_track(item, context)


class WritesElsewhere(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        item.folder.parent.joinpath("elsewhere.txt").write_text("x", "utf-8")
        return super().run_track(item, context)


class ChangesUntold(GoodStage):
    """Puts the same bytes there at each run, and hands on the digest of before."""

    content = bytes(8)

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if item.file is not None and item.file.path.exists():
            content = item.file.path.read_bytes()
            item.file.path.write_bytes(self.changed(content))
        return super().run_track(item, context)

    def changed(self, content: bytes) -> bytes:
        return content[:-8] + self.content


class CutsUntold(ChangesUntold):
    def changed(self, content: bytes) -> bytes:
        return content[:100]


class RemovesUntold(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if item.file is not None and item.file.path.exists():
            changed = super().run_track(item, context)
            item.file.path.unlink()
            return changed
        return item


class WritesByTitle(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        item.folder.joinpath(f"{item.track.title}.txt").write_text("x", "utf-8")
        return super().run_track(item, context)


class NeedsItsFile(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if item.file is not None:
            item.file.path.read_bytes()
        return super().run_track(item, context)


class TakesDisksForGood(GoodStage):
    def write(self, item: oc.TrackItem, context: oc.StageContext, digest: str) -> None:
        try:
            super().write(item, context, digest)
        except oc.StorageError as error:
            raise AssertionError("disks do not fail") from error


class NeverStops(GoodStage):
    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if context.cancel.is_set():
            threading.Event().wait(10)
        return super().run_track(item, context)


class Circle(GoodStage):
    after = ("package",)
    before = ("verify",)


class Fragile(GoodStage):
    """Fails in its own way when *breaks* says so of an error and of what was read before."""

    def __init__(self, breaks: Callable[[oc.OrpheusError, object], bool]) -> None:
        self.breaks = breaks

    def get(self, context: oc.StageContext) -> NoteShape:
        seen: list[object] = ["nothing"]

        def look(answer: object) -> None:
            seen.append(answer)

        try:
            return context.client("notes").get(URL, NoteShape, classify=look)
        except oc.OrpheusError as error:
            if self.breaks(error, seen[-1]):
                raise ValueError("what now?") from error
            raise


class ByTheClock(GoodStage):
    ahead = True

    def get(self, context: oc.StageContext) -> NoteShape:
        skew_s = (context.clock.now() - SAMPLE.at).total_seconds()
        if (skew_s > 40_000) if self.ahead else (skew_s < -40_000):
            raise ValueError("what time is it?")
        return super().get(context)


class ByTheClockBehind(ByTheClock):
    ahead = False


def _fragile(ident: str) -> Case:
    return case(f"survives-{ident}", "what now?", lambda: Fragile(FRAGILE[ident]))


CASES = [
    case("has-sample", "the stage good-notes has none", samples=()),
    case("says-what-it-is", "the name 'Good Notes'", stage_with(name="Good Notes")),
    case("says-what-it-is", "after of good-notes is 'verify'", stage_with(after="verify")),
    case("says-what-it-is", "optional of good-notes is 'yes'", stage_with(optional="yes")),
    case("finds-its-place", "package", Circle),
    case("works", "KeyError", RaisesKeyError, also=["runs-twice-alike"]),
    case("works", "the sample has no answer", samples=(StageSample(),), also=["runs-twice-alike"]),
    case("hands-on-its-item", "it answered None", ReturnsNone),
    case("hands-on-its-item", "it was given the track", OtherTrack),
    case("runs-twice-alike", "notes: 1: 'run ", CountsRuns),
    case("runs-twice-alike", "runs.txt changed", GrowsFiles),
    case("keeps-to-its-folder", "elsewhere.txt changed", WritesElsewhere),
    case("vouches-for-its-file", "has other bytes than the SHA-256", ChangesUntold),
    case("vouches-for-its-file", "has 100 bytes, and its item says", CutsUntold),
    case("vouches-for-its-file", "cannot be read", RemovesUntold, also=["runs-twice-alike"]),
    case("survives-hostile-titles", "it wrote kit-outside.txt outside", WritesByTitle),
    case("survives-missing-files", "FileNotFoundError", NeedsItsFile),
    case("survives-a-bad-disk", "disks do not fail", TakesDisksForGood),
    case("stops-when-asked", "it did not end in", NeverStops, limit_s=1.0),
    *map(_fragile, FRAGILE),
    case("survives-clock-ahead", "what time is it?", ByTheClock),
    case("survives-clock-behind", "what time is it?", ByTheClockBehind),
]
