"""``orpheus plugin new``, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orpheus_core.cli import main
from orpheus_core.errors import ExitStatus
from orpheus_core.testing.scaffold.kinds import Kind


@pytest.fixture(autouse=True)
def _at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that is empty."""
    monkeypatch.chdir(tmp_path)


def document_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The JSON document that was printed."""
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_each_kind_is_made_and_told_with_what_to_do_next(
    kind: Kind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file is named, and each command can be typed as it stands."""
    assert main(["plugin", "new", "my-shop", "--kind", kind.value]) == 0

    lines = capsys.readouterr().out.splitlines()
    folder = tmp_path / "orpheus-my-shop"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert lines[0] == f"made {folder}"
    assert {f"  {path.relative_to(folder).as_posix()}" for path in files} <= set(lines)
    assert lines[lines.index("next") + 1] == "  cd orpheus-my-shop"
    assert lines[-1].endswith("orpheus plugin check .")


def test_document_holds_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: the same as for people."""
    assert main(["--json", "plugin", "new", "orpheus-my-shop", "--kind", "stage", "--to", "x"]) == 0

    document = document_of(capsys)
    data = document["data"]
    assert document["schema"] == "orpheus.new-plugin/1"
    assert (data["id"], data["distribution"], data["kind"]) == (
        "my-shop",
        "orpheus-my-shop",
        "stage",
    )
    assert data["folder"] == str(tmp_path / "x" / "orpheus-my-shop")
    assert all((Path(data["folder"]) / file).is_file() for file in data["files"])
    assert data["next"][0] == f"cd {Path('x', 'orpheus-my-shop')}"


def test_folder_with_a_space_can_be_gone_to(capsys: pytest.CaptureFixture[str]) -> None:
    """The command is quoted as a shell needs it."""
    assert main(["--json", "plugin", "new", "x", "--kind", "stage", "--to", "my plugins"]) == 0

    (quote,) = {document_of(capsys)["data"]["next"][0][3]} & {"'", '"'}
    assert quote


@pytest.mark.parametrize(
    ("arguments", "next_step"),
    [
        (["My Shop", "--kind", "stage"], "choose one such as my-shop"),
        (["network", "--kind", "stage"], "choose another, such as my-network"),
        (["my-shop", "--kind", "servce"], "did you mean service?"),
        (["my-shop"], "orpheus plugin new --help"),
    ],
)
def test_what_cannot_be_made_is_a_usage_error(
    arguments: list[str], next_step: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the next step, and nothing written."""
    assert main(["--json", "plugin", "new", *arguments]) == ExitStatus.USAGE

    assert document_of(capsys)["error"]["actions"][0]["label"] == next_step
    assert list(tmp_path.iterdir()) == []


def test_missing_kind_is_told_with_all_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """On one line, like any other error."""
    assert main(["--json", "plugin", "new", "my-shop"]) == ExitStatus.USAGE

    title = document_of(capsys)["error"]["title"]
    assert title.endswith("It is one of service, login, advisor, stage, vault, extension")


def test_second_plugin_of_one_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The first may be the work of months."""
    assert main(["plugin", "new", "my-shop", "--kind", "stage"]) == 0
    before = Path("orpheus-my-shop", "README.md").read_bytes()

    assert main(["plugin", "new", "my-shop", "--kind", "vault"]) == ExitStatus.USAGE

    assert "is there already" in capsys.readouterr().err
    assert Path("orpheus-my-shop", "README.md").read_bytes() == before
    assert not list(Path("orpheus-my-shop").rglob("backend.py"))
