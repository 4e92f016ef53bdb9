"""The pages of the tutorial: what their blocks are, and a workshop in which they are done.

``python tests/tutorial_pages.py --write`` puts the examples into the pages anew. Comments right
above a block say what it is::

    <!-- from: examples/NAME -->     the whole of that file
    <!-- file: NAME -->              the reader writes it into that file of the workshop
    <!-- edit: NAME -->              lines of that file that go (-), come (+) and stay
    <!-- answer: /api/... -->        a part of what the sandbox's server answers
    <!-- terminal: second -->        typed in another terminal; its last command runs on
    <!-- ends-with: 13 -->           the status of its last command, where that is not 0
    <!-- not-run: REASON -->         shown only

A ``console`` block without any of them is typed in the first terminal. What it shows is all that
comes, but where it shows three dots.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "tutorial"
PORT = "8765"
"""The port that the pages show; a test takes one that is free."""

PATIENCE_S = 240.0

_BLOCK = re.compile(
    r"(?P<marks>(?:^ *<!-- [a-z-]+: .+? -->\n)*)"
    r"^(?P<indent> *)```(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile("<!-- ([a-z-]+): (.+?) -->")
_NEW_ENVIRONMENT = re.compile(r"-m venv (?:--(\S+) )?(\S+)$")


@attrs.frozen(kw_only=True)
class Block:
    """A block of a page, at *line*, with the comments above it."""

    page: Path
    line: int
    language: str
    text: str
    marks: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of *page*, in order."""
    text = page.read_text("utf-8")
    return [_block(page, text, found) for found in _BLOCK.finditer(text)]


def _block(page: Path, text: str, found: re.Match[str]) -> Block:
    indent = len(found["indent"])
    return Block(
        page=page,
        line=text.count("\n", 0, found.start("language")) + 1,
        language=found["language"],
        text="".join(line[indent:] or "\n" for line in found["text"].splitlines(keepends=True)),
        marks=dict(_MARK.findall(found["marks"])),
    )


def with_examples(text: str) -> str:
    """Return the page *text* with every example in it as its file is now."""

    def filled(found: re.Match[str]) -> str:
        source = dict(_MARK.findall(found["marks"])).get("from")
        if source is None:
            return found[0]
        code = (ROOT / source).read_text("utf-8")
        return f"{found['marks']}```{found['language']}\n{code}```"

    return _BLOCK.sub(filled, text)


# --- what is shown, and what comes ------------------------------------------------------------


def typed(block: Block) -> list[tuple[str, str]]:
    """Return the commands of a ``console`` block, each with what it is shown to print."""
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    if parts[0]:
        raise AssertionError(f"{block}: something stands before the first command")
    return list(zip(parts[1::2], parts[2::2], strict=True))


def is_as_shown(shown: str, came: str) -> bool:
    """Whether *came* is what is *shown*: dots stand for anything, and spaces for any spaces.

    >>> is_as_shown("made ...orpheus-x\\n...\\n", "made /home/orpheus-x\\n  README.md\\n")
    True
    >>> is_as_shown("one\\nthree\\n", "one\\ntwo\\nthree\\n")
    False
    """
    pattern = ""
    for line in filter(None, map(_even, shown.splitlines())):
        pattern += "(?:.*\n)*" if line == "..." else f"{re.escape(line)}\n"
    pattern = pattern.replace(re.escape("..."), ".*")
    lines = [f"{line}\n" for line in map(_even, came.splitlines()) if line]
    return re.fullmatch(pattern, "".join(lines)) is not None


def _even(line: str) -> str:
    return " ".join(line.split())


def is_part(shown: object, whole: object) -> bool:
    """Whether all that is *shown* of a JSON document is in the *whole*."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(value, whole[key]) for key, value in shown.items())
    if isinstance(shown, list) and isinstance(whole, list):
        return len(shown) == len(whole) and all(map(is_part, shown, whole))
    return shown == whole


def edited(text: str, diff: str) -> str:
    """Return *text* with the lines of *diff* taken out and put in; they stand there once."""
    lines = [line or " " for line in diff.splitlines()]
    before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
    after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
    place = re.compile(f"^{re.escape(before)}", re.MULTILINE)
    if len(place.findall(text)) != 1:
        raise AssertionError(f"these lines do not stand there once:\n{before}")
    return place.sub(lambda _: after, text)


# --- a workshop -------------------------------------------------------------------------------


class Terminal:
    """A shell that somebody types into: it keeps its folder and its variables."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = dict(environ)

    def run(self, command: str, scratch: Path) -> tuple[int, str]:
        """Return the status of *command*, and what it printed."""
        script = f"{command}\nstatus=$?\npwd > {scratch}/pwd\nenv -0 > {scratch}/env\nexit $status"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        self.folder = Path((scratch / "pwd").read_text("utf-8").strip())
        pairs = (scratch / "env").read_text("utf-8").rstrip("\0").split("\0")
        self.environ = dict(pair.split("=", 1) for pair in pairs)
        return done.returncode, done.stdout


