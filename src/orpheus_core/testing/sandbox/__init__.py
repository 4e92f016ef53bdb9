"""The sandbox service: a small catalogue with real audio, and a real server for it on loopback.

The names come on first use, so that whoever only looks for the plugin loads no server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orpheus_core.testing.sandbox.account import ACCOUNT
    from orpheus_core.testing.sandbox.catalogue import SITE
    from orpheus_core.testing.sandbox.faults import Fault, FaultKind, parse_faults
    from orpheus_core.testing.sandbox.releases import CATALOGUE
    from orpheus_core.testing.sandbox.server import RequestRecord, SandboxServer

_HOMES = {
    "ACCOUNT": "account",
    "CATALOGUE": "releases",
    "SITE": "catalogue",
    "Fault": "faults",
    "FaultKind": "faults",
    "RequestRecord": "server",
    "SandboxServer": "server",
    "parse_faults": "faults",
}

__all__ = [
    "ACCOUNT",
    "CATALOGUE",
    "SITE",
    "Fault",
    "FaultKind",
    "RequestRecord",
    "SandboxServer",
    "parse_faults",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
