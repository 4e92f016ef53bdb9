"""What one way of being broken is, how it is written down, and the plugin that is not."""

from __future__ import annotations

import enum
import textwrap
from typing import TypedDict, Unpack

import attrs
from tests.plugins.wheelhouse import Package

from orpheus_core import ExitStatus, PluginState

LIMIT_S = 2
"""How long `doctor --deep` waits for an import in these tests."""


class Done(enum.Enum):
    """What a person does with the broken plugin there."""

    TRACK = "downloads a track of the sandbox"
    ALBUM = "downloads an album of the sandbox"
    LINK = "downloads a link of the broken plugin's service"
    DEEP = "has the doctor import every plugin"


@attrs.frozen(kw_only=True)
class Broken:
    """One way.

    Attributes:
        packages: what is installed beside the good plugin.
        done: what is done then.
        state: the state of each of them at the end of it.
        reason, hint: what is said of each there; empty: nothing is. ``{id}`` and ``{package}``
            stand for its names.
        status: how the command ends.
        works: whether the good plugin gets to work.
    """

    id: str
    packages: tuple[Package, ...]
    done: Done = Done.TRACK
    state: PluginState = PluginState.FAILED
    reason: str = ""
    hint: str = ""
    status: ExitStatus = ExitStatus.OK
    works: bool = True


class Expected(TypedDict, total=False):
    """What a case expects; as in `Broken`."""

    done: Done
    state: PluginState
    reason: str
    hint: str
    status: ExitStatus
    works: bool


def eager(name: str, code: str, *, target: str = "", **expected: Unpack[Expected]) -> Broken:
    """Return the case of a plugin without a manifest."""
    return Broken(id=name, packages=(_package(name, code, target, None),), **expected)


def lazy(
    name: str,
    code: str,
    *,
    hooks: tuple[str, ...] = ("orpheus_tags",),
    more: str = "",
    api: str = '"1.0"',
    text: str | bytes = "",
    **expected: Unpack[Expected],
) -> Broken:
    """Return the case of a plugin with a manifest: *text*, or one with *hooks* and *more*."""
    text = text or manifest(name, *hooks, api=api, more=more)
    return Broken(id=name, packages=(_package(name, code, "", text),), **expected)


def both(
    name: str,
    code: str,
    *,
    hooks: tuple[str, ...] = ("orpheus_tags",),
    target: str = "",
    **expected: Unpack[Expected],
) -> Broken:
    """Return the case of two plugins with the same code, one of them with a manifest."""
    twin = f"{name}-lazy"
    packages = (
        _package(name, code, target, None),
        _package(twin, code, target, manifest(twin, *hooks)),
    )
    return Broken(id=name, packages=packages, **expected)


def _package(name: str, code: str, target: str, text: str | bytes | None) -> Package:
    return Package(plugin=name, code=textwrap.dedent(code), target=target, manifest=text)


def manifest(name: str, *hooks: str, api: str = '"1.0"', more: str = "") -> str:
    """Return the manifest of the plugin *name*."""
    used = [f'[[hooks]]\nname = "{hook}"' for hook in hooks]
    return "\n".join([f'id = "{name}"', f"api = {api}", *used, textwrap.dedent(more)])


TAGS = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    return None
"""

GOOD_COMMENT = "touched by a good plugin"

GOOD = Package(
    plugin="good",
    manifest=manifest("good", "orpheus_tags"),
    code=f"""
import attrs
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    return attrs.evolve(tags, comment="{GOOD_COMMENT}")
""",
)
