"""rules.toml: what a person writes becomes rules, and every mistake is told with its line."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from tests.brain.rules.events import FAILED

from orpheus_core.brain import (
    Action,
    Applicability,
    EventPattern,
    Mitigation,
    MitigationKind,
    Per,
    Range,
    Rule,
    RuleAdvice,
    Severity,
)
from orpheus_core.brain.rules.rules_file import LARGEST_BYTES, read_rules, rules_in
from orpheus_core.errors import ExitStatus, InvalidRules, StorageError

ADVICE = '[rule.advice]\ntitle = "x"\n'


def read(text: str) -> tuple[Rule, ...]:
    """The rules in *text*."""
    return rules_in(text.encode(), "rules.toml")


def faults(text: str) -> list[str]:
    """What is wrong with *text*."""
    with pytest.raises(InvalidRules) as caught:
        read(text)
    return caught.value.why.split("; ")


# --- what can be written ----------------------------------------------------------------------


def test_everything_that_a_rule_can_be_can_be_written() -> None:
    """A rule of the file is the rule that a plugin would have made."""
    (rule,) = read(
        """
        [[rule]]
        id = "home-dns"
        when = "network.request.failed"
        where = { error_type = ["net.dns-failure", "net.dns-timeout"], "server.address" = "*.home" }
        count = 3
        within_s = 30
        absent = { kind = "network.request.finished", where = { "server.address" = "*.home" } }
        reset = "login.succeeded"
        per = "service"
        cooldown_s = 0
        then = ["pause_service", { do = "slow_down", for_s = 60, scope = "qobuz" }]
        [rule.advice]
        code = "home.dns"
        title = "{host} is not known"
        cause = "the router"
        done = "{service} waits"
        severity = "error"
        actions = [
          { label = "restart the router" },
          { label = "look", argv = ["orpheus", "service", "list"], applicability = "confirm" },
        ]
        """
    )

    home: dict[str, str] = {"server.address": "*.home"}
    assert rule == Rule(
        id="home-dns",
        when=EventPattern(
            kind=FAILED, where={"error_type": ("net.dns-failure", "net.dns-timeout"), **home}
        ),
        count=3,
        within_s=30,
        absent=EventPattern(kind="network.request.finished", where=home),
        reset=EventPattern(kind="login.succeeded"),
        per=Per.SERVICE,
        cooldown_s=0,
        then=(
            Mitigation(kind=MitigationKind.PAUSE_SERVICE),
            Mitigation(kind=MitigationKind.SLOW_DOWN, for_s=60, scope="qobuz"),
        ),
        advice=RuleAdvice(
            code="home.dns",
            title="{host} is not known",
            cause="the router",
            done="{service} waits",
            severity=Severity.ERROR,
            actions=(
                Action(id="action-0", label="restart the router"),
                Action(
                    id="action-1",
                    label="look",
                    argv=("orpheus", "service", "list"),
                    applicability=Applicability.CONFIRM,
                ),
            ),
        ),
    )


def test_what_is_left_out_is_as_in_a_plugin() -> None:
    """And the code of the advice is that of the rule."""
    (rule,) = read(f'[[rule]]\nid = "mine"\nwhen = "job.failed"\n{ADVICE}')

    advice = RuleAdvice(code="rules.mine", title="x")
    assert rule == Rule(id="mine", when=EventPattern(kind="job.failed"), advice=advice)


def test_a_sequence_is_a_list_of_kinds_or_tables() -> None:
    """Each step has filters of its own."""
    (rule,) = read(
        """
        [[rule]]
        id = "seq"
        when = ["job.started", { kind = "stage.failed", where = { stage = "convert" } }]
        then = ["slow_down"]
        """
    )

    assert rule.when == (
        EventPattern(kind="job.started"),
        EventPattern(kind="stage.failed", where={"stage": "convert"}),
    )


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("{ at_least = 500 }", Range(at_least=500)),
        ("{ at_least = 500, at_most = 599.5 }", Range(at_least=500, at_most=599.5)),
        ("503", 503),
        ("[500, 503]", (500, 503)),
    ],
)
def test_a_filter_is_a_value_several_or_a_range(written: str, wanted: object) -> None:
    """Beside the kind, or in a table of its own."""
    where = f'"http.response.status_code" = {written}'
    head = '[[rule]]\nid = "a"\nthen = ["slow_down"]\n'
    forms = (
        f'{head}when = "{FAILED}"\nwhere = {{ {where} }}',
        f'{head}when = "{FAILED}"\n[rule.where]\n{where}',
        f'{head}when = {{ kind = "{FAILED}", where = {{ {where} }} }}',
    )
    for form in forms:
        assert read(form)[0].when[0].where == {"http.response.status_code": wanted}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "rule = []"])
def test_a_file_without_rules_is_fine(text: str) -> None:
    """Or with a byte order mark."""
    assert read(text) == ()
    assert rules_in(b"\xef\xbb\xbf" + text.encode(), "rules.toml") == ()


@pytest.mark.parametrize("code", ["net.dns-failure", "net.*", "harbour.closed-for-winter"])
def test_an_error_of_a_plugin_is_nobodys_mistake(code: str) -> None:
    """Which codes plugins have is not known here; only what is almost one of ours is told."""
    (rule,) = read(f'{RULE}where = {{ error_type = "{code}" }}')

    assert rule.when[0].where == {"error_type": code}


# --- what cannot ------------------------------------------------------------------------------


def test_every_fault_is_told_with_its_line_in_the_order_of_lines() -> None:
    """One look at the file is enough to mend it."""
    text = """
