"""All flows that a plugin's samples amount to."""

from __future__ import annotations

from orpheus_core.testing.conformance import matching
from orpheus_core.testing.conformance.flows import Group
from orpheus_core.testing.conformance.login_flows import login_groups
from orpheus_core.testing.conformance.service_flows import service_group
from orpheus_core.testing.conformance.stage_flows import stage_group
from orpheus_core.testing.conformance.subject import Subject


def groups_of(subject: Subject) -> tuple[Group, ...]:
    """Return the flows that may send requests; ask `Subject.once` for them."""
    groups = [service_group(each.info, sample) for each, sample in matching.services(subject)]
    for login, sample in matching.logins(subject):
        groups += login_groups(subject, login, sample)
    groups += [stage_group(subject, stage, each) for stage, each in matching.stages(subject)]
    return tuple(groups)
