"""What an import replaces in requests is put back."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest
import requests

from orpheus_core.errors import HookFailed
from orpheus_core.plugins.left_alone import requests_left_alone


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the code under test forgets is put back after the test."""
    monkeypatch.setattr(requests, "get", requests.get)
    monkeypatch.setattr(requests.Session, "send", requests.Session.send)


def refuse(*arguments: object, **options: object) -> None:
    raise RuntimeError("requests is mine now")


def replacing(error: Exception | None = None) -> None:
    """Do what an import does that replaces functions, and may fail afterwards."""
    with requests_left_alone():
        requests.get = refuse  # type: ignore[assignment] # as a plugin does
        requests.Session.send = refuse  # type: ignore[assignment,method-assign] # likewise
        if error is not None:
            raise error


@pytest.mark.usefixtures("as_before")
def test_replaced_functions_are_put_back_and_named() -> None:
    """Those of modules and those of classes."""
    get, send = requests.get, requests.Session.send
    with pytest.raises(HookFailed, match=r"requests\.get, requests\.sessions\.Session\.send"):
        replacing()
    assert requests.get is get
    assert requests.Session.send is send


@pytest.mark.usefixtures("as_before")
def test_what_is_replaced_by_an_import_that_fails_is_put_back_as_well() -> None:
    """The failure is what is told."""
    get = requests.get
    with pytest.raises(OSError, match="not today"):
        replacing(OSError("not today"))
    assert requests.get is get


def test_a_module_that_another_stands_for_is_put_back() -> None:
    """Whoever imports it later gets the true one."""
    with pytest.raises(HookFailed, match=r"it replaced requests\.api,"):
        standing_for("requests.api")
    assert sys.modules["requests.api"] is requests.api


def standing_for(name: str) -> None:
    """Do what an import does that puts another module in the place of one."""
    with requests_left_alone():
        sys.modules[name] = types.ModuleType(name)


def test_an_import_that_replaces_nothing_is_left_in_peace() -> None:
    """Using requests, and changing something else of it, is no offence."""
    with requests_left_alone():
        requests.Session().headers["User-Agent"] = "somebody"
        requests.something_new = refuse  # type: ignore[attr-defined] # as a plugin may
    assert requests.something_new is refuse  # type: ignore[attr-defined] # see above
    del requests.something_new  # type: ignore[attr-defined] # see above


@pytest.mark.parametrize("replaces", [True, False])
def test_the_first_import_of_requests_is_seen(replaces: bool) -> None:
    """It is the plugin that imports it: what requests was like before it had it is known."""
    code = f"""
import sys
from orpheus_core.plugins.left_alone import requests_left_alone
assert "requests" not in sys.modules
finders = list(sys.meta_path)
try:
    with requests_left_alone():
        import requests
        if {replaces}:
            requests.get = requests.Session.send = print
except Exception as error:
    print(error)
assert sys.meta_path == finders
assert requests.get is not print and requests.Session.send is not print
assert type(requests.__spec__.loader) is type(requests.api.__spec__.loader)
assert type(requests.__loader__) is type(requests.__spec__.loader)
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert ("requests.get" in ended.stdout) is replaces


def test_an_import_without_requests_does_not_import_it() -> None:
    """It would cost every start a tenth of a second."""
    code = """
import sys
from orpheus_core.plugins.left_alone import requests_left_alone
finders = list(sys.meta_path)
with requests_left_alone():
    import fractions
assert "requests" not in sys.modules
assert sys.meta_path == finders
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
