"""Puts back what an import replaces in requests: everybody's way out leads through it.

No defence against malice, which has other ways; a plugin that gives itself a time-out or a
proxy in this manner would give it to the core and to every other plugin.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, cast

from orpheus_core.errors import HookFailed

if TYPE_CHECKING:
    from importlib.abc import Loader

_PACKAGE = "requests"
_MOST_NAMED = 3

_Held = list[tuple[str, object, dict[str, object]]]
"""Modules and classes, each with its full name and the functions that it held."""


@contextlib.contextmanager
def requests_left_alone() -> Iterator[None]:
    """Put the functions of requests back that the body replaces.

    Where the body is the first to import requests, what counts is what was there right then.

    Raises:
        HookFailed: it replaced some; the message names them.
    """
    held: _Held = []
    witness = _Witness(lambda: held.extend(_held()))
    if _PACKAGE in sys.modules:
        held.extend(_held())
    else:
        sys.meta_path.insert(0, witness)
    try:
        yield
    except BaseException:
        _put_back(held)
        raise
    finally:
        witness.leave()
    replaced = _put_back(held)
    if replaced:
        names = ", ".join(replaced[:_MOST_NAMED])
        more = f" and {len(replaced) - _MOST_NAMED} more" if replaced[_MOST_NAMED:] else ""
        raise HookFailed(f"it replaced {names}{more}, which others use: that was undone")


def _held() -> _Held:
    """What there is of requests at the moment."""
    held: _Held = []
    for name, module in list(sys.modules.items()):
        if name != _PACKAGE and not name.startswith(f"{_PACKAGE}."):
            continue
        functions = _functions(module)
        held.append((name, module, functions))
        held += [
            (f"{name}.{each.__qualname__}", each, _functions(each))
            for each in functions.values()
            if isinstance(each, type) and each.__module__ == name
        ]
    return held


def _functions(owner: object) -> dict[str, object]:
    return {name: value for name, value in list(vars(owner).items()) if callable(value)}


def _put_back(held: _Held) -> list[str]:
    """Let everything be as it was *held*; return the names of what was not."""
    replaced = []
    for owner_name, owner, functions in held:
        if isinstance(owner, ModuleType) and sys.modules.get(owner_name) is not owner:
            sys.modules[owner_name] = owner
            replaced.append(owner_name)
        now = vars(owner)
        for name, function in functions.items():
            if now.get(name) is not function:
                setattr(owner, name, function)
                replaced.append(f"{owner_name}.{name}")
    return sorted(replaced)


class _Witness:
    """A finder that finds nothing by itself: it is there when requests has been imported."""

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find requests as others do, but note when its import ends."""
        if name != _PACKAGE:
            return None
        self.leave()
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = cast("Loader", _Noting(spec.loader, self._note))
        return spec

    def leave(self) -> None:
        """Be asked no more."""
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)


class _Noting:
    """A loader that says when another has done its work, and leaves no trace of itself."""

    def __init__(self, loader: Loader, note: Callable[[], None]) -> None:
        self._loader = loader
        self._note = note

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._note()
