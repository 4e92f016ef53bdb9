"""Stubs: they stand for a plugin that is not imported, and import it at their first call."""

from __future__ import annotations

from collections.abc import Callable, Generator

from orpheus_core.errors import PluginUnavailable
from orpheus_core.plugins.implementations import Implementation, Spec, answer_of


class NotThere(PluginUnavailable):
    """The plugin behind a stub cannot be had; why was told when it was found out."""


def stub(spec: Spec, resolve: Callable[[], Implementation]) -> Callable[..., object]:
    """Return a function that pluggy takes for an implementation of *spec*.

    Args:
        resolve: imports the plugin if need be, and returns its own implementation; raises
            `NotThere`.
    """

    def plain(*values: object, **more: object) -> object:
        return answer_of(resolve(), {**dict(zip(spec.arguments, values, strict=False)), **more})

    # pluggy reads the names of the arguments from what a function wraps.
    plain.__wrapped__ = spec.function  # type: ignore[attr-defined] # as functools.wraps does
    return plain


def wrapper_stub(spec: Spec, resolve: Callable[[], Implementation]) -> Callable[..., object]:
    """Return a generator function that stands for a wrapper around *spec*, like `stub`."""
    call = stub(spec, resolve)

    def wrapper(*values: object, **more: object) -> Generator[None, object, object]:
        entered = call(*values, **more)
        if not isinstance(entered, Generator):  # a generator function that was decorated away
            return None
        return (yield from entered)

    wrapper.__wrapped__ = spec.function  # type: ignore[attr-defined] # as functools.wraps does
    return wrapper
