"""What whoever tests against Orpheus needs: servers, faults, clocks, disks that fail.

The names come on first use (PEP 562), so that a plugin that only wants the clock loads
no server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

# fmt: off
if TYPE_CHECKING:
    from orpheus_core.testing.canary import (
        Canaries as Canaries, Encoding as Encoding, Leak as Leak, Place as Place,
    )
    from orpheus_core.testing.canned import CannedClient as CannedClient
    from orpheus_core.testing.clock import SimClock as SimClock
    from orpheus_core.testing.conformance.items import (
        job_item as job_item, sample_release as sample_release,
        sample_track as sample_track, track_item as track_item,
    )
    from orpheus_core.testing.conformance.manifest_strategies import manifests as manifests
    from orpheus_core.testing.conformance.levels import Level as Level, RuleKind as RuleKind
    from orpheus_core.testing.conformance.pytest_classes import (
        AdvisorConformance as AdvisorConformance,
        LoginConformance as LoginConformance,
        PluginConformance as PluginConformance,
        SecretBackendConformance as SecretBackendConformance,
        ServiceConformance as ServiceConformance,
        StageConformance as StageConformance,
    )
    from orpheus_core.testing.conformance.report import (
        check_candidate as check_candidate, CheckReport as CheckReport,
    )
    from orpheus_core.testing.conformance.rules import (
        Outcome as Outcome, Rule as Rule, Verdict as Verdict,
    )
    from orpheus_core.testing.conformance.sample_events import sample_event as sample_event
    from orpheus_core.testing.conformance.samples import (
        AdvisorSample as AdvisorSample, LoginSample as LoginSample, Reply as Reply,
        Sample as Sample, SecretBackendSample as SecretBackendSample,
        ServiceSample as ServiceSample, StageSample as StageSample,
    )
    from orpheus_core.testing.crash import (
        check_crashes as check_crashes, CrashStorage as CrashStorage,
    )
    from orpheus_core.testing.faultserver import (
        After as After, answer as answer, Close as Close, Drip as Drip,
        Endless as Endless, FaultServer as FaultServer, Hold as Hold, Read as Read,
        Reset as Reset, Send as Send, Silence as Silence, Stall as Stall,
        Status as Status, Tls as Tls,
    )
    from orpheus_core.testing.har import HarReplay as HarReplay
    from orpheus_core.testing.sandbox import (
        Fault as Fault, FaultKind as FaultKind, SandboxServer as SandboxServer,
    )
    from orpheus_core.testing.conformance.watch import (
        SideDoor as SideDoor, SideDoorKind as SideDoorKind, Watch as Watch,
    )
    from orpheus_core.testing.side_doors import (
        loopback_only as loopback_only, watch_side_doors as watch_side_doors,
        Watched as Watched,
    )
    from orpheus_core.testing.strategies import (
        artists as artists, events as events, hostile_texts as hostile_texts,
        links_of as links_of, media_refs as media_refs, playlists as playlists,
        releases as releases, tracks as tracks,
    )
    from orpheus_core.testing.torture import (
        count_calls as count_calls, FaultyStorage as FaultyStorage,
    )

_MODULES = {
    "canary": "Canaries Encoding Leak Place",
    "canned": "CannedClient",
    "clock": "SimClock",
    "conformance.items": "job_item sample_release sample_track track_item",
    "conformance.manifest_strategies": "manifests",
    "conformance.levels": "Level RuleKind",
    "conformance.pytest_classes": (
        "AdvisorConformance LoginConformance PluginConformance SecretBackendConformance "
        "ServiceConformance StageConformance"
    ),
    "conformance.report": "check_candidate CheckReport",
    "conformance.rules": "Outcome Rule Verdict",
    "conformance.sample_events": "sample_event",
    "conformance.samples": (
        "AdvisorSample LoginSample Reply Sample SecretBackendSample ServiceSample "
        "StageSample"
    ),
    "crash": "check_crashes CrashStorage",
    "faultserver": (
        "After answer Close Drip Endless FaultServer Hold Read Reset Send Silence Stall "
        "Status Tls"
    ),
    "har": "HarReplay",
    "sandbox": "Fault FaultKind SandboxServer",
    "conformance.watch": "SideDoor SideDoorKind Watch",
    "side_doors": "loopback_only watch_side_doors Watched",
    "strategies": "artists events hostile_texts links_of media_refs playlists releases tracks",
    "torture": "count_calls FaultyStorage",
}
# fmt: on
_NAMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_NAMES[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
