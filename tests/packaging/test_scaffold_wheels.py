"""What ``orpheus plugin new`` makes, as its author meets it: made, built, installed, tried, used.

One fresh environment holds the core's wheel and a plugin of each kind, made by that wheel. It
sees the third-party packages of this one, and nothing of the sources.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

ROOT = Path(__file__).parents[2]
KINDS = ("service", "login", "advisor", "stage", "vault", "extension")
PATIENCE_S = 240
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")

pytestmark = pytest.mark.timeout(300)


@attrs.frozen
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


@attrs.frozen(kw_only=True)
class Author:
    """Somebody with a fresh environment, a home of Orpheus, and a folder for their plugins."""

    python: Path
    site: Path
    home: Path
    work: Path

    def run(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run Python; no variable of whoever runs these tests sways it."""
        ours = ("ORPHEUS_", "PYTEST_", "PYTHON", "COV_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            [self.python, *map(str, arguments)],
            cwd=cwd or self.work,
            env={
                **kept,
                "ORPHEUS_HOME": str(self.home),
                "ORPHEUS_PLUGINS": ",".join(["sandbox", *map(id_of, KINDS)]),
                "PYTHONUTF8": "1",
                **(environ or {}),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def orpheus(self, *arguments: str | Path, cwd: Path | None = None) -> Ended:
        """Run the command, and see that it ends well."""
        ended = self.run("-P", "-m", "orpheus_core", *arguments, cwd=cwd)
        assert ended.status == 0, ended.out + ended.err
        return ended

    def script(self, text: str, **environ: str) -> str:
        """Run a script against the installed plugins, an application open as ``app``."""
        lines = ["import orpheus_core as oc", "with oc.Orpheus() as app:"]
        lines += [f"    {line}" for line in text.strip().splitlines()]
        ended = self.run("-P", "-W", "error", "-c", "\n".join(lines), environ=environ)
        assert ended.status == 0, ended.err
        return ended.out.strip()

    def install(self, project: Path, dist: Path) -> None:
        """Build the wheel of *project* without a network, and install it."""
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist],
            cwd=project,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
            wheel.extractall(self.site)


def id_of(kind: str) -> str:
    """An awkward name, as good as any."""
    return f"my-{kind}_2"


def folder_of(author: Author, kind: str) -> Path:
    """Where the plugin of *kind* was made."""
    return author.work / f"orpheus-{id_of(kind)}"


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Author:
    """An author who has made, built and installed a plugin of each kind."""
    root = tmp_path_factory.mktemp("author")
    author = _with_environment(root)
    author.install(ROOT, root / "dist-core")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda kind: _make(author, kind, root), KINDS):
            pass
    return author


def _with_environment(root: Path) -> Author:
    venv, work = root / "venv", root / "work"
    work.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-I", "-c", asked], text=True).strip())
    # As paths: the .pth files in there, which lead to sources, are not read.
    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site / "third-party.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    return Author(python=python, site=site, home=root / "home", work=work)


def _make(author: Author, kind: str, root: Path) -> None:
    author.orpheus("plugin", "new", id_of(kind), "--kind", kind)
    author.install(folder_of(author, kind), root / f"dist-{kind}")


each_kind = pytest.mark.parametrize("kind", KINDS)


def test_no_source_is_in_reach(author: Author) -> None:
    """What is tested is the wheels."""
    printed = author.run("-P", "-c", "import orpheus_core; print(orpheus_core.__file__)").out

    assert Path(printed.strip()).is_relative_to(author.site)


@each_kind
def test_its_own_tests_and_plugin_check_pass(author: Author, kind: str) -> None:
    """As it is, any warning in its tests an error; both at a time, since they take long."""
    folder = folder_of(author, kind)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        tests = pool.submit(author.run, "-P", "-W", "error", *PYTEST, cwd=folder)
        check = pool.submit(author.orpheus, "plugin", "check", id_of(kind))

    assert tests.result().status == 0, tests.result().out + tests.result().err
    assert f"orpheus-{id_of(kind)} 0.1.0: gold" in check.result().out


def test_plugin_check_takes_the_folder_too(author: Author) -> None:
    """In which its author works."""
    checked = author.orpheus("plugin", "check", ".", cwd=folder_of(author, "vault"))

    assert f"orpheus-{id_of('vault')} 0.1.0: gold" in checked.out


