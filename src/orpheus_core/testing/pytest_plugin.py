"""Fixtures for whoever tests against Orpheus. pytest finds them by its entry point.

=================  ==========================================================================
``orpheus_home``   an empty folder that is the home of Orpheus; its variables are gone
``sim_clock``      a `SimClock`: waiting takes no time
``orpheus_app``    an open `Orpheus` in that home, by that clock; no installed plugin is in it
``brain``          its brain, which discovers nothing
``canaries``       `Canaries`: marked secrets; a leak that was found fails the test in the end
``sandbox``        a running `SandboxServer`
``no_sockets``     while it is there, whoever connects to another machine fails by name
=================  ==========================================================================

None is used unless a test asks for it, and until then nothing but pytest is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from orpheus_core import Brain, Orpheus
    from orpheus_core.testing import Canaries, SandboxServer, SimClock


@pytest.fixture
def orpheus_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no setting, credential or plugin of whoever runs the test has a say."""
    import os

    for name in list(os.environ):
        if name.startswith("ORPHEUS_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("orpheus-home")
    monkeypatch.setenv("ORPHEUS_HOME", str(home))
    return home


@pytest.fixture
def sim_clock() -> SimClock:
    """A clock that the test turns."""
    from orpheus_core.testing import SimClock

    return SimClock()


@pytest.fixture
def orpheus_app(orpheus_home: Path, sim_clock: SimClock) -> Iterator[Orpheus]:
    """An application without installed plugins; register what is to be in it."""
    from orpheus_core import Orpheus

    with Orpheus(orpheus_home, discover=False, clock=sim_clock) as app:
        yield app


@pytest.fixture
def brain(orpheus_app: Orpheus) -> Brain:
    """A brain that discovers nothing: only what the core itself brings decides and advises."""
    return orpheus_app.brain


@pytest.fixture
def canaries() -> Iterator[Canaries]:
    """Marked secrets. What was found of them by the end of the test fails it."""
    from orpheus_core.testing import Canaries

    found = Canaries()
    yield found
    if found.leaks:
        pytest.fail(
            "secrets turned up:\n" + "\n".join(f"  {leak}" for leak in found.leaks), pytrace=False
        )


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """The sandbox service, on a free port of this machine; `SandboxServer.url` is where."""
    from orpheus_core.testing import SandboxServer

    with SandboxServer() as server:
        yield server


@pytest.fixture
def no_sockets() -> Iterator[None]:
    """Fail whoever connects to another machine, or looks one up, while the test runs.

    The attempt is stopped, and told again at the end, in case somebody caught the exception.
    """
    from orpheus_core.testing.side_doors import loopback_only

    with loopback_only() as attempts:
        yield
    if attempts:
        told = "; ".join(attempts)
        pytest.fail(f"there were attempts to leave this machine: {told}", pytrace=False)
