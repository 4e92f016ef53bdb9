"""Examples run as they are, and the README's Python block as far as no network is needed."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import attrs
import pytest
from tests.tutorial_pages import PAGES, blocks, edited, libraries

import orpheus_core as oc
from orpheus_core.testing import (
    Fault,
    FaultKind,
    Outcome,
    Sample,
    SandboxServer,
    SimClock,
    StageSample,
    check_candidate,
    sample_event,
    track_item,
)
from orpheus_core.testing.conformance.candidate import Candidate
from orpheus_core.testing.scaffold.filling import filled
from orpheus_core.testing.scaffold.kinds import Kind
from orpheus_core.testing.scaffold.names import PluginNames

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
HARBOUR = EXAMPLES / "orpheus-harbour"


def example(name: str) -> ModuleType:
    """Import an example that is one file."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PATIENCE = example("patience").Patience
AVERAGE_RATE = example("average_rate")
GUEST_LOGIN = example("guest_login")
DIARY = example("event_sink_plugin")


# --- from Python ------------------------------------------------------------------------------


def test_from_python_runs_and_shows_a_verified_album(tmp_path: Path) -> None:
    """The block of the README and more, against the sandbox."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / "from_python.py", tmp_path],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert "albums: True" in lines
    assert "lyrics: False" in lines
    assert "asked by hand: Salt" in lines
    assert "Lanterns for the Long Way Home: 12 tracks" in lines
    assert "complete: True failures: 0" in lines
    assert "verified: True" in lines
    assert "decision: retry after 30 s" in lines


def test_the_readmes_python_block_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, with the sandbox in the place of the service."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block
    code = block[1].replace("https://www.deezer.com/album/302127", "sandbox:album:salt")
    code = code.replace('"deezer"', '"sandbox"')
    monkeypatch.chdir(tmp_path)
    with SandboxServer() as server:
        monkeypatch.setenv("ORPHEUS_SANDBOX_URL", server.url)
        exec(compile(code, "README.md", "exec"), {})
    assert len(list((tmp_path / "music").glob("*/*/manifest.json"))) == 1


# --- an advisor -------------------------------------------------------------------------------


def test_the_twelve_line_advisor_advises(tmp_path: Path) -> None:
    """Registered like any plugin."""
    plugins = {"tidy": example("twelve_line_advisor")}
    with oc.Orpheus(tmp_path, clock=SimClock(), discover=False, plugins=plugins) as app:
        event = app.brain.events.emit("job.failed", error=oc.DiskFull("no space is left"))
        advice = app.brain.advise(event)
    assert [(one.code, one.advisor) for one in advice if one.advisor == "tidy"] == [
        ("tidy.old-previews", "tidy")
    ]


def test_the_twelve_line_advisor_has_twelve_lines() -> None:
    """As it is called, its docstring apart."""
    text = (EXAMPLES / "twelve_line_advisor.py").read_text("utf-8")
    code = text.rpartition('"""')[2]

    assert len(code.strip().splitlines()) <= 12


# --- an extension -----------------------------------------------------------------------------


TWICE_BUSY = (Fault(kind=FaultKind.STATUS_503, item="salt-01", times=2),)


def last_words(
    tmp_path: Path, faults: tuple[Fault, ...] = TWICE_BUSY, **settings: object
) -> list[str]:
    """Collect an EP, and return what the extension says when the application closes."""
    said: list[oc.Event] = []
    with SandboxServer(faults) as server:
        app = oc.Orpheus(
            tmp_path / "home",
            {"patience": settings},
            clock=SimClock(),
            plugins={"patience": PATIENCE},
        )
        app.brain.events.subscribe(said.append, kinds=["plugin.said"])
        app.credentials.set("sandbox", "url", server.url)
        report = app.download("sandbox:album:salt", to=tmp_path / "music")
        assert said == []
        app.close()
    assert report.failures == ()
    return [str(event.data["message"]) for event in said if event.plugin == "patience"]


def test_waits_are_told_in_the_end(tmp_path: Path) -> None:
    """The server asks for a second, twice; no test waits for it."""
    assert last_words(tmp_path) == ["2 waits for services, 2.0 s in all"]


def test_run_without_waits_ends_in_silence(tmp_path: Path) -> None:
    """Nothing came together."""
    assert last_words(tmp_path, faults=(), least_s=0) == []


@pytest.mark.parametrize(("least_s", "sentences"), [(2, 1), (2.5, 0)])
def test_waits_shorter_than_the_setting_are_not_told(
    tmp_path: Path, least_s: float, sentences: int
) -> None:
    """The setting is the person's."""
    assert len(last_words(tmp_path, least_s=least_s)) == sentences


