"""Why Qobuz does not hand a file out: its restrictions, told apart, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

import orpheus_core as oc
from orpheus_qobuz.access import TOKEN, variable
from orpheus_qobuz.info import link

_MOST_CODES = 8
_CODE_CHARACTERS = 80


@attrs.frozen
class Refusal:
    """An error, and whether a lower quality may be handed out all the same."""

    error: oc.OrpheusError
    ask_lower: bool = False


@attrs.frozen(kw_only=True)
class _Meaning:
    """What a restriction means: the leaf it becomes, and what is said of the track."""

    error: type[oc.OrpheusError]
    says: str
    next_step: str = ""
    may_be_bought: bool = False
    ask_lower: bool = False


# By a part of the code: whole ones begin with what they restrict (Track, Album, Sample).
# The gravest first: what holds for the account says more than what holds for the format.
_MEANINGS: Sequence[tuple[str, _Meaning]] = (
    (
        "Unauthenticated",
        _Meaning(
            error=oc.LoginNeeded,
            says="is handed out to a signed-in account only",
            next_step=f"sign in at Qobuz again and renew {variable(TOKEN)}",
        ),
    ),
    (
        "Uncredentialed",
        _Meaning(
            error=oc.Forbidden,
            says="is not part of what this account may have",
            may_be_bought=True,
        ),
    ),
    (
        "Territor",
        _Meaning(error=oc.CountryRestricted, says="is not offered in this account's country"),
    ),
    (
        "PurchaseCredentials",
        # What was bought is one quality; asked for in another, the answer is the same.
        _Meaning(
            error=oc.Forbidden,
            says="was not bought with this account",
            may_be_bought=True,
            ask_lower=True,
        ),
    ),
    (
        "RightHolders",
        _Meaning(
            error=oc.Forbidden,
            says="is kept back by its right holders",
            next_step="look for the same recording at another service of yours",
        ),
    ),
)
_FORMAT = _Meaning(
    error=oc.QualityUnavailable, says="is not offered in this quality", ask_lower=True
)
_UNKNOWN = _Meaning(error=oc.Forbidden, says="is restricted in a way that is not documented")
_SAMPLE = _Meaning(
    error=oc.SampleInsteadOfTrack,
    says="is offered to this account as a 30-second sample only",
    may_be_bought=True,
    ask_lower=True,
)
_NOTHING = _Meaning(error=oc.QualityUnavailable, says="has no file in this quality", ask_lower=True)


def forbidding(codes: Iterable[str]) -> tuple[str, ...]:
    """Those of *codes* that mean more than that another format comes than was asked for."""
    return tuple(code for code in codes if not code.startswith("Format"))


def refused(track: oc.Track, codes: Sequence[str], *, sample: bool) -> Refusal:
    """Return why *track* was not handed out.

    Args:
        codes: the restrictions that Qobuz names.
        sample: an excerpt was offered in its place. It is never taken for the track.
    """
    meaning = _meaning(codes, sample=sample)
    said = ", ".join(code[:_CODE_CHARACTERS] for code in codes[:_MOST_CODES])
    why = f"Qobuz names the restriction {said}" if said else ""
    if sample:
        why = f"{why}; " if why else ""
        why += "it offers a 30-second sample, which is not the track"
    page = link(oc.MediaKind.TRACK, track.ref.id)
    error = meaning.error(
        f"{track.full_title!r} {meaning.says}",
        why=why,
        done="nothing was downloaded",
        next_step=f"buy it at {page}, then give the same command again"
        if meaning.may_be_bought
        else meaning.next_step,
        evidence={"qobuz_restrictions": said, "sample": sample},
    )
    return Refusal(error, meaning.ask_lower)


def _meaning(codes: Sequence[str], *, sample: bool) -> _Meaning:
    for part, meaning in _MEANINGS:
        if any(part in code for code in codes):
            return meaning
    if forbidding(codes):
        return _UNKNOWN
    if sample:
        return _SAMPLE
    return _FORMAT if codes else _NOTHING
