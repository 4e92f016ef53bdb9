"""docs/how-to/rules.md: what it shows works, and what there is stands in it."""

from __future__ import annotations

import re
import types

import attrs
import pytest
from tests.tutorial_pages import ROOT, Block, blocks

from orpheus_core.brain import (
    Applicability,
    Event,
    EventBus,
    MitigationKind,
    Per,
    Rule,
    Severity,
)
from orpheus_core.brain.brain import Brain
from orpheus_core.brain.rules.rules_file import rules_in
from orpheus_core.errors import InvalidRules, ServiceDown
from orpheus_core.plugins import PluginHost
from orpheus_core.plugins.manifest_file import read_manifest
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

PAGE = ROOT / "docs" / "how-to" / "rules.md"
BLOCKS = blocks(PAGE)
MANIFEST, WRONG = "[[hooks]]", "wrong"


def of_toml(block: Block) -> bool:
    """Whether it belongs into rules.toml."""
    is_rule = block.language == "toml" and not block.text.startswith(MANIFEST)
    return is_rule and WRONG not in block.marks


def test_the_rules_of_the_page_can_stand_in_one_file() -> None:
    """A reader may copy all of them."""
    text = "\n".join(block.text for block in BLOCKS if of_toml(block))

    rules = rules_in(text.encode(), "rules.toml")

    ids = [rule.id for rule in rules]
    assert ids == ["home-dns", "qobuz-trouble", "login-then-refused", "still-waiting"]


def test_the_mistake_on_the_page_is_told_as_it_shows() -> None:
    """Word by word."""
    (block,) = [block for block in BLOCKS if WRONG in block.marks]
    (shown,) = [block.text for block in BLOCKS if block.language == "text"]

    with pytest.raises(InvalidRules) as caught:
        rules_in(block.text.encode(), "rules.toml")

    assert caught.value.why == block.marks[WRONG] == shown.strip()


def test_the_plugin_of_the_page_brings_a_rule_that_fires() -> None:
    """Three answers of 503, and its advice is given with the words of the event."""
    (block,) = [block for block in BLOCKS if block.language == "python"]
    plugin = types.ModuleType("harbour")
    exec(compile(block.text, str(PAGE), "exec"), vars(plugin))
    bus, host = EventBus(SimClock(), Redactor()), PluginHost()
    host.register("harbour", plugin)
    Brain(host, bus)
    given: list[Event] = []
    bus.subscribe(given.append, kinds=["brain.advice.given"])

    data: dict[str, str | int] = {"server.address": "a.example", "http.response.status_code": 503}
    for _ in range(3):
        bus.emit("network.request.failed", service="harbour", error=ServiceDown("x"), data=data)

    (advice,) = given
    assert advice.data["title"] == "a.example failed 3 times within 120 seconds"
    assert '"orpheus", "service", "info", "harbour"' in str(advice.data["actions"])


def test_the_manifest_of_the_page_is_one() -> None:
    """With its head, it can be read."""
    (block,) = [block for block in BLOCKS if block.text.startswith(MANIFEST)]

    manifest = read_manifest(f'id = "x"\napi = "1.0"\n{block.text}'.encode(), "orpheus.toml")

    assert manifest.hooks[0].events == ("network.request.failed",)


def test_every_word_that_can_be_written_stands_in_the_page() -> None:
    """Keys, and what they may hold."""
    words = [
        *(field.name for field in attrs.fields(Rule)),
        *(per.value for per in Per),
        *(kind.value for kind in MitigationKind),
        *(severity.name.lower() for severity in Severity),
        *(each.value for each in Applicability if each is not Applicability.AUTOMATIC),
        *("where", "kind", "do", "for_s", "scope", "label", "argv", "code", "title"),
    ]
    prose = re.sub("^```.*?^```$", "", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    shown = set(re.findall("[a-z_]+", " ".join(re.findall("`([^`]+)`", prose))))

    assert set(words) - shown == set()