def test_extension_keeps_the_rules() -> None:
    """Those of the kit that are for a plugin which is handed over."""
    assert broken_rules(Candidate(id="patience", handed_over=PATIENCE)) == []


def broken_rules(candidate: Candidate, *samples: Sample) -> list[str]:
    """What the conformance kit has to say of a plugin."""
    return list(map(str, check_candidate(candidate, samples).of(Outcome.BROKEN)))


# --- a stage ----------------------------------------------------------------------------------


def test_stage_notes_the_rate_of_the_finished_file(tmp_path: Path) -> None:
    """Tags and cover count, as in the file on the disk."""
    with (
        SandboxServer() as server,
        oc.Orpheus(tmp_path / "home", clock=SimClock(), plugins={"rate": AVERAGE_RATE}) as app,
    ):
        app.credentials.set("sandbox", "url", server.url)
        (artifact,) = app.download("sandbox:album:salt", to=tmp_path / "music").artifacts

    files = {file.path: file for file in artifact.manifest.files}
    assert len(artifact.manifest.tracks) == 4
    for track in artifact.manifest.tracks:
        assert track.file is not None
        bits = (artifact.path / track.file).stat().st_size * 8
        duration_s = files[track.file].duration_s
        assert duration_s is not None
        assert track.notes == (f"{bits / duration_s / 1000:.0f} kbit/s on average",)


def test_stage_that_runs_again_notes_nothing_more(tmp_path: Path) -> None:
    """A run that was cut off is taken up again, with what it has noted."""
    stage, item = AVERAGE_RATE.AverageRate(), track_item(tmp_path)

    once = stage.run_track(item, None)

    assert len(once.notes) == 1
    assert stage.run_track(once, None) == once


def test_stage_keeps_the_rules() -> None:
    """Those of the kit that are for a plugin which is handed over."""
    assert broken_rules(Candidate(id="rate", handed_over=AVERAGE_RATE), StageSample()) == []


# --- a login ----------------------------------------------------------------------------------

ACCOUNT = {"user": "visitor", "password": "low-tide-lantern"}


def test_login_stores_a_token_and_no_password(tmp_path: Path) -> None:
    """The password is for the server alone."""
    with SandboxServer() as server, _with_login(tmp_path) as app:
        app.credentials.set("sandbox", "url", server.url)
        session = app.sessions.login("sandbox", ACCOUNT, strategy="guest")
        token = app.credentials.get("sandbox", "token")
        password = app.credentials.get("sandbox", "password")

    assert session.account == "visitor"
    assert token
    assert token not in repr(session)
    assert password is None


def test_wrong_password_is_rejected(tmp_path: Path) -> None:
    """And nothing is stored."""
    with SandboxServer() as server, _with_login(tmp_path) as app:
        app.credentials.set("sandbox", "url", server.url)
        with pytest.raises(oc.LoginRejected):
            app.sessions.login("sandbox", {**ACCOUNT, "password": "x"}, strategy="guest")
        assert app.credentials.get("sandbox", "token") is None


def test_server_that_nobody_named_is_no_wrong_password(tmp_path: Path) -> None:
    """What is missing is said as what it is."""
    with _with_login(tmp_path) as app, pytest.raises(oc.LoginNeeded) as caught:
        app.sessions.login("sandbox", ACCOUNT, strategy="guest")

    assert not isinstance(caught.value, oc.LoginRejected)


def _with_login(home: Path) -> oc.Orpheus:
    return oc.Orpheus(home, clock=SimClock(), plugins={"guest": GUEST_LOGIN})


# --- a sink of events -------------------------------------------------------------------------


