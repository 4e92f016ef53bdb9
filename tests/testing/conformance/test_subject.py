"""What a plugin is tried in: surroundings of its own, settings, matching samples."""

from __future__ import annotations

import os
from collections.abc import Sequence

import attrs
import pytest
from tests.testing.conformance.good_service import INFO, SAMPLE, GoodService, Plugin

import orpheus_core as oc
from orpheus_core.testing import RuleKind, ServiceSample
from orpheus_core.testing.conformance import matching
from orpheus_core.testing.conformance.candidate import Candidate, as_samples, installed
from orpheus_core.testing.conformance.report import kinds_of
from orpheus_core.testing.conformance.rules import RuleSkipped
from orpheus_core.testing.conformance.subject import Subject


def subject_of(plugin: object, *samples: ServiceSample) -> Subject:
    return Subject(Candidate(id="tried", handed_over=plugin), samples)


def test_nothing_of_whoever_runs_it_has_a_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither settings nor credentials; afterwards all is as it was."""
    monkeypatch.setenv("ORPHEUS_GOOD_TOKEN", "mine")
    monkeypatch.setenv("ORPHEUS_HOME", "/mine")

    with subject_of(Plugin(), SAMPLE) as subject:
        during = {name for name in os.environ if name.startswith("ORPHEUS_")}
        with subject.bench() as bench:
            token = bench.app.credentials.get("good", "token")

    assert during == {"ORPHEUS_HOME"}
    assert token is None
    assert os.environ["ORPHEUS_GOOD_TOKEN"] == "mine"
    assert os.environ["ORPHEUS_HOME"] == "/mine"


def test_its_files_are_gone_in_the_end() -> None:
    """Whatever a plugin has written."""
    with subject_of(Plugin()) as subject:
        folder = subject.new_folder("x")
        folder.joinpath("file").write_text("x", "utf-8")

    assert not folder.exists()


def test_a_plugin_gets_the_defaults_of_its_settings() -> None:
    """As its manifest has them."""
    seen: dict[str, object] = {}

    class Configured(Plugin):
        @oc.hookimpl
        def orpheus_configure(self, context: oc.PluginContext) -> None:
            seen.update(context.settings)

    setting = oc.SettingInfo(key="least", type=oc.SettingType.WHOLE_NUMBER, default=3, help="x")
    manifest = oc.PluginManifest(id="tried", api=((1, 0),), settings=(setting,))
    candidate = Candidate(id="tried", handed_over=Configured(), manifest=manifest)

    with Subject(candidate) as subject, subject.bench():
        pass

    assert seen == {"least": 3}


def test_each_application_gets_an_instance_of_a_class() -> None:
    """As an installed plugin's would."""
    made: list[object] = []

    class Counted(Plugin):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    with subject_of(Counted) as subject:
        for _ in range(2):
            with subject.bench():
                pass

    assert len(made) == 2


class TwoServices(Plugin):
    """Brings two."""

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[oc.ServiceModule]:
        other = GoodService()
        other.info = attrs.evolve(INFO, id="other")
        return [GoodService(), other]


def test_a_sample_is_for_the_only_service_or_the_one_it_names() -> None:
    """One that names none is for nobody where there are two."""
    named = attrs.evolve(SAMPLE, service="other")

    with subject_of(TwoServices(), SAMPLE, named) as subject:
        found = [(service.info.id, sample) for service, sample in matching.services(subject)]

    assert found == [("other", named)]


def test_which_rules_apply_is_known_by_what_it_brings() -> None:
    """Of one that cannot be asked, those for every plugin."""
    with subject_of(Plugin()) as subject:
        assert kinds_of(subject) == (RuleKind.PLUGIN, RuleKind.SERVICE)
    with subject_of(None) as subject:
        assert kinds_of(subject) == (RuleKind.PLUGIN,)


def test_what_was_found_out_is_found_out_once() -> None:
    """Also when it was a failure."""
    calls: list[int] = []

    def find(_: Subject) -> int:
        calls.append(1)
        raise RuleSkipped("not here")

    with subject_of(Plugin()) as subject:
        for _ in range(2):
            with pytest.raises(RuleSkipped, match="not here"):
                subject.once(find)

    assert calls == [1]


def test_samples_are_samples() -> None:
    """One, several, or none; something else is named."""
    assert as_samples(None) == ()
    assert as_samples(SAMPLE) == (SAMPLE,)
    assert as_samples([SAMPLE, SAMPLE]) == (SAMPLE, SAMPLE)
    with pytest.raises(oc.WrongArguments, match="x holds a str, which is no sample"):
        as_samples((SAMPLE, "text"), "x")


def test_an_installed_plugin_is_found_by_its_name() -> None:
    """With its manifest, and where its sample is; another name is no plugin's."""
    found = installed("sandbox")

    assert (found.id, found.distribution) == ("sandbox", "orpheus-core")
    assert found.sample == "orpheus_core.testing.sandbox.sample:SAMPLE"
    assert installed("sandbox@orpheus-core") == found
    with pytest.raises(oc.UnknownPlugin) as caught:
        installed("sandbx")
    assert caught.value.next_step == "did you mean sandbox?"
