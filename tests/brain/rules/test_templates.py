"""The texts of a rule's advice: data is never a template."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.brain.rules.events import FAILED, event, rule

from orpheus_core.brain import Event, Per
from orpheus_core.brain.rules import Firing, fill_in
from orpheus_core.brain.rules.templates import check_template


def firing(of: Event, *, key: str = "", matched: int = 3) -> Firing:
    """A firing of a rule that waits for a minute."""
    return Firing(rule=rule(per=Per.ALL), plugin="p", key=key, event=of, matched=matched)


def test_every_brace_is_replaced_by_what_the_event_holds() -> None:
    """Each has its source."""
    of = event(
        FAILED, service="qobuz", plugin="x", subject="track/1", host="a.example", stage="tag"
    )

    filled = fill_in(
        "{host} {service} {plugin} {stage} {subject} {count} {within_s} {scope}",
        firing(of, key="k"),
    )

    assert filled == "a.example qobuz x tag track/1 3 60 k"


def test_what_an_event_does_not_know_is_a_plain_word() -> None:
    """With a capital letter where a sentence begins."""
    filled = fill_in("{service} at {host}: {plugin}, {stage}, {subject}, {scope}", firing(event()))

    assert filled == "The service at the host: the plugin, the stage, the item, everything"


def test_a_value_is_no_template() -> None:
    """Whoever names a host {service} gets {service}."""
    of = event(host="{service} {count}", service="s")

    assert fill_in("{host}", firing(of)) == "{service} {count}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\r\nb\x1b[31m\x00c", "a b [31m c"),
        ("\u202eevil\u2066 \u200b\u061c\u2060", "evil"),
        ("  x  ", "x"),
        ("\x1b\x00", "the host"),
        ("x" * 5000, "x" * 99 + "…"),
        (" " * 5000, "the host"),
        (0, "0"),
    ],
)
def test_a_value_stays_on_its_line_and_ends(value: object, shown: str) -> None:
    """It comes from a service, and may have been made to mislead."""
    assert fill_in("at {host}", firing(event(host=value))) == f"at {shown}"


@given(st.text(), st.text())
def test_whatever_an_event_holds_the_text_around_it_stays(host: str, service: str) -> None:
    """One line, of bounded length."""
    filled = fill_in("<{host}|{service}>", firing(event(host=host, service=service)))

    assert filled[0] == "<"
    assert filled[-1] == ">"
    assert len(filled) <= 203
    assert filled.splitlines() == [filled]


@pytest.mark.parametrize("text", ["", "plain", "{host} and {count}", "100 %"])
def test_a_text_with_known_braces_is_fine(text: str) -> None:
    """Or with none."""
    check_template(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{hots}", "there is no brace '{hots}', did you mean {host}?"),
        ("{zzz}", "there are host, service"),
        ("{}", "there is no brace '{}'"),
        ("{0}", "there is no brace '{0}'"),
        ("{host.__class__}", "there is no brace"),
        ("{host!r}", "there is no brace"),
        ("{host:>999999999}", "there is no brace"),
        ("{ host }", "did you mean {host}?"),
        ("{", "a { stands alone"),
        ("host}", "a } stands alone"),
        ("{{host}}", "a { stands alone"),
    ],
)
def test_any_other_brace_is_an_error(text: str, said: str) -> None:
    """Where the advice is written, and not when it is given."""
    with pytest.raises(ValueError, match=r"brace|stands") as caught:
        check_template(text)
    assert said in str(caught.value)
