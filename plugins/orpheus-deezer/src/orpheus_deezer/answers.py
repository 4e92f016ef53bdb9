"""Reads the errors that Deezer sends with status 200.

``{"error": {"type": ..., "message": ..., "code": ...}}`` stands where the item would. An
empty list in that place is no error.

Source: developers.deezer.com/api/errors, and recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

import orpheus_core as oc

QUOTA_WINDOW_S = 5.0
"""Deezer counts the requests of the last five seconds."""

_MESSAGE_CHARACTERS = 200


@attrs.frozen
class _Meaning:
    """What a code means here: the leaf it becomes, and its title."""

    error: type[oc.OrpheusError]
    title: str
    next_step: str = ""
    retry_after_s: float | None = None


_UNKNOWN = _Meaning(oc.RequestRejected, "Deezer refused the request")

_MEANINGS: Mapping[int, _Meaning] = {
    4: _Meaning(oc.RateLimited, "Deezer asks for fewer requests", retry_after_s=QUOTA_WINDOW_S),
    100: _Meaning(oc.RequestRejected, "Deezer sends fewer items at once than were asked for"),
    200: _Meaning(oc.Forbidden, "Deezer does not permit this"),
    300: _Meaning(oc.LoginNeeded, "Deezer does not accept the login"),
    500: _Meaning(
        oc.RequestRejected,
        "Deezer finds a value of the request wrong",
        "check the link: is its id complete?",
    ),
    501: _Meaning(oc.RequestRejected, "Deezer misses a value in the request"),
    600: _Meaning(
        oc.RequestRejected, "Deezer cannot read the search", "search with fewer, plainer words"
    ),
    700: _Meaning(oc.ServiceDown, "Deezer is busy", retry_after_s=QUOTA_WINDOW_S),
    800: _Meaning(oc.ItemNotFound, "Deezer knows no such item"),
    901: _Meaning(oc.Forbidden, "Deezer does not permit this to accounts of single persons"),
}


def refusal(answer: object) -> oc.OrpheusError | None:
    """Return the error that *answer* (decoded JSON) stands for, or None when it is none."""
    error = answer.get("error") if isinstance(answer, Mapping) else None
    if not error:
        return None
    fields = error if isinstance(error, Mapping) else {"message": error}
    code = _code(fields.get("code"))
    meaning = _MEANINGS.get(code, _UNKNOWN) if code is not None else _UNKNOWN
    said = " ".join(str(fields[key]) for key in ("type", "message") if fields.get(key))
    return meaning.error(
        meaning.title,
        why=f"it answered: {said[:_MESSAGE_CHARACTERS]}" if said else "",
        next_step=meaning.next_step,
        retry_after_s=meaning.retry_after_s,
        evidence={"deezer_code": code},
    )


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) else None
