"""The signature of a request."""

from __future__ import annotations

import hashlib

from orpheus_qobuz.signing import signature

EXAMPLE = "trackgetFileUrlformat_id6intentdownloadtrack_id1231700000000SECRET"


def test_signature_is_that_of_the_worked_example() -> None:
    """Object, method, parameters, time and secret, with nothing between."""
    params: dict[str, str | int] = {"format_id": 6, "intent": "download", "track_id": "123"}

    found = signature("track/getFileUrl", params, 1_700_000_000, "SECRET")

    assert found == hashlib.md5(EXAMPLE.encode()).hexdigest()
    assert found == "d60de27b1d830fbb3f74838e9fe0938c"


def test_parameters_are_signed_in_alphabetical_order() -> None:
    """However the caller orders them."""
    params: dict[str, str | int] = {"track_id": "123", "intent": "download", "format_id": 6}

    assert signature("track/getFileUrl", params, 1_700_000_000, "SECRET") == signature(
        "track/getFileUrl", dict(sorted(params.items())), 1_700_000_000, "SECRET"
    )
