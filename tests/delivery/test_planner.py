"""The planner: strict where the loader of plugins is lenient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from tests.plugins.fakes import Shelf, eager, lazy, manifest, state_of

import orpheus_core as oc
from orpheus_core.delivery import TrackStage, builtin_plugins, plan, stage_claims, stage_info
from orpheus_core.delivery.planner import LeftOut, Plan
from orpheus_core.network.transport import Transport
from orpheus_core.plugins import FoundPlugin, PluginHost, PluginMode, PluginState
from orpheus_core.redaction import Redactor

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

HOOK = "orpheus_stages"


class Polish(TrackStage):
    """A stage of somebody else."""

    def __init__(self, name: str = "polish", *, optional: bool = False) -> None:
        self.name, self.after, self.optional = name, ("verify",), optional

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        return item.noted("polished")


@attrs.define(eq=False)
class Code:
    """A plugin with *stages*; its import, or its hook, raises what it is given."""

    stages: Sequence[object] = ()
    import_error: BaseException | None = None
    hook_error: BaseException | None = None
    imports: int = 0

    def brings(self) -> Code:
        self.imports += 1
        if self.import_error is not None:
            raise self.import_error
        return self

    @oc.hookimpl
    def orpheus_stages(self) -> Sequence[object]:
        if self.hook_error is not None:
            raise self.hook_error
        return self.stages


def polisher(code: Code, *claimed: Polish, name: str = "polisher") -> FoundPlugin:
    """The installed plugin, whose manifest claims the stages *claimed*."""
    stages = tuple(stage_info(stage) for stage in claimed)
    claims = attrs.evolve(manifest(name, HOOK), stages=stages)
    return lazy(name, code.brings, claims=claims)


def core_with(*found: FoundPlugin, off: Sequence[str] = (), strict: bool = False) -> PluginHost:
    """A host with the core's own stages and *found*; nothing is asked of a network."""
    settings = oc.Settings()
    mode = PluginMode.STRICT if strict else PluginMode.ISOLATE
    host = PluginHost(index=Shelf(list(found)), disabled=off, mode=mode)
    transport = Transport(settings.network, Redactor())
    host.register_builtins({**builtin_plugins(settings), "core-transport": transport}, "0")
    host.discover()
    return host


def names(planned: Plan) -> list[str]:
    return [stage.name for stage in planned.stages]


def refusal(host: PluginHost) -> oc.PluginUnavailable:
    with pytest.raises(oc.PluginUnavailable) as caught:
        plan(host)
    assert caught.value.exit_status is oc.ExitStatus.PLUGIN
    assert caught.value.done == "nothing was sent anywhere"
    return caught.value


def test_a_claimed_stage_is_imported_when_a_job_is_planned() -> None:
    """It stands in its place, and its plugin is known as its owner."""
    code = Code([Polish()])
    host = core_with(polisher(code, Polish()))
    assert code.imports == 0
    planned = plan(host)
    order = names(planned)
    assert order.index("verify") < order.index("polish") < order.index("package")
    assert planned.owners["polish"] == "polisher"
    assert planned.owners["tag"] == "core-tag"
    assert (code.imports, planned.left_out) == (1, ())


def test_what_stages_there_are_is_known_without_an_import() -> None:
    """From manifests, and from plugins that are imported anyway."""
    code, bare = Code([Polish()]), Code([Polish("bare")])
    host = core_with(polisher(code, Polish()), eager("bare", bare.brings))
    claims = {answer.value.name: answer for answer in stage_claims(host)}
    assert claims["polish"].plugin == "polisher"
    assert claims["polish"].value == stage_info(Polish())
    assert claims["bare"].plugin == "bare"
    assert claims["resolve"].value.scope is oc.Scope.JOB
    assert code.imports == 0


OUT: dict[PluginState, Callable[[FoundPlugin], list[FoundPlugin]]] = {
    PluginState.INCOMPATIBLE: lambda it: [
        attrs.evolve(it, manifest=it.manifest and attrs.evolve(it.manifest, api=((9, 0),)))
    ],
    PluginState.CONFLICT: lambda it: [it, attrs.evolve(it, distribution="orpheus-imposter")],
    PluginState.INVALID_MANIFEST: lambda it: [attrs.evolve(it, problem="its manifest is odd")],
}