[[rule]]
id = "a"
when = "network.request.faild"
count = "3"
nam = "x"
[rule.advice]
severity = "loud"

[[rule]]
id = "a"
when = "job.failed"
then = ["pause_servce",
  "slow_down",
  { do = "slow_down", for_s = 0 }]
"""

    told = faults(text)

    assert [fault.partition(":")[0] for fault in told] == [
        "line 4, rule.when",
        "line 5, rule.count",
        "line 6, rule.nam",
        "line 7, rule.advice.title",
        "line 8, rule.advice.severity",
        "line 11, rule.id",
        "line 13, rule.then.do",
        "line 15, rule.then.for_s",
    ]


RULE = '[[rule]]\nid = "a"\nwhen = "network.request.failed"\nthen = ["slow_down"]\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('wher = ""', "line 5, rule.wher: there is no such key, did you mean where?"),
        ("count = 0", "line 5, rule.count: a whole number of at least 1 was due"),
        ("count = 1001", "line 5, rule.count: at most 1000 are counted"),
        ("count = 1.5", "line 5, rule.count: a whole number was due, not a number"),
        ("count = true", "line 5, rule.count: a whole number was due, not true or false"),
        ("within_s = 0", "line 5, rule.within_s: a number above 0 was due"),
        ("within_s = inf", "line 5, rule.within_s: a finite number was due"),
        ("within_s = 1e300", "line 5, rule.within_s: a number of seconds from 0 to"),
        ("cooldown_s = -1", "line 5, rule.cooldown_s: a number of seconds from 0 to"),
        ('per = "hst"', "line 5, rule.per: there is no 'hst', did you mean host?"),
        ('per = "stage"', "line 5, rule.per: counted per stage, and network.request.failed has no"),
        ('reset = "job.faild"', "line 5, rule.reset: there is no kind of event 'job.faild', did"),
        ("reset = 5", "line 5, rule.reset: a kind of event, or a table with one, was due, not a n"),
        ('absent = { kind = "job.*", knd = 5 }', "line 5, rule.absent.knd: there is no such key, "),
        ("where = 5", "line 5, rule.where: a table was due, not a number"),
        ("where = { stag = 5 }", "line 5, rule.where.stag: network.request.failed has no field"),
        ("where = { a.b = 5 }", "line 5, rule.where.a: a range has at_least and at_most, a name"),
        ("where = { message = {} }", "line 5, rule.where.message: a range has at_least, at_most,"),
        ("where = { message = [] }", "line 5, rule.where.message: the list is empty"),
        ("where = { message = [[]] }", "line 5, rule.where.message: text, a number, true or"),
        ("where = { message = 1979-05-27 }", "line 5, rule.where.message: text, a number, true"),
        ("where = { took_s = nan }", "line 5, rule.where.took_s: a finite number was due"),
        ("where = { took_s = { at_least = nan } }", "line 5, rule.where.took_s: a finite number"),
        (
            "where = { took_s = { at_least = 2, at_most = 1 } }",
            "line 5, rule.where.took_s: nothing lies between 2.0 and 1.0",
        ),
        (
            'where = { error_type = "net.dns-failur" }',
            "line 5, rule.where.error_type: there is no error 'net.dns-failur', did you mean net.",
        ),
        ("advice = 5", "line 5, rule.advice: a table was due, not a number"),
        ('advice = { title = "x", titel = 5 }', "line 5, rule.advice.titel: there is no such key"),
        ('advice = { title = " " }', "line 5, rule.advice.title: it is empty"),
        ('advice = { title = "{hots}" }', "line 5, rule.advice.title: there is no brace '{hots}'"),
        ('advice = { title = "a\\nb" }', "line 5, rule.advice.title: a text has one line, and no"),
        ('advice = { title = "x", code = "A B" }', "line 5, rule.advice.code: 'A B' is not lower-"),
        ('advice = { title = "x", actions = {} }', "line 5, rule.advice.actions: a list was due"),
        (
            'advice = { title = "x", actions = [{ label = "x", applicability = "automatic" }] }',
            "line 5, rule.advice.actions.applicability: of what a rule brings, only what stands in",
        ),
        (
            'advice = { title = "x", actions = [{ label = "x", argv = ["a", 5] }] }',
            "line 5, rule.advice.actions.argv: text was due, not a number",
        ),
        ('advice = { title = "x", actions = [{}] }', "line 5, rule.advice.actions.label: it is mi"),
        ('"a b" = 5', 'line 5, rule."a b": there is no such key'),
        ("[[rules]]", "line 5, rules: there is no such key, did you mean rule?"),
        ("[rule.then]", "it is not TOML: Cannot"),
        ("count = ", "it is not TOML: Invalid value (at line 5, column 9)"),
    ],
)
def test_a_mistake_is_told_with_line_key_and_what_would_fit(line: str, said: str) -> None:
    """Each by itself."""
    (fault,) = faults(f"{RULE}{line}\n")

    assert fault.startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[rule]\nid = 5", "line 1, rule: each rule begins with [[rule]], in two brackets"),
        ("rule = 5", "line 1, rule: a list was due, not a number"),
        ("rule = [5]", "line 1, rule: a table was due, not a number"),
        (f'\n[[rule]]\nwhen = "{FAILED}"\n{ADVICE}', "line 2, rule.id: it is missing"),
        (f'\n[[rule]]\nid = "a"\n{ADVICE}', "line 2, rule.when: it is missing"),
        (f'[[rule]]\nid = "a"\nwhen = []\n{ADVICE}', "line 3, rule.when: the list is empty"),
        (f'[[rule]]\nid = "a"\nwhen = [5]\n{ADVICE}', "line 3, rule.when: a kind of event, or"),
        (
            f'[[rule]]\nid = "a"\nwhen = ""\n{ADVICE}',
            "line 3, rule.when: there is no kind of event",
        ),
        (f'[[rule]]\nid = "A"\nwhen = "{FAILED}"\n{ADVICE}', "line 2, rule.id: 'A' is not lower-"),
        (
            f'[[rule]]\nid = "a"\nwhen = "{FAILED}"\n',
            "line 1, rule: rule a does nothing: it has neither then nor advice",
        ),
        (
            f'[[rule]]\nid = "a"\nwhen = ["{FAILED}", "{FAILED}"]\ncount = 2\n{ADVICE}',
            "line 1, rule: rule a: a sequence has no count and no absent",
        ),
        (
            f'[[rule]]\nid = "a"\nwhen = ["{FAILED}"]\nwhere = {{}}\n{ADVICE}',
            "line 4, rule.where: write it into each step",
        ),
        (RULE + RULE, "line 6, rule.id: 'a' is the id of the rule on line 2"),
    ],
)
def test_what_makes_no_rule_is_told_with_its_line(text: str, said: str) -> None:
    """The line of the rule, where the fault lies at no key."""
    (fault,) = faults(text)

    assert fault.startswith(said)


def test_of_many_faults_twenty_are_told_and_the_others_counted() -> None:
    """Nobody reads more at once."""
    told = faults("[[rule]]\n" * 30)

    assert len(told) == 21
    assert told[-1] == "and 40 more"


def test_the_error_says_what_to_do_and_ends_with_the_status_of_settings() -> None:
    """For a person and for programs."""
    with pytest.raises(InvalidRules) as caught:
        read("rule = 5")

    error = caught.value
    assert error.title == "the rules in rules.toml cannot be used"
    assert error.next_step == "mend the line that is named in rules.toml"
    assert error.exit_status is ExitStatus.CONFIG
    assert error.evidence == {"file": "rules.toml", "faults": 1}


# --- the file ---------------------------------------------------------------------------------


def test_a_missing_file_holds_no_rules(tmp_path: Path) -> None:
    """Most people have none."""
    assert read_rules(tmp_path / "rules.toml") == ()


def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    """It is there, so somebody meant something by it."""
    with pytest.raises(StorageError):
        read_rules(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write into it."""
    pipe = tmp_path / "rules.toml"
    os.mkfifo(pipe)

    with pytest.raises(InvalidRules) as caught:
        read_rules(pipe)

    assert caught.value.why == "it is a pipe or a device"
    assert caught.value.next_step == "put a file that holds your rules in its place, or remove it"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_a_device_is_refused(tmp_path: Path) -> None:
    """It has no end."""
    (tmp_path / "rules.toml").symlink_to("/dev/zero")

    with pytest.raises(InvalidRules, match="cannot be used") as caught:
        read_rules(tmp_path / "rules.toml")

    assert caught.value.why == "it is a pipe or a device"


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    """Many keep their settings in a folder of their own."""
    (tmp_path / "mine.toml").write_text(RULE, "utf-8")
    (tmp_path / "rules.toml").symlink_to(tmp_path / "mine.toml")

    assert [rule.id for rule in read_rules(tmp_path / "rules.toml")] == ["a"]


