"""Rules about secrets and side doors: what leaks, or leaves by another door, is caught."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest
from tests.testing.conformance import good_service
from tests.testing.conformance.good_service import SAMPLE, AlbumShape, GoodService, Plugin
from tests.testing.conformance.trying import BY_CODE

import orpheus_core as oc
from orpheus_core.testing import Outcome, Verdict
from orpheus_core.testing.conformance.candidate import Candidate, installed_as
from orpheus_core.testing.conformance.rules import judge
from orpheus_core.testing.conformance.subject import Subject

ONE_FLOW = attrs.evolve(SAMPLE, links={}, resolves=(), downloads=())


class Leaky(GoodService):
    """Lets go of the token in one way, when it searches."""

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        self.token = client.credential("token") or ""
        return super().search(client, kind, query, limit)


class LeakyPlugin(Plugin):
    """Has a context to do it with."""

    @oc.hookimpl
    def orpheus_configure(self, context: oc.PluginContext) -> None:
        self.module.context = context


class Says(Leaky):
    """The core masks the plain form; this one it does not know."""

    context: oc.PluginContext

    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        self.context.say(f"the token is {self.token[::-1]}")
        return super().hit(shape)


class TellsInErrors(Leaky):
    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        try:
            return super().search(client, kind, query, limit)
        except oc.LoginNeeded as error:
            raise oc.LoginNeeded("refused", evidence={"token": self.token}) from error


class Logs(Leaky):
    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        logging.getLogger("leaky").debug("token %s", self.token.encode().hex())
        return super().hit(shape)


class Prints(Leaky):
    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        sys.stderr.write(base64.b64encode(b"user:" + self.token.encode()).decode())
        return super().hit(shape)


class Writes(Leaky):
    context: oc.PluginContext

    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        self.context.folder.mkdir(parents=True, exist_ok=True)
        self.context.folder.joinpath("token").write_text(self.token, "utf-8")
        return super().hit(shape)


class Links(Leaky):
    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        hit = super().hit(shape)
        return attrs.evolve(hit, url=f"{hit.url}?token={self.token}")


LEAKS = [
    ("events", "good.token, reversed, in event plugin.said", Says),
    ("errors", "good.token, plain, in error LoginNeeded", TellsInErrors),
    ("logs", "good.token, hex, in log leaky", Logs),
    ("output", "good.token, Base64, in output", Prints),
    ("files", "good.token, plain, in file data/plugins/tried/token", Writes),
    ("results", "good.token, plain, in result search album", Links),
]


@pytest.mark.parametrize(("place", "because", "service"), LEAKS)
def test_a_secret_that_turns_up_is_found(place: str, because: str, service: type[Leaky]) -> None:
    """Where it turns up, and nowhere else."""
    candidate = Candidate(id="tried", handed_over=LeakyPlugin(service()))

    with Subject(candidate, (ONE_FLOW,), limit_s=5.0) as subject:
        found = {
            each: _judged(subject, f"plugin.keeps-secrets-out-of-{each}") for each, _, _ in LEAKS
        }

    assert because in "\n".join(found[place].evidence)
    assert [each for each, verdict in found.items() if verdict.outcome is Outcome.BROKEN] == [place]


def test_a_plugin_that_keeps_its_secrets_is_not_complained_of() -> None:
    """Also when the service repeats them in its errors."""
    with Subject(Candidate(id="tried", handed_over=Plugin()), (ONE_FLOW,)) as subject:
        for place, _, _ in LEAKS:
            verdict = _judged(subject, f"plugin.keeps-secrets-out-of-{place}")
            assert verdict.outcome is Outcome.KEPT, str(verdict)


def _judged(subject: Subject, code: str) -> Verdict:
    return judge(BY_CODE[code], subject)


# --- side doors ------------------------------------------------------------------------------

GOOD_PLUGIN = Path(good_service.__file__).read_text("utf-8")

AT_IMPORT = """
import logging, os, socket, subprocess, sys, threading
import requests
print("hello from a plugin")
requests.get = print
logging.basicConfig(level=logging.DEBUG)
os.environ["KIT_ODD"] = "1"
try:
    socket.create_connection(("127.0.0.1", 9), timeout=0.2)
except OSError:
    pass
subprocess.run([sys.executable, "-c", "pass"])
threading.Thread(target=threading.Event().wait, daemon=True, name="odd").start()
with open({outside!r}, "w") as file:
    file.write("x")
import ctypes
ctypes.CDLL(None)
"""

AT_WORK = """
class Plugin(Plugin):
    @oc.hookimpl
    def orpheus_event(self, event):
        import ctypes, json, os, socket, subprocess, sys
        if event.kind != "network.request.started":
            return
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=0.2)
        except OSError:
            pass
        os.system("true")
        with open({outside!r}, "w") as file:
            file.write("x")
        ctypes.CDLL(None)
        json.loads = loads

def loads(text, **options):
    return json.JSONDecoder().decode(text if isinstance(text, str) else text.decode())

