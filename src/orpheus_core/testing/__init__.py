"""What whoever tests against Orpheus needs: servers, faults, clocks, disks that fail.

The names come on first use (PEP 562), so that a plugin that only wants the clock loads
no server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

# fmt: off
if TYPE_CHECKING:
    from orpheus_core.testing.canned import CannedClient as CannedClient
    from orpheus_core.testing.clock import SimClock as SimClock
    from orpheus_core.testing.crash import (
        CrashStorage as CrashStorage, check_crashes as check_crashes,
    )
    from orpheus_core.testing.faultserver import (
        After as After, answer as answer, Close as Close, Drip as Drip, Endless as Endless,
        FaultServer as FaultServer, Hold as Hold, Read as Read, Reset as Reset, Send as Send,
        Silence as Silence, Stall as Stall, Status as Status, Tls as Tls,
    )
    from orpheus_core.testing.har import HarReplay as HarReplay
    from orpheus_core.testing.sandbox import (
        Fault as Fault, FaultKind as FaultKind, SandboxServer as SandboxServer,
    )
    from orpheus_core.testing.torture import (
        count_calls as count_calls, FaultyStorage as FaultyStorage,
    )

_MODULES = {
    "canned": "CannedClient",
    "clock": "SimClock",
    "crash": "CrashStorage check_crashes",
    "faultserver": "After answer Close Drip Endless FaultServer Hold Read Reset Send Silence "
                   "Stall Status Tls",
    "har": "HarReplay",
    "sandbox": "Fault FaultKind SandboxServer",
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
