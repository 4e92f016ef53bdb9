"""The public names, and how light they are."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.errors import error_types


def test_importing_the_package_loads_nothing_heavy() -> None:
    """By module names, not by milliseconds: it never flickers."""
    code = "import sys, orpheus_core; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"requests", "urllib3", "attrs", "attr", "cattrs", "mutagen", "click", "av", "pluggy"}
    assert heavy.isdisjoint(loaded.stdout.split())


def test_every_public_name_can_be_used() -> None:
    """The table of names is what the modules have."""
    for name in oc._NAMES:
        assert getattr(oc, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    """The block for type checkers and the table must not drift apart."""
    tree = ast.parse(Path(oc.__file__).read_text(encoding="utf-8"))
    block = next(
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    imported = {
        alias.asname: statement.module
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
        if alias.asname
    }
    assert imported == oc._NAMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        oc.Nothing  # noqa: B018


def test_every_error_is_public() -> None:
    """Whoever catches one need not know where it lives."""
    for error in error_types():
        assert getattr(oc, error.__name__) is error


def test_the_default_application_is_made_at_first_use() -> None:
    """`oc.brain`, `oc.credential_manager` and `oc.api_registry` are of one application."""
    code = (
        "import orpheus_core as oc, orpheus_core.brain\n"
        "from orpheus_core.brain import Brain\n"
        "assert isinstance(oc.brain, Brain)\n"
        "assert oc.api_registry.get_service('sandbox').supports('albums')\n"
        "assert oc.credential_manager.get('sandbox', 'url') is None\n"
        "assert oc.brain is oc.brain\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_a_plugin_that_uses_the_default_application_on_import_is_left_out(tmp_path: Path) -> None:
    """The application is only being opened then: waiting for it would be waiting for oneself."""
    (tmp_path / "eager.py").write_text("import orpheus_core as oc\noc.brain\n", encoding="utf-8")
    info = tmp_path / "eager-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: eager\nVersion: 1\n", encoding="utf-8")
    entry_points = "[orpheus.plugins]\neager = eager\n"
    (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    code = (
        "import orpheus_core as oc\n"
        "oc.brain\n"
        "from orpheus_core.default import application\n"
        "print(*[r.reason for r in application().plugins.records() if r.id == 'eager'])\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": path, "ORPHEUS_HOME": str(tmp_path / "home")},
    )
    assert ended.stdout.strip() == "HookFailed: the default application is being opened", ended
