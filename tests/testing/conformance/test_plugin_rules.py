"""For each rule for every plugin that needs no other process: what breaks it is caught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import click
import pytest
from tests.testing.conformance import advisor_cases
from tests.testing.conformance.good_service import INFO, SAMPLE, Plugin
from tests.testing.conformance.trying import BY_CODE

import orpheus_core as oc
from orpheus_core.testing import AdvisorSample, Outcome, RuleKind, Sample
from orpheus_core.testing.conformance.candidate import Candidate
from orpheus_core.testing.conformance.catalogue import rules_of
from orpheus_core.testing.conformance.levels import Level
from orpheus_core.testing.conformance.rules import judge
from orpheus_core.testing.conformance.subject import Subject


@click.command()
def _hello() -> None:
    """Say hello."""


class Extension:
    """Implements every hook that can be called with just anything."""

    @oc.hookimpl
    def orpheus_checks(self) -> Sequence[oc.Check]:
        return [oc.Check(id="good.all", title="all is well", run=self.look)]

    def look(self, deep: bool) -> Sequence[oc.Finding]:
        return []

    @oc.hookimpl
    def orpheus_commands(self) -> Sequence[oc.Command]:
        info = oc.CommandInfo(words=("hello",), help="Say hello.")
        return [oc.Command(info=info, command=_hello)]

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        return None

    @oc.hookimpl
    def orpheus_event(self, event: oc.Event) -> None:
        pass

    @oc.hookimpl
    def orpheus_file_name(self, item: oc.Item, values: Mapping[str, str]) -> str | None:
        return "{artist}/{title}"

    @oc.hookimpl
    def orpheus_plugin_state(self, record: oc.PluginRecord) -> None:
        pass

    @oc.hookimpl(wrapper=True)
    def orpheus_run_stage(self, stage: oc.Stage):
        return (yield)

    @oc.hookimpl(wrapper=True)
    def orpheus_send(self, request: oc.OutgoingRequest):
        return (yield)

    @oc.hookimpl
    def orpheus_tags(self, tags: oc.TrackTags, item: oc.TrackItem) -> oc.TrackTags | None:
        return attrs.evolve(tags, comment=tags.title)


class MisspelledHook(Plugin):
    @oc.hookimpl
    def orpheus_advice(self) -> None:
        pass


class UnknownArgument(Plugin):
    @oc.hookimpl
    def orpheus_event(self, event: oc.Event, mood: str) -> None:
        pass


class CannotBeMade:
    def __init__(self) -> None:
        raise ValueError("no")


class AnswersText(Plugin):
    @oc.hookimpl
    def orpheus_stages(self) -> Sequence[object]:
        return ["a stage"]


class FindsFault(Extension):
    def look(self, deep: bool) -> Sequence[oc.Finding]:
        raise KeyError("look")


class _Broken(click.Command):
    def get_help(self, ctx: click.Context) -> str:
        raise KeyError("help")


class BrokenCommand(Extension):
    @oc.hookimpl
    def orpheus_commands(self) -> Sequence[oc.Command]:
        info = oc.CommandInfo(words=("broken",), help=" ")
        return [oc.Command(info=info, command=_Broken("broken"))]


class DecidesOften(Extension):
    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        return {1: None, 2: None}[question.attempt]


class HearsBadly(Extension):
    @oc.hookimpl
    def orpheus_event(self, event: oc.Event) -> None:
        event.data["code"].lower()


class NamesBadly(Extension):
    @oc.hookimpl
    def orpheus_file_name(self, item: oc.Item, values: Mapping[str, str]) -> str | None:
        return "{nothing}"


class LearnsBadly(Extension):
    @oc.hookimpl
    def orpheus_plugin_state(self, record: oc.PluginRecord) -> None:
        if record.builtin:
            raise KeyError(record.id)


class WrapsStagesBadly(Extension):
    @oc.hookimpl(wrapper=True)
    def orpheus_run_stage(self, stage: oc.Stage):
        yield


class WrapsRequestsBadly(Extension):
    @oc.hookimpl(wrapper=True)
    def orpheus_send(self, request: oc.OutgoingRequest):
        raise KeyError(request.service)
        yield


class TagsBadly(Extension):
    @oc.hookimpl
    def orpheus_tags(self, tags: oc.TrackTags, item: oc.TrackItem) -> oc.TrackTags | None:
        return attrs.evolve(tags, comment=tags.title.upper())


MANIFEST = oc.PluginManifest(
    id="tried",
    api=((1, 0),),
    hooks=(oc.HookUse(name="orpheus_modules"),),
    services=(INFO,),
)
ADVISOR_MANIFEST = oc.PluginManifest(
    id="tried",
    api=((1, 0),),
    hooks=(oc.HookUse(name="orpheus_advise", events=("network.*",)),),
)


def handed_over(plugin: object, **known: object) -> Candidate:
    """Return the candidate for *plugin*, with what is *known* of it."""
    return attrs.evolve(Candidate(id="tried", handed_over=plugin), **known)


def rules_without_a_child() -> list[str]:
    """The rules up to silver that are for every plugin and can be tried in this process."""
    return [
        rule.code
        for rule in rules_of(RuleKind.PLUGIN)
        if rule.level <= Level.SILVER and not rule.code.startswith("plugin.import")
    ]


def broken_by(candidate: Candidate, samples: Sequence[Sample] | None = None) -> dict[str, str]:
    """Return the evidence for each rule that *candidate* breaks, by code."""
    with Subject(candidate, samples, limit_s=5.0) as subject:
        found = [judge(BY_CODE[code], subject) for code in rules_without_a_child()]
    return {
        each.rule.code: "\n".join(each.evidence) for each in found if each.outcome is Outcome.BROKEN
    }


CASES = [
    (
        "manifest-reads",
        "orpheus.toml: no",
        handed_over(Plugin(), problem="orpheus.toml: no"),
    ),
    (
        "api-fits",
        "it was written for 9.0 or 8.1; this core has",
        handed_over(Plugin(), manifest=attrs.evolve(MANIFEST, api=((9, 0), (8, 1)))),
    ),
    (
        "manifest-equals-code",
        "orpheus.toml names the stage lies",
        handed_over(
            Plugin(),
            manifest=attrs.evolve(
                MANIFEST, stages=(oc.StageInfo(name="lies", scope=oc.Scope.TRACK),)
            ),
        ),
    ),
    (
        "manifest-equals-code",
        "the code has good.link",
        handed_over(
            Plugin(),
            manifest=attrs.evolve(MANIFEST, services=(attrs.evolve(INFO, hosts=INFO.hosts[:2]),)),
        ),
    ),
    ("hooks-are-known", "did you mean orpheus_advise?", handed_over(MisspelledHook())),
    ("hooks-fit", "orpheus_event has no argument mood", handed_over(UnknownArgument())),
    ("is-taken-up", "ValueError: no", handed_over(CannotBeMade)),
    ("answers-fit", "answered with str where Stage was due", handed_over(AnswersText())),
    (
        "sample-can-be-used",
        "No module named 'nowhere_at_all'",
        handed_over(Plugin(), sample="nowhere_at_all:SAMPLE"),
    ),
    (
        "sample-can-be-used",
        "holds a Plugin, which is no sample",
        handed_over(Plugin(), sample=f"{__name__}:AN_OBJECT"),
    ),
    ("hooks-work", "orpheus_checks: it raised KeyError", handed_over(FindsFault())),
    ("hooks-work", "orpheus broken --help ends with 1", handed_over(BrokenCommand())),
    ("hooks-work", "orpheus_decide failed: KeyError: 50", handed_over(DecidesOften())),
    ("hooks-work", "orpheus_event failed: ", handed_over(HearsBadly())),
    ("hooks-work", "the layout '{nothing}' cannot be used", handed_over(NamesBadly())),
    ("hooks-work", "orpheus_plugin_state failed: KeyError", handed_over(LearnsBadly())),
    ("hooks-work", "orpheus_run_stage failed: ", handed_over(WrapsStagesBadly())),
    ("hooks-work", "orpheus_send failed: KeyError", handed_over(WrapsRequestsBadly())),
    ("hooks-work", "orpheus_tags failed: AttributeError", handed_over(TagsBadly())),
]
AN_OBJECT = Plugin()
ALSO = {
    "hooks-are-known": {"is-taken-up"},
    "hooks-fit": {"is-taken-up"},
    "is-taken-up": {"hooks-are-known", "hooks-fit", "answers-fit", "hooks-work"},
}


def test_good_plugins_keep_every_rule() -> None:
    """One with a manifest and a sample, and one with all other hooks."""
    assert broken_by(handed_over(Plugin(), manifest=MANIFEST), (SAMPLE,)) == {}
    assert broken_by(handed_over(Extension())) == {}


@pytest.mark.parametrize(("code", "because", "candidate"), CASES)
def test_a_plugin_that_breaks_one_rule_is_caught(
    code: str, because: str, candidate: Candidate
) -> None:
    """The evidence says what was seen; other rules are kept, as far as they can be."""
    broken = broken_by(candidate)

    assert because in broken[f"plugin.{code}"]
    assert broken.keys() == {f"plugin.{each}" for each in {code, *ALSO.get(code, ())}}


def test_an_advisor_that_is_not_asked_is_caught() -> None:
    """Its manifest names other events than those that its sample says it advises on."""
    rule = BY_CODE["advisor.hears-what-it-names"]
    deaf = attrs.evolve(
        ADVISOR_MANIFEST, hooks=(oc.HookUse(name="orpheus_advise", events=("job.*",)),)
    )
    sample: AdvisorSample = advisor_cases.SAMPLE

    found = []
    for manifest in (ADVISOR_MANIFEST, deaf):
        candidate = handed_over(advisor_cases.GoodAdvisor(), manifest=manifest)
        with Subject(candidate, (sample,)) as subject:
            found.append(judge(rule, subject))

    assert [each.outcome for each in found] == [Outcome.KEPT, Outcome.BROKEN]
    assert found[1].evidence == ("the sample's network.request.failed is none of job.*",)
