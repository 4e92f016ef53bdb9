"""``orpheus explain``: what the code of an error means."""

from __future__ import annotations

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import status_word, success
from orpheus_core.cli.failures import meaning_of, nearest
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import OrpheusError, Retryable, UnknownWord, error_types

_RETRY = {
    Retryable.YES: "may help: it can pass by itself",
    Retryable.AFTER: "helps later, when the wait that was asked for is over",
    Retryable.AFTER_ACTION: "helps once you have done what is said at next",
    Retryable.NO: "brings the same again",
}


@click.command(cls=OrpheusCommand, name="explain")
@click.argument("code")
@click.pass_obj
def explain(invocation: Invocation, code: str) -> None:
    """Say what the CODE of an error means, as in error[CODE].

    \b
      orpheus explain net.dns-failure
    """
    kind = _find(code)
    if invocation.json:
        data = {
            "code": kind.code,
            "meaning": meaning_of(kind),
            "class": status_word(kind.exit_status),
            "exit_code": int(kind.exit_status),
            "retryable": kind.retryable.value,
            "next": kind.hint,
        }
        invocation.output.document(success(invocation, "orpheus.explanation/1", data))
        return
    status = kind.exit_status
    lines = wrap(meaning_of(kind), f"{kind.code}: ", " " * 8)
    lines += [f"  exit  {status.value} ({status_word(status)})"]
    lines += wrap(f"the same again {_RETRY[kind.retryable]}", "  retry ", " " * 8)
    lines += wrap(kind.hint, "  next  ", " " * 8) if kind.hint else []
    invocation.output.result(*lines)


def _find(code: str) -> type[OrpheusError]:
    """Return the class of errors that have *code*.

    Raises:
        UnknownWord: there is none.
    """
    kinds = {kind.code: kind for kind in error_types()}
    word = code.strip().lower()
    # What stands on the screen is taken as well: error[net.refused]:
    word = word.removeprefix("error[").removeprefix("warning[").rstrip(":").removesuffix("]")
    if word in kinds:
        return kinds[word]
    near = nearest(word, list(kinds))
    raise UnknownWord(
        f"there is no error code {code!r}",
        why="a code is the word in brackets of the first line of an error",
        next_step=f"orpheus explain {near}     if that is what you meant"
        if near
        else "codes look like net.dns-failure, svc.rate-limited, io.disk-full",
    )