@pytest.mark.parametrize("state", OUT, ids=lambda state: state.value)
def test_a_job_without_a_stage_that_is_claimed_is_refused(state: PluginState) -> None:
    """With the reason, and what repairs it."""
    host = core_with(*OUT[state](polisher(Code([Polish()]), Polish())))
    assert state_of(host, "polisher")[0] is state
    error = refusal(host)
    record = host.record("polisher")
    assert error.title.startswith("stage polish needs plugin polisher, which ")
    assert (error.why, error.next_step) == (record.reason, record.hint)


def test_a_plugin_that_does_not_load_is_missed() -> None:
    """In the first job that is planned, and in the next."""
    code = Code(import_error=ImportError("no such library"))
    host = core_with(polisher(code, Polish()))
    for _ in range(2):
        assert "no such library" in refusal(host).why
    assert code.imports == 1


@pytest.mark.parametrize(
    ("brought", "reason"),
    [
        ([], "names the stage polish, the code has none"),
        ([Polish(), Polish("more")], "the code has the stage more"),
        ([Polish(optional=True)], "polish: optional is false"),
    ],
    ids=["none", "more", "another"],
)
def test_a_plugin_that_brings_other_stages_than_it_claims_is_refused(
    brought: list[Polish], reason: str
) -> None:
    """The manifest is what the person was shown."""
    host = core_with(polisher(Code(brought), Polish()))
    assert reason in refusal(host).why
    assert state_of(host, "polisher")[0] is PluginState.INVALID_MANIFEST
    assert reason in refusal(host).why


def test_a_hook_that_raises_is_no_lie() -> None:
    """The stage is missed all the same; the plugin is asked again for the next job."""
    code = Code([Polish()], hook_error=OSError("not today"))
    host = core_with(polisher(code, Polish()))
    assert "orpheus_stages raised OSError: not today" in refusal(host).why
    assert state_of(host, "polisher")[0] is PluginState.FAILED
    code.hook_error = None
    assert "polish" in names(plan(host))


@pytest.mark.parametrize(
    "code",
    [
        Code(import_error=ImportError("no such library")),
        Code(hook_error=OSError("no such library")),
        Code([Polish("no such library")]),
    ],
    ids=["import", "hook", "lie"],
)
def test_an_optional_stage_is_left_out_with_the_reason(code: Code) -> None:
    """Its author says that the job can go on without it."""
    host = core_with(polisher(code, Polish(optional=True)))
    planned = plan(host)
    assert "polish" not in names(planned)
    assert "no such library" not in names(planned)
    (left,) = planned.left_out
    assert (left.stage, left.plugin) == ("polish", "polisher")
    assert left.reason


def test_of_a_plugin_with_one_stage_that_is_needed_none_is_left_out() -> None:
    """It is missed as a whole."""
    code = Code(import_error=ImportError("x"))
    claimed = (Polish(optional=True), Polish("shine"))
    assert "stage polish, shine needs plugin" in refusal(core_with(polisher(code, *claimed))).title


def test_a_stage_that_did_come_is_not_told_as_left_out() -> None:
    """One of two is of the wrong type."""
    code = Code([Polish(optional=True), "no stage"])
    claimed = (Polish(optional=True), Polish("shine", optional=True))
    planned = plan(core_with(polisher(code, *claimed)))
    assert "polish" in names(planned)
    assert [left.stage for left in planned.left_out] == ["shine"]


def test_a_plugin_that_is_switched_off_is_not_missed() -> None:
    """It is the person's choice."""
    code = Code([Polish()])
    host = core_with(polisher(code, Polish()), off=["polisher"])
    assert "polish" not in names(plan(host))
    assert code.imports == 0


def test_stages_that_cannot_be_put_in_order_make_their_plugins_fail() -> None:
    """So that the list of plugins says which, why, and what to do; the core's own do not."""
    one, other = Polish("one"), Polish("other")
    one.after, other.after = ("other",), ("one",)
    found = [
        polisher(Code([one]), one, name="a"),
        polisher(Code([other]), other, name="b"),
        polisher(Code([Polish()]), Polish()),
    ]
    host = core_with(*found)
    with pytest.raises(oc.StageCycle) as caught:
        plan(host)
    assert caught.value.next_step == "orpheus plugin disable a     or: orpheus plugin disable b"
    for name in ("a", "b"):
        state, reason = state_of(host, name)
        assert (state, "its stages stand in a circle" in reason) == (PluginState.FAILED, True)
        assert f"orpheus plugin disable {name}" in host.record(name).hint
    assert state_of(host, "polisher")[0] is PluginState.ACTIVE
    with pytest.raises(oc.StageCycle):
        plan(core_with(*found, strict=True))


