"""Plugins as people meet them: wheels, installed by pip, used by `orpheus` in a child process.

The wheels are written by hand: a build backend for each of a hundred would take minutes.
What is done with them afterwards is real.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

GROUP = "orpheus.plugins"

_MANIFEST = "orpheus.toml"
_PATIENCE_S = 60.0
_SINCE = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


@attrs.frozen(kw_only=True)
class Package:
    """A distribution with one plugin.

    *code* is the ``__init__.py`` of its one package, *manifest* the ``orpheus.toml`` beside
    it (none when None), *files* what else the package holds. *target* is what the entry point
    names: the package itself when empty; ``{module}`` in it, and in the code, stands for the
    package's name.
    """

    plugin: str
    code: str | bytes = ""
    manifest: str | bytes | None = None
    distribution: str = attrs.field()
    version: str = "1.2.3"
    target: str = ""
    files: Mapping[str, str] = attrs.field(factory=dict)

    @distribution.default
    def _named_after_the_plugin(self) -> str:
        return f"orpheus-{self.plugin}"

    @property
    def module(self) -> str:
        """The name that is imported."""
        return self.distribution.replace("-", "_")

    def wheel(self, folder: Path) -> Path:
        """Write the wheel into *folder*, and return its file.

        Source: the binary distribution format, packaging.python.org/specifications.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.module}-{self.version}"
        file = folder / f"{name}-py3-none-any.whl"
        content = self._content(f"{name}.dist-info")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in content.items():
                archive.writestr(zipfile.ZipInfo(path, _SINCE), data)
            record = _record(content, f"{name}.dist-info/RECORD")
            archive.writestr(zipfile.ZipInfo(f"{name}.dist-info/RECORD", _SINCE), record)
        return file

    def _content(self, info: str) -> dict[str, bytes]:
        metadata = f"Metadata-Version: 2.1\nName: {self.distribution}\nVersion: {self.version}\n"
        wheel = "Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        target = (self.target or "{module}").format(module=self.module)
        code = self.code
        if isinstance(code, str):
            code = code.replace("{module}", self.module)
        content = {
            f"{self.module}/__init__.py": code,
            **{f"{self.module}/{path}": text for path, text in self.files.items()},
        }
        if self.manifest is not None:
            content[f"{self.module}/{_MANIFEST}"] = self.manifest
        content |= {
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": wheel,
            f"{info}/entry_points.txt": f"[{GROUP}]\n{self.plugin} = {target}\n",
        }
        return {
            path: text if isinstance(text, bytes) else text.encode()
            for path, text in content.items()
        }


def _record(content: Mapping[str, bytes], itself: str) -> str:
    lines = io.StringIO()
    rows = csv.writer(lines, lineterminator="\n")
    for path, data in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow((path, f"sha256={digest}", len(data)))
    rows.writerow((itself, "", ""))
    return lines.getvalue()


def pip(*arguments: str | Path, python: str | Path = sys.executable) -> None:
    """Run pip for the environment of *python*."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    ended = subprocess.run(
        [str(python), "-m", "pip", *quiet, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def install(packages: Iterable[Package], folder: Path) -> list[Path]:
    """Install *packages* with one run of pip; return the site folder of each, in their order.

    Each distribution has a folder of its own afterwards, so that one run of pip, which is
    slow, serves any mixture of them: name the folders that a child is to see.
    """
    packages = list(packages)
    wheels = [package.wheel(folder / "wheels" / package.plugin) for package in packages]
    together = folder / "together"
    pip("install", "--no-index", "--no-deps", "--no-compile", "--target", together, *wheels)
    sites = []
    for number, package in enumerate(packages):
        site = folder / "sites" / f"{number}-{package.distribution}"
        info = f"{package.module}-{package.version}.dist-info"
        for path in _files_of(together / info / "RECORD"):
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (together / path).replace(site / path)
        sites.append(site)
    return sites


def _files_of(record: Path) -> list[str]:
    with record.open(encoding="utf-8", newline="") as lines:
        return [row[0] for row in csv.reader(lines)]


@attrs.frozen
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output; anything else there fails the test.

        Of a command that answers in JSON lines, the last line.
        """
        lines = [json.loads(line) for line in self.out.splitlines()]
        assert all("type" in line for line in lines) or len(lines) == 1, self.out
        document: dict[str, Any] = lines[-1]
        return document


@attrs.frozen(kw_only=True)
class Place:
    """A person's computer: a home of Orpheus, and site folders with plugins.

    *python* is the interpreter, *environ* more variables.
    """

    home: Path
    sites: tuple[Path, ...] = ()
    python: str | Path = sys.executable
    environ: Mapping[str, str] = attrs.field(factory=dict)

    def orpheus(self, *arguments: str | Path, **environ: str) -> Ended:
        """Run the command, as a script that pip made would: the working folder is no site."""
        return self.run("-m", "orpheus_core", *arguments, **environ)

    def run(self, *arguments: str | Path, **environ: str) -> Ended:
        """Run Python with *arguments*, the sites in its path."""
        self.home.mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            [str(self.python), "-P", *map(str, arguments)],
            env={**self._environ(), **environ},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE_S,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def configure(self, text: str) -> None:
        """Write the settings file."""
        file = self.home / "config" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _environ(self) -> dict[str, str]:
        path = [*map(str, self.sites), os.environ.get("PYTHONPATH", "")]
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "PYTHONUTF8": "1",
            "ORPHEUS_HOME": str(self.home),
            **self.environ,
        }


def environment(folder: Path) -> Path:
    """Make a virtual environment that sees what this one has; return its Python."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", folder],
        check=True,
    )
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", code], text=True).strip())
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    return python
