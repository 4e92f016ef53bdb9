"""Settings, and advisors that other plugins bring."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_assistant.plugin import AREAS, Assistant
from orpheus_core.testing import sample_event

README = Path(__file__).parents[1] / "README.md"
MANIFEST = Path(__file__).parents[1] / "src" / "orpheus_assistant" / "orpheus.toml"

Opens = Callable[..., oc.Orpheus]


class Counts:
    """An advisor of another plugin: says how many jobs began."""

    def __init__(self, kinds: Collection[str] = ("job.started",)) -> None:
        self.kinds = kinds
        self.seen: list[str] = []
        self.forgot = False

    def observe(self, event: oc.Event) -> None:
        self.seen.append(event.kind)

    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        return [oc.Advice(code="count.jobs", title=f"{len(self.seen)} jobs")]

    def forget(self) -> None:
        self.forgot = True


class Brings:
    """A plugin that brings advisors to the assistant."""

    def __init__(self, *advisors: object) -> None:
        self.advisors = advisors

    @oc.hookimpl
    def orpheus_assistant_advisors(self) -> list[object]:
        return list(self.advisors)


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens an application with the assistant, other plugins, and settings of the assistant."""
    opened: list[oc.Orpheus] = []

    def opening(*others: object, **settings: object) -> oc.Orpheus:
        plugins: dict[str, object] = {"assistant": Assistant()}
        plugins |= {f"other-{number}": each for number, each in enumerate(others)}
        config = {"assistant": settings} if settings else {}
        app = oc.Orpheus(tmp_path / "home", config, plugins=plugins, discover=False)
        opened.append(app)
        return app

    yield opening
    for app in opened:
        app.close()


def said(app: oc.Orpheus, kind: str = "brain.advice.given") -> list[oc.Event]:
    """A list that fills with the events of *kind*."""
    events: list[oc.Event] = []
    app.brain.events.subscribe(events.append, kinds=[kind])
    return events


def retry(app: oc.Orpheus, times: int, apart_s: float = 1.0) -> None:
    """Requests fail, and are sent again."""
    down = oc.ServiceDown("busy")
    for number in range(times):
        for kind in ("network.request.failed", "network.retry.scheduled"):
            event = sample_event(
                kind,
                error=down,
                service="sandbox",
                data={"attempt": 1},
                after_s=number * apart_s,
            )
            app.brain.events.publish(event)
    last = sample_event(
        "network.request.failed", error=down, service="sandbox", after_s=times * apart_s
    )
    app.brain.events.publish(last)


def codes(events: Sequence[oc.Event]) -> list[object]:
    return [event.data["code"] for event in events if event.plugin == "assistant"]


# --- settings ----------------------------------------------------------------------------


def test_how_many_requests_are_too_many_can_be_set(opens: Opens) -> None:
    """Also below the usual number."""
    for requests, expected in ((2, ["assistant.unsteady-service"]), (7, [])):
        app = opens(repeated_requests=requests)
        events = said(app)
        retry(app, 5)
        assert codes(events) == expected


def test_how_long_they_are_counted_can_be_set(opens: Opens) -> None:
    """The message names what is set."""
    for minutes, expected in ((30, 1), (1, 0)):
        app = opens(window_minutes=minutes)
        events = said(app)
        retry(app, 3, apart_s=200.0)
        messages = [str(each.data["title"]) for each in events if each.plugin == "assistant"]
        assert len(messages) == expected
        assert all(f"the last {minutes} minutes" in message for message in messages)


def test_a_number_that_means_nothing_counts_as_one(opens: Opens) -> None:
    """A setting is a person's to get wrong."""
    app = opens(repeated_requests=0, window_minutes=-5)
    events = said(app)
    retry(app, 1)
    assert codes(events) == ["assistant.unsteady-service"]


# --- advisors of others ------------------------------------------------------------------


def test_an_advisor_of_another_plugin_sees_the_kinds_that_it_names(opens: Opens) -> None:
    """Its advice is given as the assistant's, and it is told of the end."""
    theirs = Counts()
    app = opens(Brings(theirs))
    events = said(app)

    app.brain.events.publish(sample_event("job.started"))
    app.brain.events.publish(sample_event("job.finished"))
    app.brain.events.publish(sample_event("job.failed"))
    app.close()

    assert theirs.seen == ["job.started"]
    assert [event.data["title"] for event in events] == ["1 jobs"]
    assert [event.plugin for event in events] == ["assistant"]
    assert theirs.forgot


def test_the_assistants_own_advisors_come_the_same_way(opens: Opens) -> None:
    """Beside those of others."""
    app = opens(Brings(Counts()))
    events = said(app)
    retry(app, 3)
    assert set(codes(events)) == {"assistant.unsteady-service", "count.jobs"}


def test_others_are_asked_when_something_happens_that_is_related(opens: Opens) -> None:
    """Not while the application is opened: all plugins are there by then. And only once."""
    asked: list[str] = []

    class Late:
        @oc.hookimpl
        def orpheus_assistant_advisors(self) -> list[object]:
            asked.append("now")
            return []

    app = opens(Late())
    app.brain.events.publish(sample_event("plugin.muted"))
    assert asked == []
    for _ in range(2):
        app.brain.events.publish(sample_event("job.started"))
    assert asked == ["now"]


class RaisesOnObserve(Counts):
    def observe(self, event: oc.Event) -> None:
        raise RuntimeError("not today")


