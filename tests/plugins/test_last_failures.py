"""What went wrong in an earlier process is said before the plugin is imported again."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import attrs
import pytest
from tests.plugins.fakes import Fake, Shelf, eager, host_of, lazy

import orpheus_core as oc
from orpheus_core.errors import PluginUnavailable
from orpheus_core.plugins import PluginHost, PluginState
from orpheus_core.plugins.last_failures import LastFailures


class Deaf:
    @oc.hookimpl
    def orpheus_event(self) -> None:
        raise RuntimeError("hears nothing, secret")


def fails() -> object:
    raise ImportError("gone")


PLUGIN = lazy("bad", fails, "orpheus_event")


def process(file: Path, plugin: Fake = PLUGIN, *, eager: bool = True) -> PluginHost:
    """A new process, in which *plugin* is installed."""
    host = PluginHost(
        index=Shelf([plugin]),
        failures=LastFailures(file),
        clean=lambda text: text.replace("secret", "***"),
    )
    host.discover(eager=eager)
    return host


def said(file: Path, plugin: Fake = PLUGIN) -> tuple[PluginState, str]:
    """What a list of plugins shows in a new process."""
    record = process(file, plugin, eager=False).record("bad")
    assert bool(record.hint) == bool(record.reason)
    return record.state, record.reason


def fail(host: PluginHost) -> None:
    with pytest.raises(PluginUnavailable):
        host.activate("bad")


def test_an_import_that_failed_is_said_in_the_next_process(tmp_path: Path) -> None:
    """Its state stays what it is now: nobody has tried."""
    file = tmp_path / "cache" / "plugin-failures.json"
    assert said(file) == (PluginState.REGISTERED, "")
    fail(process(file))
    assert said(file) == (PluginState.REGISTERED, "last time: ImportError: gone")


def test_a_plugin_without_a_manifest_is_remembered_as_well(tmp_path: Path) -> None:
    """A list does not import it."""
    plugin = eager("bad", fails)
    process(tmp_path / "f", plugin)
    assert said(tmp_path / "f", plugin) == (
        PluginState.INDEXED,
        "last time: ImportError: gone",
    )


def test_a_plugin_that_was_muted_is_said_without_its_secrets(tmp_path: Path) -> None:
    """What is kept went through the redactor."""
    plugin = attrs.evolve(PLUGIN, brings=Deaf)
    host = process(tmp_path / "f", plugin)
    for _ in range(3):
        host.emit("orpheus_event", event=None)
    assert host.record("bad").state is PluginState.MUTED
    assert said(tmp_path / "f", plugin)[1] == (
        "last time: orpheus_event raised RuntimeError: hears nothing, ***, three times in a row"
    )


def test_a_manifest_that_was_not_true_is_said(tmp_path: Path) -> None:
    """Until it is mended."""
    plugin = attrs.evolve(PLUGIN, brings=object)
    fail(process(tmp_path / "f", plugin))
    assert "orpheus_event" in said(tmp_path / "f", plugin)[1]


def test_it_is_forgotten_when_the_plugin_loads(tmp_path: Path) -> None:
    """In that process and in those to come."""
    fail(process(tmp_path / "f"))
    good = attrs.evolve(PLUGIN, brings=Deaf)
    host = process(tmp_path / "f", good)
    assert host.record("bad").reason
    host.activate("bad")
    assert (host.record("bad").state, host.record("bad").reason) == (PluginState.ACTIVE, "")
    assert said(tmp_path / "f")[1] == ""


@pytest.mark.parametrize(
    "other", [attrs.evolve(PLUGIN, stamped="edited"), attrs.evolve(PLUGIN, version="2")]
)
def test_it_is_not_said_of_other_code(tmp_path: Path, other: Fake) -> None:
    """A release that mends it, or a file that was edited."""
    fail(process(tmp_path / "f"))
    assert said(tmp_path / "f", other) == (PluginState.REGISTERED, "")
    assert said(tmp_path / "f")[1] != ""


def test_a_hook_that_fails_is_not_remembered(tmp_path: Path) -> None:
    """It may work the next time."""
    plugin = attrs.evolve(PLUGIN, brings=Deaf)
    host = process(tmp_path / "f", plugin)
    host.emit("orpheus_event", event=None)
    assert host.record("bad").state is PluginState.FAILED
    assert not (tmp_path / "f").exists()


def test_looking_at_plugins_writes_nothing(tmp_path: Path) -> None:
    """Neither when nothing failed, nor when something did."""
    said(tmp_path / "f")
    assert list(tmp_path.iterdir()) == []
    fail(process(tmp_path / "f"))
    before = (tmp_path / "f").stat().st_mtime_ns
    said(tmp_path / "f", attrs.evolve(PLUGIN, version="2"))
    assert (tmp_path / "f").stat().st_mtime_ns == before


def test_a_plugin_that_loads_and_never_failed_writes_nothing(tmp_path: Path) -> None:
    """Nearly every start is like this."""
    process(tmp_path / "f", attrs.evolve(PLUGIN, brings=Deaf)).activate("bad")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b"{}",
        b'{"format": 1, "plugins": 3}',
        b'{"format": 1, "plugins": [{"id": "bad"}]}',
        b'{"format": 1, "plugins": [null]}',
        b'{"format": 2, "plugins": []}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_damaged_counts_as_absent(tmp_path: Path, content: bytes) -> None:
    """And is replaced by the next failure."""
    file = tmp_path / "f"
    file.write_bytes(content)
    assert said(file) == (PluginState.REGISTERED, "")
    fail(process(file))
    assert said(file)[1] == "last time: ImportError: gone"


def test_a_text_of_another_type_is_not_shown(tmp_path: Path) -> None:
    """Somebody else wrote it."""
    file = tmp_path / "f"
    fail(process(file))
    document = json.loads(file.read_bytes())
    document["plugins"][0]["reason"] = ["list"]
    file.write_text(json.dumps(document))
    assert said(file) == (PluginState.REGISTERED, "")


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The failure itself is told all the same."""
    (tmp_path / "file").write_text("in the way")
    host = process(tmp_path / "file" / "f")
    fail(host)
    assert host.record("bad").state is PluginState.FAILED


