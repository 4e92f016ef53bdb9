"""``orpheus explain``: what a code means, and how it came to a failure."""

from __future__ import annotations

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import status_word, success
from orpheus_core.cli.failures import meaning_of
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import OrpheusError, Retryable, error_types

_RETRY = {
    Retryable.YES: "may help: it can pass by itself",
    Retryable.AFTER: "helps later, when the wait that was asked for is over",
    Retryable.AFTER_ACTION: "helps once you have done what is said at next",
    Retryable.NO: "brings the same again",
}


@click.command(cls=OrpheusCommand, name="explain")
@click.argument("what", metavar="[CODE|last|JOB|EVENT]", required=False)
@click.pass_obj
def explain(invocation: Invocation, what: str | None) -> None:
    """Explain the last failure, or a CODE, a JOB or an EVENT.

    CODE is the word in brackets of an error or an advice, or a kind of event. Of a failure,
    and of the JOB or EVENT with that id, the log of events tells what happened, what was
    decided and why, and what you can do. The end of an id is enough.

    \b
      orpheus explain
      orpheus explain net.dns-failure
      orpheus explain 8c1f03ab
    """
    word = _word(what or "last")
    kind = next((each for each in error_types() if each.code == word), None)
    if kind is not None:
        _explain_error(invocation, kind)
        return
    # From here on more is needed than an error's own sentence may cost.
    from orpheus_core.brain import KINDS

    if word in KINDS:
        from orpheus_core.cli.commands.event_types import show_kinds

        show_kinds(invocation, word)
    else:
        from orpheus_core.cli.explaining import explain_other

        explain_other(invocation, word)


def _word(text: str) -> str:
    """What *text* names; what stands on the screen is taken as well: ``error[net.refused]:``."""
    word = text.strip().lower().rstrip(":")
    for mark in ("error[", "warning[", "advice["):
        word = word.removeprefix(mark)
    return word.removesuffix("]")


def _explain_error(invocation: Invocation, kind: type[OrpheusError]) -> None:
    status = kind.exit_status
    if invocation.json:
        data = {
            "code": kind.code,
            "meaning": meaning_of(kind),
            "class": status_word(status),
            "exit_code": int(status),
            "retryable": kind.retryable.value,
            "next": kind.hint,
        }
        invocation.output.document(success(invocation, "orpheus.explanation/1", data))
        return
    lines = wrap(meaning_of(kind), f"{kind.code}: ", " " * 8)
    lines += [f"  exit  {status.value} ({status_word(status)})"]
    lines += wrap(f"the same again {_RETRY[kind.retryable]}", "  retry ", " " * 8)
    lines += wrap(kind.hint, "  next  ", " " * 8) if kind.hint else []
    invocation.output.result(*lines)
