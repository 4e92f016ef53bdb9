"""The hook API does not change without a step of its version."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.plugins.api import API, fits

HERE = Path(__file__).parent


def _loaded(name: str) -> ModuleType:
    """The script beside this file; tests are no package, so it cannot be imported by name."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


api = _loaded("hook_api")
Argument, Hook, Step = api.Argument, api.Hook, api.Step
NONE, MINOR, MAJOR = Step.NONE, Step.MINOR, Step.MAJOR

arguments = st.lists(
    st.builds(Argument, st.sampled_from("abcd"), st.sampled_from([None, "None", "'x=1'"])),
    unique_by=lambda argument: argument.name,
).map(tuple)
hooks = st.builds(
    Hook,
    verb=st.sampled_from(["collect", "first"]),
    arguments=arguments,
    firstresult=st.booleans(),
    wrappers=st.booleans(),
    historic=st.booleans(),
    since=st.sampled_from(["1.0", "1.1"]),
)
apis = st.dictionaries(st.sampled_from(["orpheus_a", "orpheus_b", "orpheus_c"]), hooks)
versions = st.tuples(st.integers(0, 3), st.integers(0, 3))


def test_the_snapshot_is_what_the_hooks_are() -> None:
    """Of the version that `API` states."""
    old_api, old = api.snapshot()
    assert not (fault := api.complaint(old_api, old, API, api.current_hooks())), fault


def test_the_snapshot_is_written_as_the_command_writes_it() -> None:
    """No line was put in by hand, and each hook says since when there is one."""
    old_api, old = api.snapshot()
    assert api.SNAPSHOT.read_text("utf-8") == api.to_text(old_api, old)
    assert all(fits((api.parse_api(hook.since),), old_api) for hook in old.values())


@given(apis)
def test_nothing_is_required_where_nothing_changes(some: dict[str, Hook]) -> None:
    """Since when there is a hook is no part of it."""
    dated = {name: attrs.evolve(hook, since="9.9") for name, hook in some.items()}
    assert api.required_step(some, dated) is NONE


@given(apis, apis)
def test_only_what_is_the_same_requires_nothing(old: dict[str, Hook], new: dict[str, Hook]) -> None:
    """Whatever differs is noticed."""
    assert (api.required_step(old, new) is NONE) == (old == new)
    assert (not api.changed(old, new)) == (old == new)


@given(apis, apis)
def test_what_a_minor_step_adds_a_major_one_takes_away(
    old: dict[str, Hook], new: dict[str, Hook]
) -> None:
    """There is no change that is minor in both directions."""
    if api.required_step(old, new) is MINOR:
        assert api.required_step(new, old) is MAJOR


@given(apis, apis, apis)
def test_many_changes_require_no_more_than_their_greatest(
    a: dict[str, Hook], b: dict[str, Hook], c: dict[str, Hook]
) -> None:
    """So a release may gather them."""
    both = max(api.required_step(a, b), api.required_step(b, c))
    assert api.required_step(a, c) <= both


@given(apis, apis)
def test_plugins_go_on_working_unless_the_step_is_major(
    old: dict[str, Hook], new: dict[str, Hook]
) -> None:
    """Each of their hooks is there, is called in the same way, and offers what they take."""
    if api.required_step(old, new) is MAJOR:
        return
    for name, hook in old.items():
        assert new[name].verb == hook.verb
        assert {each.name for each in hook.arguments} <= {each.name for each in new[name].arguments}


HOOK = Hook(verb="collect", arguments=(Argument("event"), Argument("limit", "10")))


@pytest.mark.parametrize(
    ("new", "step"),
    [
        ({}, MAJOR),
        ({"orpheus_named_anew": HOOK}, MAJOR),
        ({"orpheus_it": HOOK, "orpheus_more": HOOK}, MINOR),
        ({"orpheus_it": attrs.evolve(HOOK, verb="emit")}, MAJOR),
        ({"orpheus_it": attrs.evolve(HOOK, firstresult=True)}, MAJOR),
        ({"orpheus_it": attrs.evolve(HOOK, wrappers=True)}, MAJOR),
        ({"orpheus_it": attrs.evolve(HOOK, historic=True)}, MAJOR),
    ],
)
def test_each_change_of_hooks_has_its_step(new: dict[str, Hook], step: Step) -> None:
    """What is added is minor, what is gone or works in another way is major."""
    assert api.required_step({"orpheus_it": HOOK}, new) is step


