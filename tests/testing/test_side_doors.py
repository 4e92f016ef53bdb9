"""The audit hook: what code does past Orpheus is noted with its line; nothing is prevented."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orpheus_core.testing import SideDoorKind, Watch, Watched, watch_side_doors
from orpheus_core.testing.side_doors import LeftTheMachine, loopback_only

HERE = Path(__file__).parent


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that can be imported, of which `SOURCE` is the beginning."""
    monkeypatch.syspath_prepend(tmp_path)
    yield "watched_module"
    sys.modules.pop("watched_module", None)


SOURCE = """
import socket, subprocess, sys, os, threading

def task(watch, argument):
    with watch.phase("work"):
        return work(argument)
"""


def run(tmp_path: Path, work: str, argument: object = None, **options: object) -> Watched:
    """Run a module whose function ``work`` is *work*."""
    file = tmp_path / "watched_module.py"
    body = "\n".join(f"    {line}" for line in work.splitlines())
    file.write_text(f"{SOURCE}\ndef work(argument):\n{body}\n", "utf-8")
    return watch_side_doors(
        "watched_module:task",
        argument,
        code=[file],
        write_below=[tmp_path / "allowed"],
        limit_s=60.0,
        **options,
    )


@pytest.mark.parametrize(
    ("kind", "work", "what"),
    [
        (
            SideDoorKind.SOCKET,
            "s = socket.socket()\ns.settimeout(0.2)\ns.connect_ex(('127.0.0.1', 9))",
            "socket.connect ('127.0.0.1', 9)",
        ),
        (SideDoorKind.SOCKET, "socket.socket().bind(('127.0.0.1', 0))", "socket.bind"),
        (
            SideDoorKind.SOCKET,
            "socket.getaddrinfo('localhost', 80)",
            "socket.getaddrinfo 'localhost', 80",
        ),
        (
            SideDoorKind.PROCESS,
            "subprocess.run([sys.executable, '-c', ''])",
            "subprocess.Popen",
        ),
        (SideDoorKind.PROCESS, "os.system('')", "os.system"),
        (SideDoorKind.FILE, "open(argument + '/x', 'w').close()", "open "),
        (SideDoorKind.FILE, "os.mkdir(argument + '/y')", "os.mkdir"),
        (
            SideDoorKind.FILE,
            "import sqlite3\nsqlite3.connect(argument + '/z').close()",
            "sqlite3.connect",
        ),
        (SideDoorKind.CTYPES, "import ctypes\nctypes.CDLL(None)", "ctypes.dlopen"),
        (
            SideDoorKind.THREAD,
            "threading.Thread(target=threading.Event().wait, daemon=True, name='odd').start()",
            "the thread odd is left behind",
        ),
        (SideDoorKind.PATCH, "import requests\nrequests.get = work", "requests.get is not"),
        (
            SideDoorKind.PATCH,
            "import requests\nrequests.Session.send = work",
            "requests.sessions.Session.send is not",
        ),
        (SideDoorKind.PATCH, "socket.setdefaulttimeout(3)", "socket.getdefaulttimeout() is not"),
        (SideDoorKind.PATCH, "os.environ['KIT'] = '1'", "os.putenv"),
    ],
    ids=lambda value: value.split("\n")[0] if isinstance(value, str) else value.value,
)
def test_each_side_door_is_noted(
    tmp_path: Path, module: str, kind: SideDoorKind, work: str, what: str
) -> None:
    """With the line of the watched file that led there."""
    outside = tmp_path / "outside"
    outside.mkdir()

    watched = run(tmp_path, work, str(outside))

    assert watched.error == ""
    found = watched.during("work", kind)
    assert any(each.what.startswith(what) for each in found), watched.side_doors
    assert {each.kind for each in watched.side_doors} <= {kind}
    if kind not in (SideDoorKind.PATCH, SideDoorKind.THREAD):
        assert found[-1].at.startswith("watched_module.py:")
        assert found[-1].at.endswith(" in work")


def test_what_is_allowed_is_not_noted(tmp_path: Path, module: str) -> None:
    """Reading anything, writing below the given folders, and what a library does for itself."""
    tmp_path.joinpath("allowed").mkdir()
    work = f"""
open({str(HERE / "test_side_doors.py")!r}).close()
open({str(tmp_path / "allowed" / "x")!r}, "w").close()
open(os.devnull, "w").close()
import decimal, uuid, requests
thread = threading.Thread(target=print)
thread.start()
thread.join()
return "done"
"""
    watched = run(tmp_path, work)

    assert watched.answer == "done"
    assert watched.side_doors == ()
    assert watched.printed == {"work": "\n"}


def test_what_it_answers_and_prints_comes_back(tmp_path: Path, module: str) -> None:
    """Whatever it printed by, in the phase in which it did."""
    work = "print('by print')\nos.write(2, b'by itself')\nreturn {'sum': argument['a'] + 1}"

    watched = run(tmp_path, work, {"a": 1})

    assert watched.answer == {"sum": 2}
    assert "by print" in watched.printed["work"]
    assert "by itself" in watched.printed["work"]


@pytest.mark.parametrize(
    ("work", "error"),
    [
        ("raise KeyError('x')", "KeyError: 'x', at watched_module.py:9 in work"),
        ("sys.exit(3)", "SystemExit: 3, at watched_module.py:9 in work"),
        ("os._exit(3)", "it ended the process, with status 3"),
    ],
)
def test_how_it_failed_is_told(tmp_path: Path, module: str, work: str, error: str) -> None:
    """With the line, where there is one."""
    assert run(tmp_path, work).error == error


def test_a_child_that_hangs_is_ended(tmp_path: Path, module: str) -> None:
    """With all that it has started."""
    file = tmp_path / "watched_module.py"
    file.write_text("import time\ntime.sleep(600)\n", "utf-8")

    watched = watch_side_doors("watched_module:task", code=[file], limit_s=2.0)

    assert watched.hung
    assert watched.error == "it did not end in 2 s"


def test_the_watch_hears_nothing_outside_of_a_phase(tmp_path: Path) -> None:
    """What the kit itself does is not the plugin's."""
    watch = Watch([str(HERE)], [])

    watch.hear("os.system", ("before",))

    assert watch.side_doors == []


# --- loopback_only ---------------------------------------------------------------------------


def test_another_machine_cannot_be_reached() -> None:
    """Neither by number nor by name; the attempts are told to who asks."""
    with loopback_only() as attempts:
        with pytest.raises(LeftTheMachine, match=r"192\.0\.2\.1"):
            socket.create_connection(("192.0.2.1", 80), timeout=0.1)
        with pytest.raises(LeftTheMachine, match=r"host\.example"):
            socket.getaddrinfo("host.example", 80)

    assert attempts[-1] == "socket.getaddrinfo host.example"


def test_this_machine_can_be_reached() -> None:
    """By all of its names."""
    with socket.socket() as server, loopback_only() as attempts:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.getaddrinfo("localhost", 80)
        socket.getaddrinfo(None, 0)

    assert attempts == []


def test_the_guard_ends_with_its_block() -> None:
    """Also where two of them overlap."""
    with loopback_only(), loopback_only():
        pass

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("192.0.2.1", 9))  # of a datagram socket, which sends nothing