@pytest.mark.skipif(sys.platform == "win32", reason="there, the folder's rights say who may")
def test_a_folder_that_may_not_be_looked_into_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that another user made, for himself alone."""

    def refused(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "failures.json"
    failures = LastFailures(file)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", refused)
        assert failures.reason(eager("gloomy")) == ""


def test_two_processes_forget_nothing_of_each_other(tmp_path: Path) -> None:
    """What one has read may be old by the time at which it writes."""
    here, there = LastFailures(tmp_path / "f.json"), LastFailures(tmp_path / "f.json")
    gloomy, grim = eager("gloomy"), eager("grim")
    assert here.reason(gloomy) == there.reason(gloomy) == ""
    here.note(gloomy, "it rains")
    there.note(grim, "it pours")
    anew = LastFailures(tmp_path / "f.json")
    assert (anew.reason(gloomy), anew.reason(grim)) == ("it rains", "it pours")
    here.clear(gloomy)
    there.clear(grim)
    assert LastFailures(tmp_path / "f.json").reason(gloomy) == ""


def test_the_file_is_for_this_user_alone(tmp_path: Path) -> None:
    """It says what is installed, and what goes wrong with it."""
    fail(process(tmp_path / "f"))
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_each_plugin_is_remembered_by_itself(tmp_path: Path) -> None:
    """One that loads does not take the others' along."""
    file = tmp_path / "f"
    plugins = [lazy(name, fails, "orpheus_event") for name in ("bad", "worse")]
    host = host_of(*plugins, failures=LastFailures(file))
    host.emit("orpheus_event", event=None)
    process(file, attrs.evolve(plugins[1], id="worse", brings=Deaf)).activate("worse")
    assert said(file)[1] == "last time: ImportError: gone"
    assert process(file, plugins[1]).record("worse").reason == ""
