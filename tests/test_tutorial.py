"""The tutorial shows the examples as they are, and whoever does what it says sees what it says."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path

import pytest
from tests.tutorial_pages import (
    PAGES,
    ROOT,
    Block,
    Workshop,
    blocks,
    edited,
    is_as_shown,
    is_part,
    typed,
    with_examples,
)

from orpheus_core.plugins.states import TRANSITIONS, PluginState

HARBOUR = ROOT / "examples" / "orpheus-harbour"
TUTORIALS = sorted(PAGES.glob("*.md"))
BLOCKS = [block for page in TUTORIALS for block in blocks(page)]
LANGUAGES = {"console", "diff", "json", "python", "toml"}
MARKS = {"answer", "edit", "ends-with", "file", "from", "not-run", "terminal"}
NOT_OF_THE_AUTHOR = {".git", ".github", ".gitignore", "__pycache__", "dist"}


# --- the pages --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_examples_in_the_pages_are_the_files(page: Path) -> None:
    """A reader sees what the tests have run."""
    text = page.read_text("utf-8")

    assert with_examples(text) == text, "stale: python tests/tutorial_pages.py --write"


def test_every_example_is_in_a_page() -> None:
    """No rung of the ladder is missing, and from_python.py is no plugin."""
    shown = {block.marks["from"] for block in BLOCKS if "from" in block.marks}

    plugins = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("examples/*.py")}
    assert plugins - {"examples/from_python.py"} <= shown


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_shown_typed_or_written(block: Block) -> None:
    """Code that nothing looks at grows old."""
    assert block.language in LANGUAGES
    assert set(block.marks) <= MARKS
    assert block.language == "console" or {"answer", "edit", "file", "from"} & set(block.marks)


# --- the links, and the page behind the tutorial ----------------------------------------------

LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")
DOCUMENTS = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"), ROOT / "README.md"])
ABOUT_PLUGINS = ROOT / "docs" / "explanation" / "plugins.md"


each_document = pytest.mark.parametrize(
    "page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix()
)


@each_document
def test_no_page_says_that_it_is_simple(page: Path) -> None:
    """To whom it is not, that word is no help."""
    assert not re.search(r"\bsimply\b|\beasy\b|\beasily\b", page.read_text("utf-8"))


@each_document
def test_no_link_between_pages_is_dead(page: Path) -> None:
    """Neither the file nor the heading that it leads to."""
    dead = []
    for target in LINK.findall(_prose(page)):
        if re.match("[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (heading and heading not in anchors(file)):
            dead.append(target)
    assert dead == []


def anchors(page: Path) -> set[str]:
    """What the headings of *page* are called in links, as GitHub does it."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each).strip().lower().replace(" ", "-") for each in headings}


def _prose(page: Path) -> str:
    return re.sub(
        r"^( *)```.*?^\1```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def test_states_of_plugins_are_told_as_they_are() -> None:
    """Each state once, with all that leads on from it."""
    rows = re.findall(
        r"^\| `([a-z-]+)` \| .+? \| ?(.*)\|$", ABOUT_PLUGINS.read_text("utf-8"), re.MULTILINE
    )

    assert [state for state, _ in rows] == [state.value for state in PluginState]
    told = {
        (state, happening): after
        for state, leads_on in rows
        for happening, after in re.findall("([a-z-]+) → `([a-z-]+)`", leads_on)
    }
    assert told == {
        (state.value, happening.value): after.value
        for (state, happening), after in TRANSITIONS.items()
    }


# --- the reader -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """What the first page has the reader make."""
    workshop = Workshop(tmp_path_factory.mktemp("tutorial"))
    workshop.work_through(PAGES / "README.md", free_port())
    return workshop


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


in_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="the pages are for a POSIX shell")
with_patience = pytest.mark.timeout(600)


@in_a_shell
@with_patience
@pytest.mark.parametrize("page", ["your-first-plugin.md", "extension-stage-login.md"])
def test_a_reader_sees_what_the_page_shows(workshop: Workshop, page: str) -> None:
    """Every command, in order."""
    workshop.work_through(PAGES / page, free_port())


@in_a_shell
@with_patience
def test_a_reader_makes_the_service_plugin(workshop: Workshop) -> None:
    """From nothing to a wheel that works elsewhere; what they have then is the example."""
    workshop.work_through(PAGES / "service-plugin.md", free_port())

    made = workshop.folder / "orpheus-harbour"
    assert contents(made) == contents(HARBOUR)


def contents(folder: Path) -> dict[str, str]:
    """The text of every file in *folder* that its author has a hand in."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_made(path.relative_to(folder))
    }


def _is_made(path: Path) -> bool:
    return any(part in NOT_OF_THE_AUTHOR or part.endswith("_cache") for part in path.parts)


# --- how it is compared -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "came", "fits"),
    [
        ("one\n", "one\n", True),
        ("a  b\n", "a      b\n\n", True),
        ("one\n...\n", "one\ntwo\nthree\n", True),
        ("...\nthree\n", "three\n", True),
        ("made ...x\n", "made /home/x\n", True),
        ("one\n", "one\ntwo\n", False),
        ("one\nthree\n", "one\ntwo\nthree\n", False),
        ("one\n", "", False),
        ("a.b\n", "a-b\n", False),
        ("", "something\n", False),
    ],
)
def test_what_is_shown_is_all_that_comes_but_for_the_dots(
    shown: str, came: str, fits: bool
) -> None:
    """Nobody wonders about a line that the page does not have."""
    assert is_as_shown(shown, came) is fits


def test_an_edit_finds_its_lines_once() -> None:
    """A reader could not know which of two places is meant."""
    assert edited("a\nb\nc\n", " a\n-b\n+B\n+BB\n") == "a\nB\nBB\nc\n"
    for text in ("b\n", "a\nb\na\nb\n", "aa\nb\n"):
        with pytest.raises(AssertionError, match="do not stand there once"):
            edited(text, " a\n-b\n")


def test_a_part_of_a_document_is_what_is_shown() -> None:
    """Keys may be left out, values not, and no items of a list."""
    whole = {"id": "salt", "tracks": [{"id": 1, "title": "x"}]}

    assert is_part({"tracks": [{"id": 1}]}, whole)
    assert not is_part({"tracks": []}, whole)
    assert not is_part({"id": "tides"}, whole)
    assert not is_part({"label": None}, whole)


def test_a_block_that_does_not_begin_with_a_command_is_refused() -> None:
    """Its first lines would be compared with nothing."""
    block = Block(page=PAGES / "README.md", line=1, language="console", text="x\n$ y\n", marks={})

    with pytest.raises(AssertionError, match="before the first command"):
        typed(block)
