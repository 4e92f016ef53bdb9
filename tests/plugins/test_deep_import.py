"""What the import of a plugin does is seen from outside, whatever it does."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import filelock
import pytest

from orpheus_core.plugins.deep_import import DeepImport, Outcome, deep_import

LONG_S = 60.0


def imported(folder: Path, source: str, *, limit_s: float = LONG_S, name: str = "it") -> DeepImport:
    """What the import of a module with *source* does."""
    folder.joinpath("strange_plugin.py").write_text(source, "utf-8")
    value = "strange_plugin" if name == "it" else f"strange_plugin:{name}"
    return deep_import(value, limit_s=limit_s, path=[str(folder), *sys.path])


def test_a_plugin_that_can_be_imported_says_nothing(tmp_path: Path) -> None:
    """A class is made an instance of, as an application does."""
    found = imported(tmp_path, "class Plugin:\n    pass\n", name="Plugin")
    assert (found.outcome, found.error, found.printed, found.replaced) == (
        Outcome.IMPORTED,
        "",
        "",
        (),
    )


@pytest.mark.parametrize(
    ("source", "name", "error"),
    [
        (
            "\nimport cryptodome_x",
            "it",
            "No module named 'cryptodome_x' in strange_plugin.py line 2",
        ),
        ("def broken(:", "it", "SyntaxError: invalid syntax (strange_plugin.py, line 1)"),
        ("raise SystemExit(3)", "it", "SystemExit: 3 in strange_plugin.py line 1"),
        ("raise BaseException('no')", "it", "BaseException: no in strange_plugin.py line 1"),
        ("raise KeyboardInterrupt", "it", "KeyboardInterrupt in strange_plugin.py line 1"),
        ("", "plugin", "AttributeError: module 'strange_plugin' has no attribute 'plugin'"),
        (
            "class Plugin:\n    def __init__(self):\n        raise KeyError('x')",
            "Plugin",
            "KeyError: 'x' in strange_plugin.py line 3",
        ),
    ],
)
def test_what_an_import_raises_is_told_with_its_place(
    tmp_path: Path, source: str, name: str, error: str
) -> None:
    """File and line of the plugin, not of whoever imported it."""
    found = imported(tmp_path, source, name=name)
    assert found.outcome is Outcome.RAISED
    assert found.error.endswith(error)


def test_an_import_that_ends_the_process_is_told_with_its_status(tmp_path: Path) -> None:
    """Nothing in the process could have caught that."""
    found = imported(tmp_path, "import os; os._exit(4)")
    assert (found.outcome, found.exit_status) == (Outcome.ENDED, 4)


def test_an_import_that_hangs_is_ended(tmp_path: Path) -> None:
    """However it waits, and whatever it does with the exceptions that should end it."""
    source = "while True:\n    try:\n        import time; time.sleep(600)\n    except: pass\n"
    assert imported(tmp_path, source, limit_s=0.5).outcome is Outcome.HUNG


def test_nothing_that_an_import_started_outlives_it(tmp_path: Path) -> None:
    """A child that holds the output open, a thread: neither delays the answer, both end."""
    lock, held = tmp_path / "lock", tmp_path / "held"
    child = (
        "import filelock, pathlib, time;"
        f"lock = filelock.FileLock({str(lock)!r}); lock.acquire();"
        f"pathlib.Path({str(held)!r}).touch(); time.sleep(600)"
    )
    source = (
        "import pathlib, subprocess, sys, threading, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"while not pathlib.Path({str(held)!r}).exists(): time.sleep(0.01)\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
    )

    assert imported(tmp_path, source).outcome is Outcome.IMPORTED

    with filelock.FileLock(lock, timeout=20):
        pass  # whoever held it is gone


def test_what_an_import_prints_is_kept_from_its_beginning(tmp_path: Path) -> None:
    """Also what never went through `print`, and never more than a few lines of it."""
    source = "import os; os.write(1, 'grüezi\\n'.encode()); print('x' * 1_000_000)"
    found = imported(tmp_path, source)
    assert found.printed.startswith("grüezi\nxxx")
    assert len(found.printed) < 5000


def test_functions_of_others_that_an_import_replaces_are_named(tmp_path: Path) -> None:
    """In modules and in their classes; the child alone has to live with it."""
    source = (
        "import builtins, socket, requests, sys\n"
        "requests.get = lambda *_, **__: None\n"
        "requests.Session.send = lambda *_, **__: None\n"
        "socket.socket.connect = lambda *_: None\n"
        "builtins.open = None\n"
        "del socket.create_server\n"
    )
    before = socket.socket.connect

    found = imported(tmp_path, source)

    assert found.replaced == (
        "builtins.open",
        "requests.get",
        "requests.sessions.Session.send",
        "socket.create_server",
        "socket.socket.connect",
    )
    assert socket.socket.connect is before


def test_a_module_that_an_import_replaces_is_named(tmp_path: Path) -> None:
    """Whoever imports it from then on gets the other."""
    source = "import sys, types\nsys.modules['requests'] = types.ModuleType('requests')\n"
    assert imported(tmp_path, source).replaced == ("requests",)
