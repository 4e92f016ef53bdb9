"""The README's commands are the ones that are checked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PARSER = ROOT / ".ci" / "readme_commands.py"
RUNNER = ROOT / ".ci" / "run"


def marked(readme: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Return how the parser ended that `.ci/run` asks for the README's commands."""
    return subprocess.run(
        [sys.executable, str(PARSER), str(readme), name], capture_output=True, encoding="utf-8"
    )


@pytest.mark.parametrize(("name", "last_words"), [("demo", "orpheus demo"), ("tests", "-s tests")])
def test_each_command_needs_python_and_nothing_else(name: str, last_words: str) -> None:
    """One line makes the environment, installs, and does the thing."""
    command = marked(ROOT / "README.md", name).stdout.strip()

    assert command.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
    assert command.endswith(last_words)
    assert f"\n{command}\n" in README


@pytest.mark.skipif(sys.platform == "win32", reason=".ci/run is a bash script")
def test_ci_runs_the_commands_of_the_readme_first() -> None:
    """A change to the README's commands changes what is checked, with nothing to copy."""
    listed = subprocess.run(
        ["bash", str(RUNNER), "--list"], capture_output=True, encoding="utf-8", check=True
    ).stdout.splitlines()

    expected = [marked(ROOT / "README.md", name).stdout.strip() for name in ("demo", "tests")]
    assert listed[:2] == expected
    assert all(session in listed[2] for session in ("lint", "types", "architecture", "wheels"))


@pytest.mark.parametrize(
    "text",
    [
        "no command at all",
        "<!-- ci:demo -->\n```sh\none\ntwo\n```\n",
        "<!-- ci:demo -->\n\n```sh\none\n```\n",
        "<!-- ci:demo -->\n```sh\none\n```\n<!-- ci:demo -->\n```sh\ntwo\n```\n",
    ],
    ids=["none", "two lines", "a gap below the mark", "marked twice"],
)
def test_a_command_that_is_not_one_marked_line_is_refused(tmp_path: Path, text: str) -> None:
    """CI never runs a part of a block, or one of two."""
    readme = tmp_path / "README.md"
    readme.write_text(text, "utf-8")

    done = marked(readme, "demo")

    assert done.returncode == 1
    assert "ci:demo" in done.stderr
    assert not done.stdout


def test_the_first_command_comes_within_sixty_words() -> None:
    """A reader sees a command before they scroll."""
    words = README.partition("```")[0].replace("<!-- ci:demo -->", "").removeprefix("# ").split()

    assert len(words) <= 60


def test_links_into_the_repository_lead_somewhere() -> None:
    """No relative link of the README is dead."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