@pytest.mark.parametrize("target", ["nowhere.toml", "rules.toml"])
def test_a_link_to_nowhere_is_no_missing_file(tmp_path: Path, target: str) -> None:
    """Somebody relies on rules that are on a drive which is not there, or made a ring."""
    (tmp_path / "rules.toml").symlink_to(tmp_path / target)

    with pytest.raises(StorageError):
        read_rules(tmp_path / "rules.toml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'# one\na = "\xff"', "line 2 is not UTF-8"),
        (b"\xef\xbb\xbf\n\xff", "line 2 is not UTF-8"),
        (b"\xff\xfe[\0[\0", "line 1 is not UTF-8"),
        (b"# [\n\na = " + b"[" * 900 + b"]" * 900 + b"\n\n", "line 3 has too many brackets"),
        (b"\na = 1\nb = " + b"9" * 10_000, "line 3 has a number of too many digits"),
        (b"\na = 1\nb = 0x" + b"f" * 10_000, "line 2, a: there is no such key"),
        (
            b"a = 1\nb = 2021-02-30\n\n",
            "it is not TOML: Invalid date or datetime (at line 2",
        ),
        (
            b"a = 1\nb\0 = 1",
            "it is not TOML: Expected '=' after a key in a key/value pair (at line",
        ),
        (b"a = 1\na = 1\n\n", "it is not TOML: Cannot overwrite a value (at line 2, column"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(content: bytes, said: str) -> None:
    """In plain words, also where Python itself speaks of its own limits."""
    with pytest.raises(InvalidRules) as caught:
        rules_in(content, "rules.toml")

    assert caught.value.why.startswith(said)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"#" * (LARGEST_BYTES + 1),
        b".".join([b"a"] * 90_000) + b" = 1",
        b"rule = " + b"[" * 50_000,
        b"rule = " + b"[" * 900 + b"]" * 900,
        b"a." * 4000 + b"b = 1",
        b"rule = " + b"9" * 10_000,
    ],
)
def test_a_file_that_no_person_wrote_is_refused(content: bytes) -> None:
    """And costs neither the stack nor the memory."""
    with pytest.raises(InvalidRules):
        rules_in(content, "rules.toml")