class RaisesOnAdvise(Counts):
    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        raise RuntimeError("not today")


class AdvisesNonsense(Counts):
    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        return ["not today"]  # type: ignore[list-item] # wrong on purpose


@pytest.mark.parametrize("broken", [RaisesOnObserve, RaisesOnAdvise, AdvisesNonsense])
def test_an_advisor_that_fails_is_left_out_and_told_of_once(
    opens: Opens, broken: type[Counts]
) -> None:
    """By the name of its plugin; the others go on, and the assistant is not blamed."""
    good = Counts()
    app = opens(Brings(broken(), good))
    told = said(app, "plugin.said")

    for _ in range(5):
        app.brain.events.publish(sample_event("job.started"))
        app.brain.events.publish(sample_event("job.failed"))

    (event,) = told
    assert "plugin other-0" in str(event.data["message"])
    assert event.data["next_step"] == "orpheus plugin info other-0"
    assert len(good.seen) == 5
    assert app.plugins.record("assistant").state is oc.PluginState.ACTIVE


def test_what_is_no_advisor_is_its_plugins_failure(opens: Opens) -> None:
    """The host says so; the others are asked."""
    app = opens(Brings(7), Brings(Counts()))
    failed = said(app, "plugin.hook.failed")
    events = said(app)

    app.brain.events.publish(sample_event("job.failed"))

    assert [event.plugin for event in failed] == ["other-0"]
    assert "count.jobs" in codes(events)


def test_an_advisor_may_publish_events_itself(opens: Opens) -> None:
    """They come back to it in the same thread, which must not wait for itself."""
    app = opens()

    class Publishes(Counts):
        def observe(self, event: oc.Event) -> None:
            super().observe(event)
            if event.kind == "job.started":
                app.brain.events.publish(sample_event("job.finished"))

    theirs = Publishes(("job.started", "job.finished"))
    app.plugins.register("late", Brings(theirs))
    app.brain.events.publish(sample_event("job.started"))

    assert theirs.seen == ["job.started", "job.finished"]


def test_the_advisor_of_the_readme_works(opens: Opens) -> None:
    """As it stands there."""
    (code,) = re.findall(
        r"```python\n(from collections.*?)```", README.read_text("utf-8"), re.DOTALL
    )
    names: dict[str, Callable[..., object]] = {}
    exec(code, names)

    class Readme:
        orpheus_assistant_advisors = staticmethod(names["orpheus_assistant_advisors"])

    app = opens(Readme())
    events = said(app)
    for _ in range(3):
        app.brain.events.publish(sample_event("login.failed", service="sandbox"))

    assert [event.data["title"] for event in events if event.plugin == "assistant"] == [
        "Two logins failed: it is late."
    ]


def test_the_manifest_names_the_areas_that_the_code_looks_at() -> None:
    """An event outside of them is never brought to it."""
    named = re.findall(r'"([a-z]+\.)\*"', MANIFEST.read_text("utf-8"))
    assert sorted(named) == sorted(2 * AREAS)


def test_the_readme_names_the_settings_with_their_defaults() -> None:
    """And their variables."""
    text = README.read_text("utf-8")
    blocks = re.findall(
        r"\[\[settings\]\]\nkey = \"(\w+)\".*?default = (\d+)",
        MANIFEST.read_text("utf-8"),
        re.DOTALL,
    )
    assert len(blocks) == 2
    for key, default in blocks:
        assert f"{key} = {default}" in text
        assert f"ORPHEUS_ASSISTANT_{key.upper()}" in text


# --- as installed packages ---------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with the README's advisor, known by its manifest, beside the assistant."""
    package = tmp_path / "site" / "nights_of_test_advisors"
    package.mkdir(parents=True)
    (code,) = re.findall(r"```python\n(from coll.*?)```", README.read_text("utf-8"), re.DOTALL)
    (package / "__init__.py").write_text(code, encoding="utf-8")
    manifest = 'id = "nights"\napi = "1.0"\n[[hooks]]\nname = "orpheus_assistant_advisors"\n'
    (package / "orpheus.toml").write_text(manifest, encoding="utf-8")
    info = package.parent / "nights-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: nights\nVersion: 1\n", encoding="utf-8")
    points = f"[orpheus.plugins]\nnights = {package.name}\n"
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("ORPHEUS_PLUGINS", "assistant,nights")
    yield tmp_path / "home"
    sys.modules.pop(package.name, None)


def test_both_are_imported_at_the_first_event_that_is_related(installed: Path) -> None:
    """The hook that the one adds is there for the other, whichever is found first."""
    with oc.Orpheus(installed) as app:
        events = said(app)
        states = [app.plugins.record(name).state for name in ("assistant", "nights")]
        assert states == [oc.PluginState.REGISTERED] * 2

        for _ in range(2):
            app.brain.events.publish(sample_event("login.failed", service="sandbox"))

        states = [app.plugins.record(name).state for name in ("assistant", "nights")]
        assert states == [oc.PluginState.ACTIVE] * 2
        assert codes(events) == ["nights.late"]


def test_two_applications_have_an_assistant_each(installed: Path) -> None:
    """The entry point is the class: what one has seen, the other has not."""
    with oc.Orpheus(installed / "one") as one, oc.Orpheus(installed / "two") as two:
        heard = [said(one), said(two)]
        retry(one, 3)
        retry(two, 2)
        assert [len(codes(events)) for events in heard] == [1, 0]
