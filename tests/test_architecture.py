"""Plugins and examples live on what is public.

The rooms of the core are held apart by import-linter (``nox -s architecture``). It reads
packages; this reads every file of the plugins and examples, also what they import for their
types only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "src" / "orpheus_core"
PUBLIC = ("orpheus_core", "orpheus_core.testing")
FILES = sorted([*ROOT.glob("plugins/*/src/**/*.py"), *ROOT.glob("examples/**/*.py")])


def deeper_imports(source: str) -> Iterator[str]:
    """Yield the modules of the core that a file imports and that are not public."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported = [node.module, *submodules(node.module, node.names)]
        else:
            continue
        for name in imported:
            if name.startswith("orpheus_core.") and name not in PUBLIC:
                yield name


def submodules(package: str, names: list[ast.alias]) -> Iterator[str]:
    """Yield the names that `from package import ...` shares with modules of the package."""
    if package not in PUBLIC:
        return
    folder = CORE.joinpath(*package.split(".")[1:])
    for name in (alias.name for alias in names):
        if (folder / name).is_dir() or (folder / f"{name}.py").is_file():
            yield f"{package}.{name}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_plugins_and_examples_import_only_public_names(file: Path) -> None:
    """A third party can do whatever our own plugins do, with the same names."""
    assert list(deeper_imports(file.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import orpheus_core.music",
        "import orpheus_core.music.links as links",
        "from orpheus_core.music import Track",
        "from orpheus_core import errors",
        "from orpheus_core.testing.sandbox import catalogue",
        "from orpheus_core.testing import sandbox",
        "def late():\n    from orpheus_core.errors import OrpheusError",
        "if TYPE_CHECKING:\n    from orpheus_core.music import Track",
    ],
)
def test_a_deeper_import_is_found(source: str) -> None:
    """However it is written, and wherever."""
    assert list(deeper_imports(source))


@pytest.mark.parametrize(
    "source",
    [
        "import orpheus_core",
        "import orpheus_core as oc",
        "from orpheus_core import hookimpl",
        "import orpheus_core.testing",
        "from orpheus_core.testing import FaultServer",
        "from orpheus_core import testing",
        "from orpheus_core_extras import music",
        "from .errors import DeezerError",
    ],
)
def test_a_public_import_is_not_complained_of(source: str) -> None:
    """The two public names, and whatever is not of the core."""
    assert not list(deeper_imports(source))