def test_a_circle_with_a_stage_of_the_core_is_the_plugins_fault() -> None:
    """The core's own goes on, and is not what is switched off."""
    stage = Polish()
    stage.after, stage.before = ("tag",), ("verify",)
    host = core_with(polisher(Code([stage]), stage))
    with pytest.raises(oc.StageCycle) as caught:
        plan(host)
    assert caught.value.next_step == "orpheus plugin disable polisher"
    assert state_of(host, "polisher")[0] is PluginState.FAILED
    assert state_of(host, "core-tag")[0] is PluginState.ACTIVE


@pytest.mark.parametrize(
    ("off", "words"),
    [
        ("core-resolve", "no active plugin brings the stage resolve"),
        ("core-download", "no active plugin brings the stage download"),
        ("core-package", "no active plugin brings the stage package"),
        ("core-run", "running a stage needs plugin core-run, which is switched off"),
        ("core-layout", "naming the files needs plugin core-layout, which is switched off"),
        ("core-transport", "every request needs plugin core-transport, which is switched off"),
    ],
)
def test_what_fails_without_one_of_the_cores_own_says_how_to_switch_it_on(
    off: str, words: str
) -> None:
    """Each of them can be switched off, like any other plugin."""
    with pytest.raises(oc.PluginError) as caught:
        plan(core_with(off=[off]))
    assert words in f"{caught.value.title}; {caught.value.why}"
    assert caught.value.next_step == f"orpheus plugin enable {off}"


def test_whoever_answers_in_the_place_of_one_of_the_cores_own_is_enough() -> None:
    """A replay needs no network."""

    class Replay:
        @oc.hookimpl
        def orpheus_send(self, request: oc.OutgoingRequest) -> None:
            return None

    host = core_with(off=["core-transport"])
    host.register("replay", Replay())
    assert "download" in names(plan(host))


# --- in an application ------------------------------------------------------------------------


def test_a_job_is_refused_before_anything_is_asked_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder nor a request: also of a link that would have to be followed first."""
    code = Code(import_error=ImportError("no such library"))
    shelf = Shelf([polisher(code, Polish())])
    monkeypatch.setattr("orpheus_core.plugin_wiring.PluginIndex", lambda _: shelf)
    asked: list[str] = []

    class Shop:
        info = oc.ServiceInfo(
            id="shop",
            name="Shop",
            kinds=frozenset({oc.MediaKind.ARTIST}),
            features=frozenset(),
            hosts=(),
        )

        def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
            asked.append(ref.id)
            raise oc.ItemNotFound("gone")

        def file(self, *_: object) -> oc.MediaFile:
            raise oc.ItemNotFound("gone")

        def search(self, *_: object) -> Sequence[oc.SearchHit]:
            return []

        @oc.hookimpl
        def orpheus_modules(self) -> Sequence[object]:
            return [self]

    home = tmp_path / "home"
    with (
        oc.Orpheus(home, plugins={"shop": Shop()}) as app,
        pytest.raises(oc.PluginUnavailable, match="stage polish"),
    ):
        app.download("shop:artist:1", to=tmp_path / "music")
    assert asked == []
    assert not (tmp_path / "music").exists()


def test_what_is_left_out_stands_in_the_manifest_and_among_the_events(
    open_library: OpenLibrary, library: Library, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an optional stage fails."""
    left = LeftOut("polish", "polisher", "no such library")

    def planned(plugins: PluginHost) -> Plan:
        return attrs.evolve(plan(plugins), left_out=(left,))

    monkeypatch.setattr("orpheus_core.delivery.delivery.plan", planned)
    app = open_library()
    told: list[oc.Event] = []
    app.brain.events.subscribe(told.append, kinds=["stage.skipped"])
    report = app.download(str(library.add_album("one").ref), to=music)
    assert [event.data["reason"] for event in told] == ["no such library"]
    assert "polish was left out: no such library" in report.artifacts[0].manifest.notes