class Workshop:
    """A folder with a clone of Orpheus, as a reader has it, and no network.

    What pip would fetch is there already: each environment that is made sees the libraries of
    the one that runs the tests, and nothing of Orpheus in it.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / "workshop"
        self.folder.mkdir()
        self._scratch = root
        (root / "home").mkdir()
        (self.folder / "orpheus").symlink_to(ROOT, target_is_directory=True)
        self._libraries = libraries(root / "libraries")
        self.first = Terminal(self.folder, _environ(root / "home"))

    def work_through(self, page: Path, port: int) -> None:
        """Do what *page* says, and see that what comes is what it shows."""
        first = Terminal(self.folder, self.first.environ)
        running: list[subprocess.Popen[str]] = []
        try:
            for block in blocks(page):
                if "not-run" not in block.marks:
                    self._do(block, first, running, str(port))
        finally:
            for process in running:
                process.terminate()
                process.communicate(timeout=PATIENCE_S)
        self.first.environ = first.environ

    def _do(
        self, block: Block, first: Terminal, running: list[subprocess.Popen[str]], port: str
    ) -> None:
        marks = block.marks
        if "file" in marks:
            file = self.folder / marks["file"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, "utf-8")
        elif "edit" in marks:
            file = self.folder / marks["edit"]
            file.write_text(edited(file.read_text("utf-8"), block.text), "utf-8")
        elif "answer" in marks:
            _check_answer(block, port)
        elif marks.get("terminal") == "second":
            running.append(self._start(block, port))
        elif block.language == "console":
            self._type(block, first, port)

    def _type(self, block: Block, terminal: Terminal, port: str) -> None:
        commands = typed(block)
        for number, (command, shown) in enumerate(commands, start=1):
            due = int(block.marks.get("ends-with", 0)) if number == len(commands) else 0
            folder = terminal.folder
            status, came = terminal.run(command.replace(PORT, port), self._scratch)
            _check(block, command, shown.replace(PORT, port), came, status=status, due=due)
            made = _NEW_ENVIRONMENT.search(command)
            if made:
                self._stock(folder / made[2], upgraded=made[1] == "upgrade-deps")

    def _start(self, block: Block, port: str) -> subprocess.Popen[str]:
        """Type *block* into a new terminal, where its last command runs on."""
        terminal = Terminal(self.folder, _environ(self._scratch / "home"))
        *before, (last, shown) = typed(block)
        for command, _ in before:
            terminal.run(command, self._scratch)
        process = subprocess.Popen(
            ["bash", "-c", f"exec {last.replace(PORT, port)}"],
            cwd=terminal.folder,
            env=terminal.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        late = threading.Timer(PATIENCE_S, process.kill)
        late.start()
        try:
            came = ""
            for line in process.stdout or ():
                came += line
                if is_as_shown(shown.replace(PORT, port), came):
                    return process
        finally:
            late.cancel()
        process.communicate()
        raise AssertionError(f"{block}: {last} ended, and printed\n{came}")

    def _stock(self, environment: Path, *, upgraded: bool) -> None:
        """Put into a new *environment* what pip would fetch from an index."""
        (site,) = environment.glob("lib/python*/site-packages")
        (site / "third-party.pth").write_text(f"{self._libraries}\n", "utf-8")
        if upgraded:  # the newer pip is among the libraries
            for old in site.glob("pip*"):
                old.rename(environment / old.name)


def _check(block: Block, command: str, shown: str, came: str, *, status: int, due: int) -> None:
    if status != due:
        raise AssertionError(f"{block}: {command} ended with {status}, not {due}:\n{came}")
    if not is_as_shown(shown, came):
        raise AssertionError(f"{block}: {command}\n--- shown\n{shown}--- came\n{came}")


def _check_answer(block: Block, port: str) -> None:
    url = f"http://127.0.0.1:{port}{block.marks['answer']}"
    with urllib.request.urlopen(url) as response:
        came = response.read().decode()
    if not is_part(json.loads(block.text.replace(PORT, port)), json.loads(came)):
        raise AssertionError(f"{block}: the server answers {came}")


def libraries(folder: Path) -> Path:
    """Fill *folder* with links to every library that is installed here, but for Orpheus."""
    folder.mkdir()
    for found in dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")):
        for path in found.iterdir():
            if not path.name.startswith("orpheus") and path.suffix != ".pth":
                (folder / path.name).symlink_to(path)
    return folder


def _environ(home: Path) -> dict[str, str]:
    """The variables of somebody whose *home* is new, and whose pip has no index."""
    ours = ("ORPHEUS_", "PYTEST_", "PYTHON", "COV_", "PIP_", "XDG_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        "COLUMNS": "80",
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: none (pypa/pip, issue 5735)
        "PIP_NO_COMPILE": "1",
        "PIP_NO_INDEX": "1",
        "PYTHONUNBUFFERED": "1",  # so that lines come in their order
        "PYTHONUTF8": "1",
    }


def stale() -> Iterator[Path]:
    """Yield the pages in which an example is not as its file is."""
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text("utf-8")
        if with_examples(text) != text:
            yield page


if __name__ == "__main__":
    for page in list(stale()) if sys.argv[1:] == ["--write"] else []:
        page.write_text(with_examples(page.read_text("utf-8")), "utf-8")
        print(page.relative_to(ROOT), "is written")
