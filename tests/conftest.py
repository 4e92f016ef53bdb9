"""What every test may use."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("orpheus", deadline=None, max_examples=100)
settings.load_profile("orpheus")

# A shell that starts the tests in the background has Ctrl-C ignored, and every child inherits
# that: the tests that send one would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the home of whoever runs it, or is swayed by their variables."""
    for name in list(os.environ):
        if name.startswith("ORPHEUS_") and name != "ORPHEUS_RECORDED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ORPHEUS_HOME", str(tmp_path_factory.mktemp("home")))