@pytest.mark.parametrize(
    ("now", "step"),
    [
        ([("event", None), ("limit", "10"), ("more", "None")], MINOR),
        ([("event", None), ("more", "None"), ("limit", "10")], MINOR),
        ([("event", "None"), ("limit", "10")], MINOR),
        ([("event", None), ("limit", "10"), ("more", None)], MAJOR),
        ([("event", None)], MAJOR),
        ([("happening", None), ("limit", "10")], MAJOR),
        ([("limit", "10"), ("event", None)], MAJOR),
        ([("event", None), ("limit", "20")], MAJOR),
        ([("event", None), ("limit", None)], MAJOR),
    ],
)
def test_each_change_of_arguments_has_its_step(
    now: list[tuple[str, str | None]], step: Step
) -> None:
    """An argument with a default may come; none goes, moves, or gets another default."""
    new = attrs.evolve(HOOK, arguments=tuple(Argument(*each) for each in now))
    assert api.required_step({"orpheus_it": HOOK}, {"orpheus_it": new}) is step


@given(versions, versions)
def test_a_version_is_stepped_when_plugins_can_tell(
    old: tuple[int, int], new: tuple[int, int]
) -> None:
    """A minor step keeps what was written for the old one; after a major one nothing fits."""
    assert api.is_stepped(old, new, MAJOR) == (new[0] > old[0])
    assert api.is_stepped(old, new, NONE) == (new >= old)
    if api.is_stepped(old, new, MINOR):
        assert not fits((new,), old)
        assert fits((old,), new) != (new[0] > old[0])


@given(versions, apis)
def test_a_snapshot_is_read_as_it_was_written(
    version: tuple[int, int], some: dict[str, Hook]
) -> None:
    """Defaults with an equals sign or quotes too."""
    assert api.from_text(api.to_text(version, some)) == (version, some)


def test_a_change_without_its_step_names_hook_step_and_command() -> None:
    """Whoever sees the test fail knows what to do."""
    fault = api.complaint((1, 0), {"orpheus_it": HOOK}, (1, 1), {})
    assert "orpheus_it" in fault
    assert "major step" in fault
    assert "now 1.1" in fault
    assert api.COMMAND in fault


def test_a_snapshot_that_is_behind_names_the_command() -> None:
    """The version was stepped as it should be, and the file was not written."""
    old, new = {"orpheus_it": HOOK}, {"orpheus_it": HOOK, "orpheus_more": HOOK}
    for hooks_now in (old, new):
        fault = api.complaint((1, 0), old, (1, 1), hooks_now)
        assert fault == f"the snapshot is of API 1.0: {api.COMMAND}"
    assert not api.complaint((1, 1), new, (1, 1), new)
    assert "never goes back" in api.complaint((1, 1), new, (1, 0), new)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The command and its snapshot, where they may be changed."""
    for name in ("hook_api.py", "hook_api.toml"):
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    return tmp_path / "hook_api.toml"


def _run(snapshot: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(snapshot.with_suffix(".py")), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_command_does_not_write_what_is_not_stepped(copied: Path) -> None:
    """Otherwise it would be the way around."""
    text = copied.read_text("utf-8").replace('"emit"', '"fold"', 1)
    copied.write_text(text, encoding="utf-8")

    ended = _run(copied, "--write")

    assert ended.returncode == 1
    assert "major step" in ended.stderr
    assert copied.read_text("utf-8") == text


def test_the_command_writes_anew_and_keeps_since_when_a_hook_is_there(copied: Path) -> None:
    """A snapshot that is behind is brought up to date; what is new gets today's version."""
    text = copied.read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("orpheus_tags")]
    older = "\n".join(lines).replace('api = "1.0"', 'api = "0.9"')
    copied.write_text(older.replace('since = "1.0"', 'since = "0.3"'), encoding="utf-8")

    ended = _run(copied, "--write")

    assert ended.returncode == 0, ended.stderr
    now, found = api.from_text(copied.read_text("utf-8"))
    assert now == API
    assert found["orpheus_tags"].since == api.api_text(API)
    assert found["orpheus_event"].since == "0.3"
    assert _run(copied).returncode == 0
