"""Has a plugin do all that its samples say, once; the child process does that under watch."""

from __future__ import annotations

from orpheus_core.testing.conformance import matching
from orpheus_core.testing.conformance.advisor_flows import told_of
from orpheus_core.testing.conformance.bench import Setup
from orpheus_core.testing.conformance.hook_exercises import ANSWERS, exercised
from orpheus_core.testing.conformance.matrix import matrix_of
from orpheus_core.testing.conformance.network_faults import FAULTS
from orpheus_core.testing.conformance.samples import AdvisorSample
from orpheus_core.testing.conformance.subject import Subject

_SOME_FAULTS = frozenset({"401", "500", "html"})


def do_everything(subject: Subject) -> None:
    """Play every flow, some of them badly; tell every story; call every hook."""
    matrix = subject.once(matrix_of)
    matrix.well()
    for fault in FAULTS:
        if fault.id in _SOME_FAULTS:
            matrix.badly(fault)
    for sample in subject.samples_of(AdvisorSample):
        for _ in told_of(subject, [*sample.advised, *sample.silent]):
            pass
    for _, backend in matching.backends(subject):
        made = backend.make(subject.new_folder("secrets"))
        made.set("conformance", "token", "a value")
        made.get("conformance", "token")
    with subject.bench(Setup(answers=ANSWERS)) as bench:
        for _ in exercised(bench, subject.brought.hooks):
            pass
