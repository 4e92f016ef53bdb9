"""``orpheus plugin check``: the kit from the command line, each plugin in its own process."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from tests.testing.conformance import good_service

import orpheus_core as oc
from orpheus_core.cli import main
from orpheus_core.testing.conformance.targets import path_of, targets_of

GOOD_PLUGIN = Path(good_service.__file__).read_text("utf-8")
ADVISOR = """
import orpheus_core as oc
from orpheus_core.testing import AdvisorSample, sample_event

@oc.hookimpl
def orpheus_advise(event):
    if event.error_type == "svc.rate-limited":
        wait = oc.Action(id="wait", label="wait a minute")
        return [oc.Advice(code="kit.busy", title="It is busy", cause="Load", actions=[wait])]

BUSY = sample_event("network.request.failed", error=oc.RateLimited("busy"))
SAMPLE = AdvisorSample(advised=(BUSY,), silent=(sample_event("plugin.muted"),))
"""
MANIFEST = """
id = "{name}"
api = "1.0"
summary = "A plugin of a test."
{sample}

[[hooks]]
name = "orpheus_advise"
"""


def project(folder: Path, name: str, source: str, *, sample: str = "SAMPLE") -> Path:
    """Write the project of a plugin whose module is *source*, and return its folder."""
    package = folder / f"orpheus-{name}" / "src" / f"kit_{name}"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text("", "utf-8")
    package.joinpath("plugin.py").write_text(source, "utf-8")
    line = f'sample = "kit_{name}.plugin:{sample}"' if sample else ""
    package.joinpath("orpheus.toml").write_text(MANIFEST.format(name=name, sample=line), "utf-8")
    root = folder / f"orpheus-{name}"
    root.joinpath("pyproject.toml").write_text(
        f'[project]\nname = "orpheus-{name}"\nversion = "2.1"\n'
        f'[project.entry-points."orpheus.plugins"]\n{name} = "kit_{name}.plugin"\n',
        "utf-8",
    )
    return root


def check(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command; return its status, and what it said on both streams."""
    capsys.readouterr()
    status = main(["plugin", "check", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_project_that_keeps_every_rule_reaches_gold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says so; nothing of it is imported here."""
    folder = project(tmp_path, "calm", ADVISOR)

    status, out, err = check(capsys, folder)

    assert (status, err) == (0, "trying orpheus-calm 2.1\n")
    assert out.startswith("orpheus-calm 2.1: gold, ")
    assert "kit_calm" not in sys.modules


def test_what_is_broken_is_named_with_its_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it ends with 13."""
    folder = project(tmp_path, "loud", ADVISOR + "\nprint('hello')\n")

    status, out, _ = check(capsys, folder)

    assert status == oc.ExitStatus.FINDINGS
    assert "BROKEN  plugin.imports-silently (bronze): " in out
    assert r"- its import prints 'hello\n'" in out
    assert "orpheus-loud 2.1: not even bronze, " in out
    assert "1 of them broken; gold was due" in out


def test_a_plugin_without_a_sample_can_reach_bronze_and_is_told_how_to_get_further(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which is enough, unless more was asked for."""
    folder = project(tmp_path, "bare", ADVISOR, sample="")

    status, out, _ = check(capsys, folder)
    more, told, _ = check(capsys, folder, "--level", "silver")

    assert status == 0
    assert "orpheus-bare 2.1: bronze, " in out
    assert "silver and gold need a sample" in out
    assert more == oc.ExitStatus.FINDINGS
    assert "BROKEN  advisor.has-sample (silver)" in told


def test_no_sample_is_asked_for_where_the_manifest_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may well name one: what is to be mended is the manifest."""
    folder = project(tmp_path, "torn", ADVISOR)
    file = folder / "src" / "kit_torn" / "orpheus.toml"
    file.write_text(file.read_text("utf-8").replace("summary", "sumary"), "utf-8")

    status, out, _ = check(capsys, folder)

    assert status == oc.ExitStatus.FINDINGS
    assert "BROKEN  plugin.manifest-reads (bronze)" in out
    assert "need a sample" not in out


def test_as_json_it_is_one_document_with_every_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was found to be wrong is the error beside it."""
    folder = project(tmp_path, "odd", ADVISOR.replace("kit.busy", "Busy!"))

    status, out, err = check(capsys, folder, "--level", "silver", "--json")

    document = json.loads(out)
    (plugin,) = document["data"]["plugins"]
    rules = {rule["code"]: rule for rule in plugin["rules"]}
    assert (status, err) == (13, "")
    assert document["schema"] == "orpheus.plugin-check/1"
    assert document["error"]["code"] == "check.problems-found"
    assert (plugin["plugin"], plugin["level"], plugin["wanted"]) == ("odd", "bronze", "silver")
    assert rules["advisor.reads-well"]["outcome"] == "broken"
    assert rules["advisor.reads-well"]["evidence"]
    assert rules["advisor.advises"]["outcome"] == "kept"
    assert not any(code.startswith("plugin.works") for code in rules)


def test_with_v_every_rule_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that were skipped with the reason."""
    folder = project(tmp_path, "told", ADVISOR)

    _, out, _ = check(capsys, folder, "-v", "--level", "bronze")

    assert "kept    plugin.imports (bronze): A plugin can be imported." in out


def test_a_plugin_that_ends_the_process_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """When it is asked for what it brings, after an import that went well."""
    source = "import os\n" + ADVISOR.replace("    if event", "    os._exit(5)\n    if event")
    folder = project(tmp_path, "rude", source)

    status, out, _ = check(capsys, folder, "--level", "silver")

    assert status == 13
    assert "it ended the process, with status 5" in out


def test_an_installed_plugin_is_checked_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    """The sandbox is one."""
    status, out, err = check(capsys, "sandbox", "--level", "bronze")

    assert status == 0
    assert err == "trying sandbox of orpheus-core 0.1.0\n"
    assert out.startswith("sandbox of orpheus-core 0.1.0: bronze, ")


@pytest.mark.parametrize(
    ("name", "code", "next_step"),
    [
        ("sandbx", "usage.unknown-plugin", "did you mean sandbox?"),
        ("./nowhere", "usage.arguments", "orpheus plugin new NAME"),
    ],
)
def test_what_is_neither_a_plugin_nor_a_project_is_refused(
    capsys: pytest.CaptureFixture[str], name: str, code: str, next_step: str
) -> None:
    """With what was meant, perhaps."""
    status, _, err = check(capsys, name)

    assert status == oc.ExitStatus.USAGE
    assert f"error[{code}]" in err
    assert next_step in err


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[project", "cannot be read"), ('[project]\nname = "x"\n', "names no plugin")],
)
def test_a_project_without_a_plugin_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """Its file is named."""
    tmp_path.joinpath("pyproject.toml").write_text(text, "utf-8")

    with pytest.raises(oc.WrongArguments, match=problem):
        targets_of(str(tmp_path))


def test_a_project_is_imported_from_its_sources(tmp_path: Path) -> None:
    """Which come before all else on the path of its process."""
    folder = project(tmp_path, "here", ADVISOR)

    (target,) = targets_of(str(folder))

    assert (target.id, target.value) == ("here", "kit_here.plugin")
    assert path_of(target)[0] == os.path.realpath(folder / "src")


def test_without_a_name_all_but_the_core_are_checked() -> None:
    """Those of other distributions."""
    assert all(target.distribution != "orpheus-core" for target in targets_of(None))
