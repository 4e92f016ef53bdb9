"""Calls what a plugin brought, so that whatever it raises is an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import ParamSpec, TypeVar

from orpheus_core.errors import HookFailed, OrpheusError
from orpheus_core.plugins import in_words

P = ParamSpec("P")
T = TypeVar("T")


def guarded(
    plugin: str,
    what: str,
    expect: type | UnionType,
    call: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Return what *call* returns, which *plugin* brought.

    Args:
        what: what it does, for the message: ``resolve``.
        expect: the type that it has to return.

    Raises:
        OrpheusError: what it raises on purpose.
        HookFailed: it raised something else, or returned another type.
    """
    try:
        value = call(*args, **kwargs)
    except (OrpheusError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise HookFailed(
            f"plugin {plugin} failed at {what}",
            why=in_words(error),
            evidence={"plugin": plugin, "exception_type": type(error).__name__},
        ) from error
    if not isinstance(value, expect):
        raise HookFailed(
            f"plugin {plugin} failed at {what}",
            why=f"it answered with {type(value).__name__}",
        )
    return value