import json
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on ``sys.path``."""
    folder = tmp_path_factory.mktemp("site")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def package(site: Path, name: str, *more: str) -> Candidate:
    """Write the good plugin as a package, with *more* in it, and return it as a candidate."""
    outside = str(site / f"{name}.written")
    folder = site / name
    folder.mkdir()
    folder.joinpath("__init__.py").write_text("", "utf-8")
    source = GOOD_PLUGIN + "".join(each.format(outside=outside) for each in more)
    folder.joinpath("plugin.py").write_text(source, "utf-8")
    candidate = installed_as("tried", f"{name}.plugin:Plugin")
    return candidate.with_sample(f"{name}.plugin:SAMPLE")


IMPORT_RULES = {
    "plugin.imports": "",
    "plugin.imports-quickly": "its import imports requests",
    "plugin.imports-silently": "hello from a plugin",
    "plugin.import-patches-nothing": "requests.get is not what it was",
    "plugin.import-opens-nothing": "socket.connect",
}
WORK_RULES = {
    "plugin.works-without-sockets": "socket.connect",
    "plugin.works-without-processes": "os.system",
    "plugin.works-without-other-files": ".written",
    "plugin.works-without-ctypes": "ctypes.dlopen",
    "plugin.works-without-patches": "json.loads is not what it was",
}


def test_a_plugin_that_takes_no_side_door_keeps_every_rule(site: Path) -> None:
    """Neither when it is imported, nor at work."""
    with Subject(package(site, "kit_good")) as subject:
        for code in (*IMPORT_RULES, *WORK_RULES):
            verdict = _judged(subject, code)
            assert verdict.outcome is Outcome.KEPT, str(verdict)


def test_what_an_import_does_besides_is_found(site: Path) -> None:
    """All of it, with the line of the plugin that did it."""
    with Subject(package(site, "kit_odd_import", AT_IMPORT)) as subject:
        found = {code: _judged(subject, code) for code in IMPORT_RULES}

    assert found.pop("plugin.imports").outcome is Outcome.KEPT
    for code, verdict in found.items():
        assert verdict.outcome is Outcome.BROKEN
        assert IMPORT_RULES[code] in "\n".join(verdict.evidence)
    told = "\n".join(found["plugin.import-opens-nothing"].evidence)
    for what in ("subprocess.Popen", "the thread odd is left behind", ".written", "ctypes.dlopen"):
        assert what in told
    assert f"kit_odd_import{'/'}plugin.py:" in told.replace("\\", "/")
    patches = "\n".join(found["plugin.import-patches-nothing"].evidence)
    assert "the handlers of logging's root is not what it was" in patches
    assert "os.putenv" in patches


def test_what_work_does_besides_is_found(site: Path) -> None:
    """All of it, with the line of the plugin that did it; its import is fine."""
    with Subject(package(site, "kit_odd_work", AT_WORK)) as subject:
        found = {code: _judged(subject, code) for code in (*IMPORT_RULES, *WORK_RULES)}

    for code, verdict in found.items():
        if code in IMPORT_RULES:
            assert verdict.outcome is Outcome.KEPT, str(verdict)
            continue
        assert verdict.outcome is Outcome.BROKEN
        assert WORK_RULES[code] in "\n".join(verdict.evidence)
        assert "plugin.py:" in "\n".join(verdict.evidence)


def test_an_import_that_takes_long_is_told(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the processor's time, which other work on the machine does not change."""
    limit = "orpheus_core.testing.conformance.plugin_rules.LONGEST_IMPORT_CPU_S"
    monkeypatch.setattr(limit, 0.0)

    with Subject(package(site, "kit_slow")) as subject:
        verdict = _judged(subject, "plugin.imports-quickly")

    assert "its import keeps a processor busy for 0." in verdict.evidence[0]


@pytest.mark.parametrize(
    ("name", "line", "because"),
    [
        ("kit_raises", "\nraise KeyError('no')\n", "KeyError: 'no', at kit_raises"),
        ("kit_exits", "\nraise SystemExit(3)\n", "SystemExit: 3"),
        ("kit_ends", "\nimport os\nos._exit(7)\n", "it ended the process, with status 7"),
        ("kit_hangs", "\nimport time\ntime.sleep(600)\n", "it did not end in 3 s"),
    ],
)
def test_an_import_that_fails_is_told_and_nothing_else_is_tried(
    site: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str, because: str
) -> None:
    """Whatever it does: here it is only ever done in a child."""
    if "hangs" in name:
        monkeypatch.setattr("orpheus_core.testing.conformance.child_tasks.IMPORT_LIMIT_S", 3.0)
    from orpheus_core.testing import check_candidate

    report = check_candidate(package(site, name, line))

    (broken,) = report.of(Outcome.BROKEN)
    assert broken.rule.code == "plugin.imports"
    assert because in broken.evidence[0]
    assert report.reached is None
    assert not report.ok
    assert f"{name}.plugin" not in sys.modules
