"""Reads Qobuz's errors: ``{"status": "error", "code": 401, "message": "..."}``."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

import orpheus_core as oc
from orpheus_qobuz.access import APP_ID, APP_SECRET, TOKEN, variable

_MESSAGE_CHARACTERS = 200


@attrs.frozen
class _Meaning:
    """What an answer means here: the leaf it becomes, its title, and what to do."""

    error: type[oc.OrpheusError]
    title: str
    next_step: str = ""


_BY_CODE: Mapping[int, _Meaning] = {
    400: _Meaning(oc.RequestRejected, "Qobuz finds the request wrong"),
    401: _Meaning(
        oc.LoginNeeded,
        "Qobuz does not accept the login",
        f"sign in at Qobuz again and renew {variable(TOKEN)}",
    ),
    403: _Meaning(oc.Forbidden, "Qobuz does not permit this to the account"),
    404: _Meaning(oc.ItemNotFound, "Qobuz knows no such item"),
}

# What stands in the message of a 400, first match first.
_BY_PARAMETER: Mapping[str, _Meaning] = {
    "app_id": _Meaning(
        oc.LoginNeeded, "Qobuz does not know the application", f"check {variable(APP_ID)}"
    ),
    "request_sig": _Meaning(
        oc.LoginNeeded,
        "Qobuz does not accept the signature of the request",
        f"check {variable(APP_SECRET)}: it has to belong to {variable(APP_ID)}",
    ),
    "request_ts": _Meaning(
        oc.RequestRejected,
        "Qobuz does not accept the time of the request",
        "check this machine's date and time",
    ),
}


def refusal(answer: object) -> oc.OrpheusError | None:
    """Return the error that *answer* (decoded JSON) stands for, or None when it is none.

    Codes without a meaning here (429, 5xx) are left to the status of the answer, which says
    how long to wait as well.
    """
    if not isinstance(answer, Mapping) or answer.get("status") != "error":
        return None
    code = _code(answer.get("code"))
    said = str(answer.get("message") or "")[:_MESSAGE_CHARACTERS]
    meaning = _meaning(code, said.lower())
    if meaning is None:
        return None
    return meaning.error(
        meaning.title,
        why=f"it answered: {said}" if said else "",
        next_step=meaning.next_step,
        evidence={"qobuz_code": code},
    )


def _meaning(code: int | None, said: str) -> _Meaning | None:
    if code == 400:
        for parameter, meaning in _BY_PARAMETER.items():
            if parameter in said:
                return meaning
    return _BY_CODE.get(code) if code is not None else None


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) else None