def test_type_checks_pass(author: Author) -> None:
    """By the settings that are in each package."""
    cache = {"MYPY_CACHE_DIR": str(author.home.with_name("mypy"))}
    for kind in KINDS:
        ended = author.run("-P", "-m", "mypy", cwd=folder_of(author, kind), environ=cache)
        assert ended.status == 0, ended.out + ended.err


def test_plugin_list_names_each_as_it_should_be(author: Author) -> None:
    """None is imported for it, none has a reason to stay out."""
    listed = author.orpheus("--json", "plugin", "list").document["data"]["plugins"]
    records = {record["id"]: record for record in listed}

    for kind in KINDS:
        record = records[id_of(kind)]
        assert (record["state"], record["reason"]) == ("registered", ""), record
        assert (record["distribution"], record["version"]) == (f"orpheus-{id_of(kind)}", "0.1.0")


def test_manifest_that_would_be_generated_is_the_one_that_is_there(author: Author) -> None:
    """The code is the truth, and the manifest says the same, byte by byte."""
    for kind in KINDS:
        package = f"orpheus_my_{kind}_2"
        written = (folder_of(author, kind) / "src" / package / "orpheus.toml").read_text("utf-8")

        assert author.orpheus("plugin", "manifest", id_of(kind)).out.strip() == written.strip()


def test_service_is_listed_and_its_links_are_routed(author: Author) -> None:
    """As any other service."""
    listed = author.orpheus("--json", "service", "list").document["data"]["services"]
    link = "https://my-service-2.example/album/7"

    assert "my-service_2" in [service["id"] for service in listed]
    assert author.script(f"print(app.find({link!r}))") == "my-service_2:album:7"


def test_login_logs_in(author: Author) -> None:
    """To a service that a script brings, and that answers without a network."""
    said = author.script(
        """
import requests

class Shop:
    info = oc.ServiceInfo(
        id="my-login_2",
        name="Shop",
        kinds=frozenset(),
        features=frozenset(),
        hosts=("account.my-login-2.example",),
    )
    resolve = file = search = print

    @oc.hookimpl
    def orpheus_modules(self):
        return [self]

    @oc.hookimpl
    def orpheus_send(self, request):
        print(request.method, request.url)
        response = requests.Response()
        response.status_code, response.url = 200, request.url
        response.headers["Content-Type"] = "application/json"
        response._content = b'{"access_token": "t0k3n", "expires_in": 60}'
        return response

app.plugins.register("shop", Shop())
session = app.sessions.login("my-login_2", {"email": "ada@home.example", "password": "secret"})
print(session.account, app.credentials.get("my-login_2", "token"))
"""
    )

    assert said.splitlines() == [
        "POST https://account.my-login-2.example/token",
        "ada@home.example t0k3n",
    ]


def test_advisor_is_heard(author: Author) -> None:
    """When what it waits for happens."""
    said = author.script(
        """
app.brain.events.subscribe(lambda event: print(event.data["title"]), kinds=["brain.advice.given"])
for _ in range(3):
    app.brain.events.emit("transfer.interrupted", service="sandbox")
"""
    )

    assert said.startswith("3 files of sandbox broke off")


def test_stage_and_extension_do_their_part_in_the_demo(author: Author, tmp_path: Path) -> None:
    """Each file is dated like the release, and the sentence at the end can be read."""
    said = author.orpheus("demo", "--to", tmp_path)

    (manifest,) = tmp_path.rglob("manifest.json")
    date = json.loads(manifest.read_bytes())["date"]
    tracks = [file for file in manifest.parent.iterdir() if file.suffix == ".flac"]
    times = [time.gmtime(file.stat().st_mtime) for file in tracks]
    assert {time.strftime("%Y-%m-%d", moment) for moment in times} == {date}
    assert "files so far: 13, folders: 1" in " ".join(said.err.split())


def test_vault_supplies_a_credential(author: Author, tmp_path: Path) -> None:
    """From the file that the settings name, to whoever asks for it."""
    file, settings = tmp_path / "secrets.txt", tmp_path / "config" / "config.toml"
    file.touch(mode=0o600)
    file.write_text("sandbox.token = not-a-real-token\n", encoding="utf-8")
    settings.parent.mkdir()
    settings.write_text(f"[my-vault_2]\nfile = '{file}'\n", encoding="utf-8")

    printed = author.script(
        "print(app.credentials.get('sandbox', 'token'))", ORPHEUS_HOME=str(tmp_path)
    )

    assert printed == "not-a-real-token"
