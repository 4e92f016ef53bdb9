"""What a plugin brings, in a few words."""

from __future__ import annotations

import attrs
import pytest

from orpheus_core.cli.contents import gives
from orpheus_core.plugins import (
    HookUse,
    PluginManifest,
    PluginRecord,
    PluginState,
    SecretBackendInfo,
)

MANIFEST = PluginManifest(
    id="tidy",
    api=((1, 0),),
    summary="Says what can go when the disk is full.",
    hooks=(HookUse(name="orpheus_event"), HookUse(name="orpheus_advise")),
)
RECORD = PluginRecord(
    id="tidy",
    distribution="orpheus-tidy",
    version="1",
    builtin=False,
    state=PluginState.REGISTERED,
    manifest=MANIFEST,
)
BACKEND = SecretBackendInfo(name="safe", priority=1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Says what can go when the disk is full."),
        ({"summary": ""}, "2 hooks"),
        ({"secret_backends": (BACKEND,)}, "secret backend safe, 2 hooks"),
    ],
)
def test_a_plugin_without_named_parts_is_told_by_its_summary(
    changes: dict[str, object], said: str
) -> None:
    """A number of hooks tells nobody anything, as long as there is a sentence."""
    manifest = attrs.evolve(MANIFEST, **changes)
    assert gives(attrs.evolve(RECORD, manifest=manifest)) == said


def test_a_reason_comes_before_all_else() -> None:
    """Whoever reads the list wants to know why it is not there."""
    assert gives(attrs.evolve(RECORD, reason="it is off")) == "it is off"
