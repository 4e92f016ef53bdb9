"""The processes that the kit starts: none is left when the one that wanted it is gone."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import pytest

from orpheus_core.testing.conformance.child_process import run_python

LIMIT_S = 60.0
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child finds this file by its name, wherever pytest was started from."""
    monkeypatch.syspath_prepend(str(ROOT))


def hanging(port: object) -> object:
    """Call the test, and hang as an import may."""
    with socket.create_connection(("127.0.0.1", int(str(port)))) as line:
        line.sendall(b"h")
        line.recv(1)  # which comes to an end at the latest with the test
    return None


def starting(argument: object) -> object:
    """Start a child that hangs; return, which ends this process, when the test says so."""
    assert isinstance(argument, list)
    port, folder = argument
    inner = threading.Thread(
        target=run_python,
        args=(f"{__name__}:hanging", port, Path(folder)),
        kwargs={"limit_s": LIMIT_S},
        daemon=True,
    )
    inner.start()
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"s")
        line.recv(1)
    return "gone"


def has_input(argument: object) -> object:
    """Return what can be read from the standard input."""
    return sys.stdin.read()


def test_a_child_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """However that one ends: a plugin whose import hangs is not left behind for good."""
    folders = [tmp_path / "outer", tmp_path / "inner"]
    for folder in folders:
        folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMIT_S)
        answers: list[object] = []
        argument = [server.getsockname()[1], str(folders[1])]
        outer = threading.Thread(
            target=lambda: answers.append(
                run_python(f"{__name__}:starting", argument, folders[0], limit_s=LIMIT_S).answer
            )
        )
        outer.start()
        lines = {}
        for _ in range(2):
            line, _ = server.accept()
            line.settimeout(LIMIT_S / 6)
            lines[line.recv(1)] = line

        lines[b"s"].sendall(b"g")
        outer.join()

        with lines[b"h"] as hangs, lines[b"s"]:
            try:
                ending = hangs.recv(1)
            except ConnectionResetError:
                ending = b""
            except TimeoutError:
                pytest.fail("the child of a process that is gone is still there")
    assert (answers, ending) == (["gone"], b"")


def test_a_child_has_no_input(tmp_path: Path) -> None:
    """Whoever asks a person something is told at once that nobody is there."""
    ended = run_python(f"{__name__}:has_input", None, tmp_path, limit_s=LIMIT_S)

    assert (ended.answer, ended.error) == ("", "")