def test_sink_writes_down_what_happened(tmp_path: Path) -> None:
    """Each event that is kept, in its order, as a line from which it can be had again."""
    seen: list[oc.Event] = []
    with SandboxServer() as server:
        app = oc.Orpheus(tmp_path / "home", clock=SimClock(), plugins={"diary": DIARY.Diary})
        app.brain.events.subscribe(seen.append)
        app.credentials.set("sandbox", "url", server.url)
        app.download("sandbox:album:salt", to=tmp_path / "music")
        folder = next(record for record in app.plugins.records() if record.id == "diary")
        app.close()

    (file,) = tmp_path.rglob("diary.jsonl")
    written = [oc.event_of(json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    assert folder.state is oc.PluginState.ACTIVE
    assert [event.seq for event in written] == list(range(1, len(written) + 1))
    kept = sorted((event for event in seen if event.seq), key=lambda event: event.seq)
    assert [event for event in written if event.seq >= kept[0].seq] == kept
    assert {"job.started", "job.finished", "network.request.finished"} <= {
        event.kind for event in written
    }


def test_sink_that_cannot_write_says_so(tmp_path: Path) -> None:
    """With an error of ours: it is given the same once more; closing is fine all the same."""
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    pages = DIARY.Pages(tmp_path / "taken" / "diary.jsonl")
    with pytest.raises(oc.StorageFailed, match="the diary cannot be written"):
        pages.write([sample_event("job.started")])
    pages.close()


def test_sink_keeps_the_rules() -> None:
    """Those of the kit that are for a plugin which is handed over."""
    assert broken_rules(Candidate(id="diary", handed_over=DIARY.Diary)) == []


# --- a service --------------------------------------------------------------------------------


def test_the_service_is_the_template_and_the_edits_of_the_tutorial() -> None:
    """Whoever changes the template or the page, changes the example, or breaks this."""
    package = {
        name: text
        for name, text in filled(Kind.SERVICE, PluginNames("harbour")).items()
        if not name.startswith(".") and not name.endswith("orpheus.toml")
    }
    for block in blocks(PAGES / "service-plugin.md"):
        name = block.marks.get("file", block.marks.get("edit", "")).removeprefix("orpheus-harbour/")
        if "file" in block.marks:
            package[name] = block.text
        elif "edit" in block.marks:
            package[name] = edited(package[name], block.text)

    for name, text in package.items():
        assert (HARBOUR / name).read_text("utf-8") == text, name


@attrs.frozen(kw_only=True)
class Elsewhere:
    """An environment with the wheels of the core and of the example, and nobody's sources."""

    python: Path
    folder: Path

    def run(self, *arguments: str | Path, **environ: str) -> str:
        """Run Python, see that it ends well, and return what it printed."""
        ours = ("ORPHEUS_", "PYTEST_", "PYTHON", "COV_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            [self.python, "-P", *map(str, arguments)],
            cwd=self.folder,
            env={
                **kept,
                "ORPHEUS_HOME": str(self.folder / "home"),
                "PYTHONUTF8": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                **environ,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """Made as a person would, but for pip: the wheels are built and unpacked."""
    root = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "venv"], check=True)
    python = root / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-I", "-c", asked], text=True).strip())
    (site / "third-party.pth").write_text(f"{libraries(root / 'libraries')}\n", "utf-8")
    for project in (ROOT, HARBOUR):
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", root / project.name],
            cwd=project,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        (wheel,) = (root / project.name).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(site)
    return Elsewhere(python=python, folder=root)


def test_the_services_wheel_holds_its_manifest_and_is_not_imported_for_a_list(
    elsewhere: Elsewhere,
) -> None:
    """It is known, and no more."""
    listed = elsewhere.run("-m", "orpheus_core", "plugin", "list")

    (line,) = (line for line in listed.splitlines() if line.startswith("harbour"))
    assert line.split()[:4] == ["harbour", "orpheus-harbour", "0.1.0", "registered"]


@pytest.mark.parametrize("target", ["harbour:album:salt", "https://harbour.example/album/salt"])
def test_the_service_downloads_from_the_sandbox(
    elsewhere: Elsewhere, target: str, tmp_path: Path
) -> None:
    """By its id and by its link, with the address in a variable."""
    with SandboxServer() as server:
        printed = elsewhere.run(
            *("-m", "orpheus_core", "download", "-o", tmp_path, target),
            ORPHEUS_HARBOUR_URL=server.url,
        )

    assert "4 of 4 tracks" in printed
    (folder,) = (file.parent for file in tmp_path.glob("*/*/manifest.json"))
    assert {file.suffix for file in folder.iterdir()} == {".flac", ".json", ".png"}


def test_the_services_own_tests_pass(elsewhere: Elsewhere) -> None:
    """The rules of the kit among them, against the wheel."""
    options = ("-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")

    printed = elsewhere.run(*options, "--rootdir", HARBOUR, HARBOUR / "tests")

    assert re.search("[0-9]+ passed", printed)


def test_the_service_reaches_the_highest_level(elsewhere: Elsewhere) -> None:
    """Everything that it claims, on its sample, with all around it failing."""
    printed = elsewhere.run("-m", "orpheus_core", "plugin", "check", "harbour")

    assert "orpheus-harbour 0.1.0: gold" in printed
