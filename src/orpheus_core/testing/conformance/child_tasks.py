"""What is done with a plugin in a child process, under watch: it is imported, and it works."""

from __future__ import annotations

import builtins
import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import attrs

from orpheus_core.plugins import in_words
from orpheus_core.plugins.discovery import loaded
from orpheus_core.testing.conformance.candidate import Candidate, installed_as
from orpheus_core.testing.conformance.rules import RuleSkipped
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.watch import Watch
from orpheus_core.testing.side_doors import Watched, watch_side_doors

IMPORT, WORK = "import", "work"
"""The two phases."""

IMPORT_LIMIT_S = 20.0
WORK_LIMIT_S = 180.0

HEAVY = frozenset({"av", "cattrs", "mutagen", "requests", "urllib3"})
"""Libraries that the core imports when they are needed, because it takes them long."""


@attrs.frozen(kw_only=True)
class Imported:
    """What came of importing a plugin in a process of its own.

    Attributes:
        error: how it failed; empty when it did not.
        cpu_s: the processor's time that it took, in seconds.
        heavy: libraries of `HEAVY` that it imported.
        watched: what was seen.
    """

    error: str
    cpu_s: float = 0.0
    heavy: tuple[str, ...] = ()
    watched: Watched = attrs.field(factory=Watched)


def imported(subject: Subject) -> Imported:
    """Import the plugin in a child process; ask `Subject.once` for it.

    Raises:
        RuleSkipped: it was handed over as an object, so no other process can have it.
    """
    watched = _run(subject, "import_plugin", IMPORT_LIMIT_S)
    answer = watched.answer if isinstance(watched.answer, dict) else {}
    heavy = answer.get("heavy")
    return Imported(
        error=watched.error or str(answer.get("error", "")),
        cpu_s=float(answer.get("cpu_s", 0.0)),
        heavy=tuple(heavy) if isinstance(heavy, list) else (),
        watched=watched,
    )


def worked(subject: Subject) -> Watched:
    """Have the plugin do all that its sample says, in a child process; ask `Subject.once`.

    Raises:
        RuleSkipped: as `imported`; or it cannot be imported.
    """
    if subject.once(imported).error:
        raise RuleSkipped("it cannot be imported: see plugin.imports")
    return _run(subject, "work", WORK_LIMIT_S)


def _run(subject: Subject, task: str, limit_s: float) -> Watched:
    candidate = subject.candidate
    if not candidate.value:
        raise RuleSkipped("it was handed over as an object: no other process can have it")
    folder = subject.new_folder("child")
    return watch_side_doors(
        f"{__name__}:{task}",
        {
            "id": candidate.id,
            "value": candidate.value,
            "sample": candidate.sample,
            "folder": str(folder),
        },
        code=watched_code(candidate),
        write_below=[folder],
        limit_s=limit_s,
    )


def watched_code(candidate: Candidate) -> list[str]:
    """Return the folders and files of the plugin's own code.

    Of a plugin inside of the core that is the folder of its module, not the whole core.
    """
    module = candidate.value.partition(":")[0]
    if module.startswith("orpheus_core."):
        inside = Path(*module.split(".")[1:]).parent
        return [str(Path(folder, inside)) for folder in candidate.code]
    return list(candidate.code)


# --- in the child ------------------------------------------------------------------------


def import_plugin(watch: Watch, argument: object) -> object:
    """Import the plugin that *argument* names, and say how that went."""
    told: dict[str, str] = argument if isinstance(argument, dict) else {}
    names: list[str] = []
    error = ""
    began_s = time.process_time()
    with watch.phase(IMPORT), _noting_imports(names):
        try:
            plugin = loaded(told["value"])
            if isinstance(plugin, type):  # of which each application makes an instance
                plugin()
        except BaseException as raised:  # noqa: BLE001 - the border to foreign code
            error = f"{in_words(raised)}{watch.place_of(raised)}"
    cpu_s = time.process_time() - began_s
    return {"error": error, "cpu_s": cpu_s, "heavy": sorted(HEAVY.intersection(names))}


def work(watch: Watch, argument: object) -> object:
    """Have the plugin that *argument* names do all that its sample says."""
    from orpheus_core.testing.conformance.everything import do_everything

    told: dict[str, str] = argument if isinstance(argument, dict) else {}
    candidate = installed_as(told["id"], told["value"]).with_sample(told["sample"])
    with Subject(candidate, folder=Path(told["folder"])) as subject:
        _ = subject.samples  # imported before anything is watched: it is no part of the work
        with watch.phase(WORK), contextlib.suppress(RuleSkipped):
            do_everything(subject)
    return None


@contextlib.contextmanager
def _noting_imports(names: list[str]) -> Iterator[None]:
    """Note the packages that are asked for by others than the core, be they there or not."""
    usual = builtins.__import__

    def noting(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - as Python calls it
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        asking = str((globals or {}).get("__name__", ""))
        if not level and not asking.startswith(("orpheus_core", *HEAVY)):
            names.append(name.partition(".")[0])
        return usual(name, globals, locals, fromlist or (), level)

    builtins.__import__ = noting
    try:
        yield
    finally:
        if builtins.__import__ is noting:
            builtins.__import__ = usual