@given(st.binary(max_size=60) | st.text("[]{}=\"'.,#\n ruleid19", max_size=60).map(str.encode))
def test_whatever_the_file_holds_only_its_own_error_comes_out(content: bytes) -> None:
    """A defect would end every command with a trace."""
    with contextlib.suppress(InvalidRules):
        rules_in(content, "rules.toml")


KEYS = (
    *("id", "when", "where", "count", "within_s", "absent", "reset", "per", "cooldown_s", "then"),
    *("advice", "code", "title", "cause", "done", "severity", "actions", "label", "argv", "do"),
    *("for_s", "scope", "applicability", "kind", "at_least", "at_most", "error_type", "message"),
)
TEXTS = st.sampled_from(
    ["a", FAILED, "job.*", "host", "slow_down", "warning", "manual", "{host}", "{", "", "\x00", "é"]
)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.booleans() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=3))
def test_whatever_a_rule_holds_only_its_own_error_comes_out(rules: list[dict[str, object]]) -> None:
    """Every key with every value; each fault has a line of the file."""
    text = tomlkit.dumps({"rule": rules})
    told: list[str] = []
    try:
        read(text)
    except InvalidRules as error:
        told = error.why.split("; ")
    lines = [int(fault[5:].partition(",")[0]) for fault in told if fault.startswith("line ")]
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
