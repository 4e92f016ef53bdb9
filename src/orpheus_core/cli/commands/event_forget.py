"""``orpheus event forget``: what was learned from past events is learned anew."""

from __future__ import annotations

import click

from orpheus_core.cli.amounts import count_text
from orpheus_core.cli.envelope import success
from orpheus_core.cli.failures import nearest
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import UnknownWord, WrongArguments

_MOST_NAMED = 8


@click.command(cls=OrpheusCommand, name="forget")
@click.argument("subject", required=False)
@click.option("--all", "everything", is_flag=True, help="Forget all that was learned.")
@click.pass_obj
def forget_learned(invocation: Invocation, subject: str | None, everything: bool) -> None:
    """Forget what was learned of SUBJECT from past events, or --all of it.

    SUBJECT is a host, a service, a stage, or SERVICE:KIND. Predictions then begin anew; the
    log of events itself stays.

    \b
      orpheus event forget api.deezer.com
      orpheus event forget --all
    """
    from orpheus_core.brain.learning.learned_counts import LearnedCounts
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        learned = LearnedCounts(app.home.events)
        known = list(dict.fromkeys(about for _, about, _ in learned.read()))
        if (subject is None) is not everything:
            raise WrongArguments(
                "it takes either a SUBJECT or --all",
                why=_known_text(known),
                next_step="orpheus event forget SUBJECT",
            )
        about = subject.strip().lower() if subject is not None else None
        forgotten = learned.forget(about)
        if about is not None and known and not forgotten:
            raise _unknown(about, known)
        _say_forgotten(invocation, about, forgotten)


def _unknown(about: str, known: list[str]) -> UnknownWord:
    near = nearest(about, known)
    return UnknownWord(
        f"nothing was learned of {about!r}",
        why=_known_text(known),
        next_step=f"orpheus event forget {near}     if that is what you meant"
        if near
        else "choose one of those",
    )


def _known_text(known: list[str]) -> str:
    if not known:
        return "nothing was learned yet"
    more = f", and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return f"something was learned of {', '.join(known[:_MOST_NAMED])}{more}"


def _say_forgotten(invocation: Invocation, about: str | None, forgotten: int) -> None:
    if invocation.json:
        data = {"subject": about, "observations": forgotten}
        invocation.output.document(success(invocation, "orpheus.event-forget/1", data))
    elif forgotten:
        of = f" of {about}" if about is not None else ""
        invocation.output.result(f"{count_text(forgotten, 'observation')}{of} forgotten.")
    else:
        invocation.output.result("Nothing was learned yet.")
