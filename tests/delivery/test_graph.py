"""The order of stages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.delivery import JobStage, Stage, TrackStage
from orpheus_core.delivery.graph import check_needed, order_of, ordered, segments
from orpheus_core.delivery.planner import stage_info
from orpheus_core.errors import HookFailed, StageCycle, StageMissing
from orpheus_core.plugins import Answer, Scope, StageInfo


def stage(name: str, *, after: str = "", before: str = "", job: bool = False) -> Answer[Stage]:
    made = JobStage() if job else TrackStage()
    made.name = name
    made.after = tuple(after.split())
    made.before = tuple(before.split())
    return Answer(f"plugin-of-{name}", made)


def names(*answers: Answer[Stage]) -> list[str]:
    return [one.name for one in ordered(answers)]


def test_stages_stand_after_and_before_those_that_they_name() -> None:
    """A stranger's stage finds its place between the core's."""
    order = names(
        stage("tag", after="verify"),
        stage("convert", after="verify", before="tag"),
        stage("verify", after="download"),
        stage("download"),
    )
    assert order == ["download", "verify", "convert", "tag"]


def test_names_that_nobody_has_are_no_constraint() -> None:
    """A stage may be switched off."""
    assert names(stage("b", after="missing"), stage("a", before="gone")) == ["a", "b"]


def test_one_name_without_a_tuple_around_it_is_that_name() -> None:
    """Read letter by letter, it would constrain nothing, and the stage run anywhere."""
    convert, verify = stage("convert", before="tag"), stage("verify")
    setattr(convert.value, "after", "verify")  # noqa: B010 - what the types forbid
    assert names(stage("tag"), convert, verify) == ["verify", "convert", "tag"]


def test_a_stage_without_a_scope_names_its_plugin() -> None:
    """The word alone is none."""
    odd = stage("odd")
    setattr(odd.value, "scope", "track")  # noqa: B010 - what the types forbid
    with pytest.raises(HookFailed) as caught:
        names(odd)
    assert "plugin-of-odd" in caught.value.title
    assert caught.value.why == "'track' is neither Scope.JOB nor Scope.TRACK"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", None), ("name", ""), ("after", None), ("before", 3), ("after", ("tag", None))],
)
def test_a_stage_that_is_described_in_another_way_names_its_plugin(
    field: str, value: object
) -> None:
    """A job is refused with an error of ours, whatever a stranger wrote there."""
    odd = stage("odd")
    setattr(odd.value, field, value)
    with pytest.raises(HookFailed, match="plugin-of-odd") as caught:
        names(odd)
    assert field in caught.value.why


def test_a_pipeline_needs_its_two_ends_and_the_way_between() -> None:
    """Whoever brings them; what is optional may be switched off."""
    whole = [stage("resolve", job=True), stage("download"), stage("package", job=True)]
    check_needed(ordered(whole))
    for at in range(3):
        with pytest.raises(StageMissing) as caught:
            check_needed(ordered([*whole[:at], *whole[at + 1 :]]))
        assert caught.value.why == f"no active plugin brings the stage {whole[at].value.name}"


@given(st.permutations(["download", "verify", "cover", "tag"]))
def test_the_order_does_not_depend_on_who_registered_first(order: list[str]) -> None:
    """The same on every machine."""
    made = {
        "download": stage("download"),
        "verify": stage("verify", after="download"),
        "cover": stage("cover", after="download"),
        "tag": stage("tag", after="verify cover"),
    }
    assert names(*(made[name] for name in order)) == ["download", "cover", "verify", "tag"]


def test_a_circle_names_the_stages_with_their_plugins() -> None:
    """So that one of them can be switched off."""
    with pytest.raises(StageCycle) as caught:
        names(stage("a", after="b"), stage("b", after="a"))
    assert "a (plugin-of-a)" in caught.value.why
    assert "b (plugin-of-b)" in caught.value.why


def test_two_stages_of_one_name_are_refused() -> None:
    """Neither wins by chance."""
    with pytest.raises(StageCycle, match="two stages are called 'tag'"):
        names(stage("tag"), stage("tag"))


def test_segments_are_cut_where_the_scope_changes() -> None:
    """The job's stages wait for all tracks, and the other way round."""
    order = ordered(
        [
            stage("resolve", before="download", job=True),
            stage("download"),
            stage("tag", after="download"),
            stage("package", after="tag", job=True),
        ]
    )
    cut = [(part.scope, [one.name for one in part.stages]) for part in segments(order)]
    assert cut == [
        (Scope.JOB, ["resolve"]),
        (Scope.TRACK, ["download", "tag"]),
        (Scope.JOB, ["package"]),
    ]


# --- the order of what manifests claim --------------------------------------------------------


def claim(name: str, *, after: str = "", before: str = "", plugin: str = "") -> Answer[StageInfo]:
    info = StageInfo(
        name=name, scope=Scope.TRACK, after=tuple(after.split()), before=tuple(before.split())
    )
    return Answer(plugin or f"plugin-of-{name}", info)


def test_claims_are_put_in_the_same_order_as_the_stages_that_they_describe() -> None:
    """So that the order can be shown without importing a plugin."""
    made = [
        stage("tag", after="verify"),
        stage("convert", after="verify", before="tag"),
        stage("verify", after="download"),
        stage("download"),
    ]
    claims = [Answer(each.plugin, stage_info(each.value)) for each in made]
    order = order_of(claims)
    assert [each.value.name for each in order.stages] == names(*made)
    assert [each.plugin for each in order.stages][:2] == ["plugin-of-download", "plugin-of-verify"]
    assert order.unknown == ()


def test_a_name_in_vain_is_told_with_the_nearest_that_there_is() -> None:
    """A misspelled name constrains nothing: somebody has to be told."""
    order = order_of([claim("verify"), claim("convert", after="verfiy", before="zzz")])
    assert [(each.where, each.name, each.nearest) for each in order.unknown] == [
        ("after", "verfiy", "verify"),
        ("before", "zzz", None),
    ]
    assert {(each.stage, each.plugin) for each in order.unknown} == {
        ("convert", "plugin-of-convert")
    }


def test_what_to_switch_off_in_a_circle_is_somebody_elses_plugin() -> None:
    """Never one of the core's own, which other stages need."""
    with pytest.raises(StageCycle) as caught:
        order_of([claim("a", after="tag", plugin="mine"), claim("tag", after="a", plugin="core-t")])
    assert caught.value.next_step == "orpheus plugin disable mine"
    with pytest.raises(StageCycle) as caught:
        order_of([claim("tag", plugin="core-tag"), claim("tag", plugin="mine")])
    assert caught.value.next_step == "orpheus plugin disable mine"


def test_a_stage_that_is_switched_off_names_what_to_switch_on() -> None:
    """The command, as it is typed."""
    with pytest.raises(StageMissing) as caught:
        check_needed((), {"resolve": "core-resolve", "package": "mine"})
    assert "resolve or download or package" in caught.value.why
    assert caught.value.next_step == (
        "orpheus plugin enable core-resolve && orpheus plugin enable mine"
    )


def test_a_plugin_that_stands_after_itself_is_a_circle() -> None:
    """It could never run."""
    with pytest.raises(StageCycle, match="cannot be put in order"):
        order_of([claim("a", after="a")])
