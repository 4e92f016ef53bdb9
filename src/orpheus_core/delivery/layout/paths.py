"""Paths that stay in their folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from orpheus_core.errors import OutsideFolder, SymlinkInPath

_NO_COMPONENT = re.compile("[/\\\\:\0\ud800-\udfff]")


def inside(root: Path, parts: Sequence[str]) -> Path:
    """Return *root* joined with *parts*, having made sure that nothing leads out of it.

    *root* may itself be a symbolic link, and nothing needs to exist yet. What exists is
    looked at now: who writes then must still not follow a link in the last component.

    Args:
        root: the folder that everything stays in.
        parts: names of single files or folders, each below the one before it.

    Raises:
        OutsideFolder: a part is not the name of one file or folder: empty, ``..``,
            absolute, several at once, or what no file system can hold.
        SymlinkInPath: a component below *root* is a symbolic link that leads out of it.
    """
    for part in parts:
        if part in ("", ".", "..") or _NO_COMPONENT.search(part):
            raise OutsideFolder(
                f"{part!r} is not the name of one file or folder",
                why=f"it was to be written below {root}",
                done="nothing was written there",
                evidence={"part": ascii(part), "root": str(root)},
            )
    # Not Path.resolve: some Pythons raise RuntimeError there for links in a circle.
    real_root = Path(os.path.realpath(root))
    path = root
    for part in parts:
        path = path / part
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(real_root):
            raise SymlinkInPath(
                f"a symbolic link leads out of the folder: {path}",
                why=f"it leads to {real}, which is not below {real_root}",
                done="nothing was written there",
                evidence={"path": str(path), "target": str(real), "root": str(root)},
            )
    return path
