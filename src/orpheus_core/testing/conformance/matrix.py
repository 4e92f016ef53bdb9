"""The matrix: every request of every flow, met by every fault, once and for good."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

import attrs

from orpheus_core.errors import OrpheusError, PluginError, UnclassifiedError
from orpheus_core.network.sending import IDEMPOTENT
from orpheus_core.testing.conformance.bench import Bench
from orpheus_core.testing.conformance.flows import Flow, Group
from orpheus_core.testing.conformance.groups import groups_of
from orpheus_core.testing.conformance.levels import RuleKind
from orpheus_core.testing.conformance.network_faults import NetworkFault, Recovery
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import Trial, in_short
from orpheus_core.testing.conformance.wire import Strike


@attrs.frozen(kw_only=True)
class Played:
    """A flow, how it goes when nothing is wrong, and how it went."""

    flow: Flow
    kind: RuleKind
    well: Trial
    trial: Trial


class Matrix:
    """Plays flows, well and badly; each combination once.

    Attributes:
        asked_credentials: services and fields that were asked for so far.
    """

    def __init__(self, subject: Subject) -> None:
        self.asked_credentials: set[tuple[str, str]] = set()
        self._subject = subject
        self._groups = subject.once(groups_of)
        self._well: dict[int, tuple[Trial, ...]] = {}
        self._badly: dict[str, tuple[Played, ...]] = {}

    def well(self, *kinds: RuleKind) -> list[Played]:
        """Return how the flows of *kinds* go when nothing is wrong; of all kinds when none."""
        return [
            Played(flow=flow, kind=group.kind, well=trial, trial=trial)
            for number, group in enumerate(self._groups)
            if group.kind in kinds or not kinds
            for flow, trial in zip(group.flows, self._trials_of(number), strict=True)
        ]

    def again(self, *kinds: RuleKind) -> list[Played]:
        """Return how the same flows go the second time in one application, in the same order."""
        found: list[Played] = []
        for number, group in enumerate(self._groups):
            if kinds and group.kind not in kinds:
                continue
            with self._open(group) as bench:
                for flow in group.flows:
                    _play(bench, flow)
                trials = [_play(bench, flow) for flow in group.flows]
            found += [
                Played(flow=flow, kind=group.kind, well=well, trial=trial)
                for flow, well, trial in zip(
                    group.flows, self._trials_of(number), trials, strict=True
                )
            ]
        return found

    def play(self, group: Group) -> list[Played]:
        """Return how flows go that are no part of the matrix."""
        with self._open(group) as bench:
            trials = [_play(bench, flow) for flow in group.flows]
        return [
            Played(flow=flow, kind=group.kind, well=trial, trial=trial)
            for flow, trial in zip(group.flows, trials, strict=True)
        ]

    def badly(self, fault: NetworkFault) -> tuple[Played, ...]:
        """Return how the flows that send requests go when *fault* meets each of these."""
        if fault.id not in self._badly:
            self._badly[fault.id] = tuple(self._met_by(fault))
        return self._badly[fault.id]

    def _trials_of(self, number: int) -> tuple[Trial, ...]:
        if number not in self._well:
            group = self._groups[number]
            with self._open(group) as bench:
                self._well[number] = tuple(_play(bench, flow) for flow in group.flows)
        return self._well[number]

    def _met_by(self, fault: NetworkFault) -> Iterator[Played]:
        for number, group in enumerate(self._groups):
            sending = [
                (flow, well)
                for flow, well in zip(group.flows, self._trials_of(number), strict=True)
                if well.ended_well and well.requests
            ]
            if not sending:
                continue
            with self._open(group, fault.skew_s) as bench:
                for flow, well in sending:
                    for strike in _strikes(fault, len(well.requests)):
                        trial = _play(bench, flow, strike)
                        yield Played(flow=flow, kind=group.kind, well=well, trial=trial)
                        if trial.hung:
                            return  # its thread still runs: nothing more can be told here

    @contextlib.contextmanager
    def _open(self, group: Group, skew_s: float = 0.0) -> Iterator[Bench]:
        """Yield a bench that is ready for *group*; look for secrets in the files it leaves."""
        with self._subject.bench(attrs.evolve(group.setup, skew_s=skew_s)) as bench:
            group.ready(bench)
            yield bench
            self.asked_credentials |= bench.secrets.asked
        self._subject.canaries.search_folder(bench.home)


def matrix_of(subject: Subject) -> Matrix:
    """Return the matrix of *subject*; ask `Subject.once` for it."""
    return Matrix(subject)


def fault_of(played: Played, fault: NetworkFault) -> str:
    """Return what is wrong with how a flow went that *fault* met; empty when nothing is."""
    trial = played.trial
    if trial.defect():
        return f"{trial.where}: {trial.defect()}"
    error = trial.error
    if isinstance(error, OrpheusError):
        if _must_recover(played, fault):
            return f"{trial.where}: the next answer was good, but {in_short(trial)}"
        right = isinstance(error, fault.allowed) and not isinstance(
            error, PluginError | UnclassifiedError
        )
        if right:
            return ""
        allowed = ", ".join(kind.__name__ for kind in fault.allowed)
        return f"{trial.where}: {in_short(trial)}; what fits is {allowed}"
    if played.flow.same(trial.value, played.well.value):
        return ""
    kept_going = fault.degrades and isinstance(trial.value, type(played.well.value))
    if kept_going:
        return ""
    return f"{trial.where}: the failure was passed over, {in_short(trial)}"


def _must_recover(played: Played, fault: NetworkFault) -> bool:
    strike = played.trial.strike
    if strike is None or strike.lasting or fault.recovery is Recovery.MAY:
        return False
    if fault.is_of_the_body and not played.flow.reads_bodies:
        return False
    return played.well.requests[strike.position - 1].method in IDEMPOTENT


def _strikes(fault: NetworkFault, requests: int) -> Iterator[Strike]:
    """Each request of a flow, met once, and met with all that follow it."""
    if fault.is_of_the_clock:
        yield Strike(fault=fault, position=0, lasting=False)
        return
    for position in range(1, requests + 1):
        yield Strike(fault=fault, position=position, lasting=False)
        if fault.lasts:
            yield Strike(fault=fault, position=position, lasting=True)


def _play(bench: Bench, flow: Flow, strike: Strike | None = None) -> Trial:
    """Make *flow* ready without a fault, then try it with one."""
    readied = bench.run(f"{flow}, made ready", functools.partial(flow.begin, bench))
    if not readied.ended_well or not callable(readied.value):
        return readied
    return bench.run(str(flow), readied.value, strike)
