"""The five lines of an error: what, why, done, next, more. Always all, always in this order."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from orpheus_core.cli.columns import wrap
from orpheus_core.errors import (
    ConfigError,
    NoService,
    OrpheusError,
    StageCycle,
    StageMissing,
    UnclassifiedError,
    UnknownWord,
    UsageError,
    WrongArguments,
)

if TYPE_CHECKING:
    import click

EXPLAIN = "orpheus explain "
_REST = " " * 8
_NOTHING_DONE = (UsageError, ConfigError, NoService, StageCycle, StageMissing)
"""What is found before any work begins."""


class Parts(NamedTuple):
    """What the five lines say."""

    code: str
    title: str
    why: str
    done: str
    next_step: str


def parts_of(error: OrpheusError) -> Parts:
    """Return the parts of *error*; where it says nothing, what its class says of all its kind."""
    untouched = isinstance(error, _NOTHING_DONE)
    return Parts(
        code=error.code or "failed",
        title=error.title,
        why=error.why or meaning_of(type(error)),
        done=error.done or ("nothing was done" if untouched else "what was finished is kept"),
        next_step=error.next_step or "give the same command again; if it stays, report it",
    )


def meaning_of(error_type: type[OrpheusError]) -> str:
    """Return what *error_type* stands for: the first line of its docstring."""
    return (error_type.__doc__ or "").strip().partition("\n")[0]


def five_lines(error: OrpheusError, *, level: str = "error") -> list[str]:
    """Return *error* as it is shown, wrapped to 80 columns."""
    parts = parts_of(error)
    said = {
        "why": parts.why,
        "done": parts.done,
        "next": parts.next_step,
        "more": EXPLAIN + parts.code,
    }
    lines = wrap(parts.title, f"{mark(error, level)} ", _REST)
    for label, text in said.items():
        lines += wrap(text, f"  {label:<6}", _REST)
    return lines


def mark(error: OrpheusError, level: str = "error") -> str:
    """Return how the first line begins: ``error[net.refused]:``."""
    return f"{level}[{error.code or 'failed'}]:"


def unforeseen(error: BaseException) -> UnclassifiedError:
    """Return the error for an exception that nobody foresaw."""
    return UnclassifiedError(
        "Orpheus met something that it was not made for",
        why=f"{type(error).__name__}: {error}".rstrip(": "),
        next_step="give the same command again with -v and report what it says",
        evidence={"exception_type": type(error).__name__},
    )


def nearest(word: str, known: list[str]) -> str | None:
    """Return the one of *known* that *word* most likely stands for."""
    found = difflib.get_close_matches(word, known, n=1)
    return found[0] if found else None


def of_click(error: click.ClickException) -> OrpheusError:
    """Return the error for what Click found wrong with the command line."""
    import click

    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "orpheus"
    help_line = f"{command} --help"
    if isinstance(error, click.NoSuchOption):
        known = _options(context) if context else []
        near = nearest(error.option_name, known)
        return UnknownWord(
            f"{command} has no option {error.option_name}",
            why=f"its options are {', '.join(known)}" if known else "",
            next_step=f"did you mean {near}?" if near else help_line,
        )
    return WrongArguments(error.format_message().rstrip("."), next_step=help_line)


def _options(context: click.Context) -> list[str]:
    params = context.command.get_params(context)
    return sorted({name for param in params for name in param.opts if name.startswith("--")})
