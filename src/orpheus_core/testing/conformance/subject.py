"""The subject of the rules: a plugin with its samples, and what was found out so far."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

import attrs

from orpheus_core.testing.canary import Canaries
from orpheus_core.testing.conformance.bench import Bench, Setup
from orpheus_core.testing.conformance.brought import Brought, brought_by, reason_to_stay_out
from orpheus_core.testing.conformance.candidate import Candidate, samples_of
from orpheus_core.testing.conformance.rules import RuleSkipped
from orpheus_core.testing.conformance.samples import Sample

S = TypeVar("S", bound=Sample)
T = TypeVar("T")

LIMIT_S = 20.0
"""How long a flow may take, in real seconds: its waits are simulated."""


class Subject:
    """A plugin that rules are tried on; a context manager.

    While it is open, the variables of Orpheus are gone from the environment, and its home is
    an empty folder.

    Args:
        samples: what the plugin is tried on; what its manifest names when None.
        limit_s: how long one flow may take, in real seconds.
        folder: an empty folder for files; a temporary one when None.

    Attributes:
        candidate: what is known of the plugin from outside.
        canaries: the secrets that it is given.
        is_importable: False when it is known that its import fails, or does not end.
    """

    def __init__(
        self,
        candidate: Candidate,
        samples: Sequence[Sample] | None = None,
        *,
        limit_s: float = LIMIT_S,
        folder: Path | None = None,
    ) -> None:
        self.candidate = candidate
        self._given_samples = samples
        self.limit_s = limit_s
        self.canaries = Canaries()
        self.is_importable = True
        self._found: dict[object, object] = {}
        self._held = contextlib.ExitStack()
        self._given_folder = folder
        self._folder = Path()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as held:
            if self._given_folder is None:
                folder = tempfile.TemporaryDirectory(
                    prefix="orpheus-conformance-", ignore_cleanup_errors=True
                )
                self._folder = Path(held.enter_context(folder)).resolve()
            else:
                self._folder = self._given_folder.resolve()
            held.enter_context(_own_surroundings(self._folder / "home"))
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    @functools.cached_property
    def plugin(self) -> object:
        """The plugin, imported now.

        Raises:
            RuleSkipped: it cannot be; `plugin.imports` says why.
        """
        if not self.is_importable:
            raise RuleSkipped("it cannot be imported: see plugin.imports")
        try:
            return self.candidate.load()
        except BaseException as error:
            raise RuleSkipped("it cannot be imported: see plugin.imports") from error

    @functools.cached_property
    def samples(self) -> tuple[Sample, ...]:
        """What the plugin is tried on; nothing when that cannot be imported."""
        try:
            return self.read_samples()
        except RuleSkipped:
            raise
        except Exception:  # noqa: BLE001 - `plugin.sample-can-be-used` says what it was
            return ()

    def read_samples(self) -> tuple[Sample, ...]:
        """Return the samples; they are imported where they were not given.

        Raises:
            Exception: what their import raises.
            RuleSkipped: the plugin cannot be imported.
        """
        if self._given_samples is not None:
            return tuple(self._given_samples)
        if not self.candidate.sample:
            return ()
        _ = self.plugin
        return samples_of(self.candidate.sample)

    def new_folder(self, name: str) -> Path:
        """Return an empty folder of that name."""
        folder = self._folder / f"{next(self._numbers):04}-{name}"
        folder.mkdir(parents=True)
        return folder

    def bench(self, setup: Setup | None = None) -> Bench:
        """Return a bench with the plugin on it, to be opened; its settings have their defaults."""
        manifest = self.candidate.manifest
        defaults = {each.key: each.default for each in manifest.settings} if manifest else {}
        return Bench(
            self.candidate.id,
            self.plugin,
            attrs.evolve(setup or Setup(), settings=defaults),
            self.new_folder("home"),
            canaries=self.canaries,
            limit_s=self.limit_s,
        )

    @functools.cached_property
    def brought(self) -> Brought:
        """What the plugin brings.

        Raises:
            RuleSkipped: the application does not take it; `plugin.is-taken-up` says why.
        """
        with self.bench() as bench:
            brought = brought_by(bench)
            if reason_to_stay_out(bench):
                raise RuleSkipped("the application does without it: see plugin.is-taken-up")
            return brought

    def once(self, find: Callable[[Subject], T]) -> T:
        """Return what *find* finds out about this subject; it is asked once.

        Raises:
            Exception: what *find* raised, each time.
        """
        if find not in self._found:
            try:
                self._found[find] = find(self)
            except Exception as error:  # noqa: BLE001 - kept, and raised each time
                self._found[find] = _Failure(error)
        found = self._found[find]
        if isinstance(found, _Failure):
            raise found.error
        return cast("T", found)

    def samples_of(self, kind: type[S]) -> tuple[S, ...]:
        """Return the samples of one kind."""
        return tuple(sample for sample in self.samples if isinstance(sample, kind))


@attrs.frozen
class _Failure:
    error: Exception


@contextlib.contextmanager
def _own_surroundings(home: Path) -> Iterator[None]:
    """Let no setting or credential of whoever runs this have a say, and no home be touched."""
    before = {name: value for name, value in os.environ.items() if name.startswith("ORPHEUS_")}
    for name in before:
        del os.environ[name]
    os.environ["ORPHEUS_HOME"] = str(home)
    try:
        yield
    finally:
        del os.environ["ORPHEUS_HOME"]
        os.environ.update(before)
