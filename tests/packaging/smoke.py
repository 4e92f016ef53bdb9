"""Uses Orpheus as it is installed: ``python -I smoke.py``, with the sources out of reach.

Needs the wheels of the core and of every plugin in the environment of the interpreter that
runs it. Works in a temporary folder and ends 1 at the first check that fails.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

PACKAGES = ("orpheus_core", "orpheus_deezer", "orpheus_qobuz", "orpheus_assistant")
PLUGINS = ("assistant", "deezer", "qobuz", "sandbox")
HEAVY = ("av", "cattrs", "click", "mutagen", "requests", "urllib3")
DEMO_TRACKS = 12
INTEGRITY = 12
AUDIO_SUFFIXES = {".flac", ".m4a", ".mp3", ".ogg", ".opus"}
COMMAND = Path(sysconfig.get_path("scripts"), "orpheus")


class SmokeError(Exception):
    """What is installed does not do what the documentation says."""


def expect(condition: bool, claim: str) -> None:
    """Print the claim, or raise SmokeError with it when it does not hold."""
    if not condition:
        raise SmokeError(claim)
    print(f"ok  {claim}")


def check_imports() -> None:
    """The core starts light; every package comes from this environment, with its types."""
    importlib.import_module("orpheus_core")
    loaded = [name for name in HEAVY if name in sys.modules]
    expect(not loaded, f"import orpheus_core loads nothing heavy (loaded: {loaded})")
    for name in PACKAGES:
        file = importlib.import_module(name).__file__
        folder = Path(str(file)).parent
        expect(folder.is_relative_to(sys.prefix), f"{name} comes from the environment: {folder}")
        expect((folder / "py.typed").is_file(), f"{name} ships its types")


def check_python(home: Path) -> None:
    """The application opens from Python and finds an installed plugin's service."""
    core = importlib.import_module("orpheus_core")
    with core.Orpheus(home=home) as app:
        expect(app.registry.get_service("deezer").supports("albums"), "deezer supports albums")


def run(home: Path, *arguments: str, status: int = 0) -> str:
    """Run the installed command; return what it printed, and raise for another exit status."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["ORPHEUS_HOME"] = str(home)
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    printed = done.stdout + done.stderr
    if done.returncode != status:
        raise SmokeError(f"orpheus {' '.join(arguments)} ended {done.returncode}: {printed}")
    print(f"ok  orpheus {' '.join(arguments)} ended {status}")
    return done.stdout if status == 0 else printed


def check_command(home: Path) -> None:
    """The command tells its version, knows its plugins, runs the demo and verifies the folder."""
    version = importlib.import_module("importlib.metadata").version("orpheus-core")
    expect(version in run(home, "--version"), f"the version is {version}")
    listed = run(home, "plugin", "list")
    for plugin in PLUGINS:
        expect(plugin in listed, f"plugin list names {plugin}")
    folder = artifact_folder(json.loads(run(home, "--json", "demo")))
    tracks = sorted(file for file in folder.rglob("*") if file.suffix in AUDIO_SUFFIXES)
    expect(len(tracks) == DEMO_TRACKS, f"the demo's folder holds {DEMO_TRACKS} tracks")
    run(home, "verify", str(folder))
    flip_one_byte(tracks[0])
    said = run(home, "verify", str(folder), status=INTEGRITY)
    expect(tracks[0].name in said, f"verify names the damaged file {tracks[0].name}")


def artifact_folder(document: object) -> Path:
    """Return the folder with a manifest that the demo's document names."""
    for text in strings_in(document):
        path = Path(text)
        if path.is_absolute() and (path / "manifest.json").is_file():
            return path
    raise SmokeError(f"the demo's document names no folder with a manifest: {document}")


def strings_in(value: object) -> list[str]:
    """Return every string in a JSON value."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in strings_in(part)]


def flip_one_byte(file: Path) -> None:
    """Damage a file in its middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def main() -> int:
    """Run every check; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="orpheus-smoke-") as scratch:
        try:
            check_imports()
            check_python(Path(scratch))
            check_command(Path(scratch))
        except SmokeError as error:
            print(f"NO  {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
