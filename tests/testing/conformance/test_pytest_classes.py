"""The kit as pytest classes: an author writes three lines and gets a test for each rule."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from orpheus_core.testing import ServiceConformance

ROOT = Path(__file__).parents[3]


class TestSandbox(ServiceConformance):
    """The sandbox, as its author would try it."""

    plugin = "sandbox"


def run_pytest(folder: Path, source: str, *arguments: str) -> str:
    """Run pytest on a file with *source*, and return what it says."""
    folder.joinpath("test_it.py").write_text(source, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments, "test_it.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return done.stdout + done.stderr


def test_each_rule_is_a_test_and_a_failure_reads_as_a_sentence(tmp_path: Path) -> None:
    """With the evidence below it, and no traceback of the kit."""
    source = """
import attrs
from orpheus_core.testing import Level, ServiceConformance
from tests.testing.conformance.good_service import SAMPLE, Plugin

class TestGood(ServiceConformance):
    plugin = Plugin
    level = Level.SILVER
    sample = attrs.evolve(SAMPLE, searches=())
"""
    said = run_pytest(tmp_path, source, "-rsf")

    assert "TestGood::test_rule[service.shows-search]" in said
    assert "A service that claims search shows it on its sample." in said
    assert "good claims search, and the sample has no search" in said
    assert "1 failed" in said
    assert "it was handed over as an object" in said
    assert "break_for" not in said
    assert "survives" not in said


def test_a_plugin_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """In the error of every test."""
    source = """
from orpheus_core.testing import AdvisorConformance

class TestNobody(AdvisorConformance):
    plugin = "nobody-at-all"
"""
    said = run_pytest(tmp_path, source, "-x")

    assert "there is no installed plugin 'nobody-at-all'" in said


def test_a_class_has_the_rules_of_its_kind_and_those_for_every_plugin(tmp_path: Path) -> None:
    """By their codes; importing the classes imports no pytest."""
    source = """
from orpheus_core.testing import StageConformance

class TestStage(StageConformance):
    plugin = "sandbox"
"""
    said = run_pytest(tmp_path, source, "--collect-only")

    assert "TestStage::test_rule[plugin.imports]" in said
    assert "TestStage::test_rule[stage.runs-twice-alike]" in said
    assert "service." not in said


def test_the_classes_can_be_imported_without_pytest() -> None:
    """`orpheus plugin check` works where no pytest is."""
    code = (
        "import sys; sys.modules['pytest'] = None;"
        "from orpheus_core.testing import ServiceConformance, check_candidate;"
        "print(ServiceConformance.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")

    assert done.stdout == "ServiceConformance\n", done.stderr
