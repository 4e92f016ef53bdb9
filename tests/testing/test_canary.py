"""Canaries: marked secrets are found in every form and place."""

from __future__ import annotations

import base64
import logging
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orpheus_core as oc
from orpheus_core.testing import Canaries, Encoding, Place


@pytest.fixture
def planted() -> tuple[Canaries, str]:
    """A canary, and its value."""
    found = Canaries()
    return found, found.plant("token", "Az09/+_x-Az09/+_x-")


def test_each_of_the_forms_is_found(planted: tuple[Canaries, str]) -> None:
    """Plain, in Base64 (also inside of more), in hex, URL-quoted, reversed."""
    canaries, value = planted
    raw = value.encode()
    forms = {
        Encoding.PLAIN: [value],
        Encoding.BASE64: [
            base64.b64encode(raw).decode(),
            base64.b64encode(b"user:" + raw).decode(),
            base64.b64encode(b"x" + raw + b"yz").decode(),
            base64.urlsafe_b64encode(raw).decode(),
        ],
        Encoding.HEX: [raw.hex(), raw.hex().upper()],
        Encoding.URL_QUOTED: [quote(value, safe=""), "".join(f"%{byte:02X}" for byte in raw)],
        Encoding.REVERSED: [value[::-1]],
    }

    for encoding, texts in forms.items():
        for text in texts:
            leaks = canaries.search(f"before {text} behind")
            assert {leak.encoding for leak in leaks} == {encoding}, text


def test_a_leak_says_what_stands_around_it_and_not_what_it_is(
    planted: tuple[Canaries, str],
) -> None:
    """A report is read by people who need not know the secret."""
    canaries, value = planted

    (leak,) = canaries.search(f"X-Token: {value}; more", Place.LOG, "app")

    assert str(leak) == "token, plain, in log app: 'X-Token: <token>; more'"
    assert value not in str(leak)


@given(st.text(st.sampled_from("abcdef0123XYZ-_.~"), min_size=8, max_size=40))
def test_a_canary_has_the_form_of_its_model(model: str) -> None:
    """Length, digits, letters, and all signs are kept; the same each time."""
    value = Canaries().plant("x", model)

    assert len(value) == len(model)
    for mine, its in zip(value, model, strict=True):
        assert mine.isalnum() == its.isalnum()
        if not its.isalnum():
            assert mine == its
    assert Canaries().plant("x", model) == value


@pytest.mark.parametrize("model", ["", "1", "ab", "a-b"])
def test_a_canary_for_a_short_model_is_longer(model: str) -> None:
    """It would be found by chance."""
    assert len(Canaries().plant("x", model)) >= 16


def test_hex_stays_hex() -> None:
    """Some tokens are checked for it."""
    assert set(Canaries().plant("x", "00ff00ff00ff00ff")) <= set("0123456789abcdef")


def test_errors_are_looked_through_as_a_whole() -> None:
    """Each part, the evidence, and what the traceback shows of causes."""
    canaries = Canaries()
    value = canaries.plant("token")
    errors = [
        oc.ServiceDown(f"x {value}"),
        oc.ServiceDown("x", why=value),
        oc.ServiceDown("x", done=value),
        oc.ServiceDown("x", next_step=value),
        oc.ServiceDown("x", evidence={"header": value}),
        KeyError(value),
    ]
    try:
        try:
            raise KeyError(value)
        except KeyError as error:
            raise oc.ServiceDown("clean") from error
    except oc.ServiceDown as caused:
        errors.append(caused)

    for error in errors:
        assert canaries.search_error(error), repr(error)
    assert not canaries.search_error(oc.ServiceDown("clean"))


def test_what_happens_while_it_watches_is_found(
    canaries: Canaries, orpheus_app: oc.Orpheus, orpheus_home: Path
) -> None:
    """Logs with arguments and tracebacks, output, events, and files below the home."""
    value = canaries.plant("token")
    log = logging.getLogger("test.canary")
    log.setLevel(logging.CRITICAL + 1)
    log.setLevel(logging.NOTSET)

    with canaries.watch(orpheus_app):
        log.debug("token %s", value)
        try:
            raise KeyError(value)
        except KeyError:
            log.exception("it failed")
        sys.stdout.write(value)
        orpheus_app.brain.events.emit("plugin.said", data={"message": value, "next_step": ""})
        orpheus_app.home.cache.mkdir(parents=True)
        orpheus_app.home.cache.joinpath(f"{value}.txt").write_text("x", "utf-8")
        orpheus_app.home.cache.joinpath("index.json").write_bytes(b"\xff" + value.encode())

    found = {(leak.place, leak.where.partition(".")[0]) for leak in canaries.leaks}
    canaries.leaks.clear()  # or the fixture says so
    assert found == {
        (Place.LOG, "test"),
        (Place.OUTPUT, ""),
        (Place.EVENT, "plugin"),
        (Place.FILE, value),
        (Place.FILE, "index"),
    }
    assert orpheus_home.is_dir()


def test_what_the_core_knows_as_a_secret_does_not_turn_up(
    canaries: Canaries, orpheus_app: oc.Orpheus
) -> None:
    """It masks it in events."""
    value = canaries.plant("token")
    orpheus_app.credentials.set("sandbox", "token", value)

    with canaries.watch(orpheus_app):
        orpheus_app.brain.events.emit("plugin.said", data={"message": value, "next_step": ""})

    assert canaries.leaks == []
