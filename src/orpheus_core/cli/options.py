"""The global options, the same before and after the command."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from orpheus_core.cli.failures import nearest
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.terminal import Color
from orpheus_core.errors import UnknownWord

T = TypeVar("T")


class OneOf(click.Choice[str]):
    """A word out of a few; the nearest is suggested for one that is none of them."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return *value* when it is one of the words.

        Raises:
            UnknownWord: it is not.
        """
        known = [str(choice) for choice in self.choices]
        word = value.lower()
        if word in known:
            return word
        near = nearest(word, known)
        name = param.opts[-1] if param else "this option"
        raise UnknownWord(
            f"{name} cannot be {value!r}",
            why=f"it is one of {', '.join(known)}",
            next_step=f"did you mean {near}?" if near else f"choose one of {', '.join(known)}",
        )

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Return what is said where one of the words is needed, and none is given."""
        return f"It is one of {', '.join(map(str, self.choices))}."


def global_options(*, hidden: bool) -> list[click.Parameter]:
    """Return new instances of the options that every command takes."""
    return [
        click.Option(
            ["--json"], is_flag=True, hidden=hidden, expose_value=False, callback=_set_json
        ),
        click.Option(
            ["-q", "--quiet"], is_flag=True, hidden=hidden, expose_value=False, callback=_set_quiet
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            hidden=hidden,
            expose_value=False,
            callback=_add_verbose,
        ),
        click.Option(
            ["--color"],
            type=OneOf([color.value for color in Color]),
            hidden=hidden,
            expose_value=False,
            callback=_set_color,
        ),
    ]


def _setting(
    change: Callable[[Invocation, T], None],
) -> Callable[[click.Context, click.Parameter, T | None], None]:
    """An option that is not given changes nothing: it may stand at another place."""

    def callback(ctx: click.Context, _param: click.Parameter, value: T | None) -> None:
        if value:
            change(ctx.ensure_object(Invocation), value)

    return callback


@_setting
def _set_json(invocation: Invocation, value: bool) -> None:
    invocation.json = value


@_setting
def _set_quiet(invocation: Invocation, value: bool) -> None:
    invocation.quiet = value


@_setting
def _add_verbose(invocation: Invocation, value: int) -> None:
    invocation.verbose += value


@_setting
def _set_color(invocation: Invocation, value: str) -> None:
    invocation.color = Color(value)
