"""``orpheus plugin manifest``: what the code amounts to, and what its orpheus.toml says."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Install, Orpheus

CODE = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    return None

@oc.hookimpl
def orpheus_decide(question):
    return None
"""
HOOKS = '[[hooks]]\nname = "orpheus_tags"\n[[hooks]]\nname = "orpheus_{}"\n'
TRUE = 'hosts = ["static.example"]\n' + HOOKS.format("decide")
LIE = HOOKS.format("stages")


def test_the_manifest_of_the_code_is_printed(orpheus: Orpheus, plugin: Install) -> None:
    """As TOML; what code cannot tell is as it was written."""
    plugin("tagger", CODE, TRUE)

    ended = orpheus("plugin", "manifest", "tagger")

    assert (ended.status, ended.err) == (0, "")
    found = tomllib.loads(ended.out)
    assert found["id"] == "tagger"
    assert found["hosts"] == ["static.example"]
    assert [hook["name"] for hook in found["hooks"]] == ["orpheus_tags", "orpheus_decide"]


def test_what_differs_is_told_and_ends_with_13(orpheus: Orpheus, plugin: Install) -> None:
    """On standard error: the manifest itself can be piped into a file."""
    plugin("tagger", CODE, LIE)

    ended = orpheus("plugin", "manifest", "tagger")

    assert ended.status == 13
    assert tomllib.loads(ended.out)["id"] == "tagger"
    first, second, third = ended.err.splitlines()
    assert third == "orpheus plugin manifest tagger --write     writes what the code amounts to"
    assert first.startswith(
        "differs: orpheus.toml names the hook orpheus_stages, the code has none"
    )
    assert second == "differs: the code has the hook orpheus_decide, orpheus.toml does not name it"
    document = orpheus("--json", "plugin", "manifest", "tagger").document
    assert not document["ok"]
    assert document["error"]["exit_code"] == 13
    assert len(document["data"]["differences"]) == 2


def test_it_is_written_beside_the_code(orpheus: Orpheus, plugin: Install) -> None:
    """Then all is well, and nothing is left to write."""
    file = plugin("tagger", CODE, LIE).with_name("orpheus.toml")

    ended = orpheus("plugin", "manifest", "tagger", "--write")

    assert (ended.status, ended.out) == (0, f"{file} is written\n")
    first, second = ended.err.splitlines()
    assert first.startswith("until now: orpheus.toml names the hook orpheus_stages")
    assert second.startswith("until now: the code has the hook orpheus_decide")
    assert orpheus("plugin", "manifest", "tagger").status == 0
    before = file.stat().st_mtime_ns
    again = orpheus("plugin", "manifest", "tagger", "--write")
    assert again.out == f"{file} says all of it already\n"
    assert file.stat().st_mtime_ns == before


def test_a_package_without_one_gets_its_first(orpheus: Orpheus, plugin: Install) -> None:
    """Until then that is no difference: there is nothing to differ from."""
    file = plugin("tagger", CODE, "").with_name("orpheus.toml")
    file.unlink()

    ended = orpheus("plugin", "manifest", "tagger")
    assert ended.status == 0
    assert ended.err == "It has none yet: orpheus plugin manifest tagger --write\n"

    assert orpheus("plugin", "manifest", "tagger", "--write").status == 0
    assert tomllib.loads(file.read_text("utf-8"))["id"] == "tagger"


def test_one_that_cannot_be_read_is_a_difference(orpheus: Orpheus, plugin: Install) -> None:
    """What only it says would be lost: it is written over with --force alone."""
    file = plugin("tagger", CODE, "").with_name("orpheus.toml")
    torn = 'id = "tagger"\nsumary = "typed by hand"\n'
    file.write_text(torn, "utf-8")
    ended = orpheus("plugin", "manifest", "tagger")
    assert ended.status == 13
    first, second = ended.err.splitlines()
    assert first.startswith("differs: ")
    assert second == f"mend {file} by hand, or write it anew with --write --force"

    refused = orpheus("plugin", "manifest", "tagger", "--write")
    assert refused.status == 2
    assert file.read_text("utf-8") == torn
    assert "summary, hosts, sample" in " ".join(refused.err.split())
    assert "next  mend it by hand; or add --force" in refused.err

    assert orpheus("plugin", "manifest", "tagger", "--write", "--force").status == 0
    assert orpheus("plugin", "manifest", "tagger").status == 0


def test_a_single_file_can_have_none(orpheus: Orpheus, plugin: Install) -> None:
    """There is no folder that is its own."""
    plugin("tagger", CODE)
    ended = orpheus("plugin", "manifest", "tagger", "--write")
    assert ended.status == 2
    assert "make a package of it" in ended.err


def test_where_pip_keeps_packages_nothing_is_written_by_itself(
    orpheus: Orpheus, plugin: Install, tmp_path: Path
) -> None:
    """The next upgrade would take it away without a word."""
    plugin.site = tmp_path / "lib" / "site-packages"
    plugin.site.mkdir(parents=True)
    file = plugin("tagger", CODE, LIE).with_name("orpheus.toml")
    before = file.read_bytes()

    ended = orpheus("plugin", "manifest", "tagger", "--write")
    assert ended.status == 2
    assert "--force" in ended.err
    assert file.read_bytes() == before

    assert orpheus("plugin", "manifest", "tagger", "--write", "--force").status == 0
    assert file.read_bytes() != before


def test_its_settings_are_there_while_it_is_asked(orpheus: Orpheus, plugin: Install) -> None:
    """What a plugin brings may depend on them."""
    code = (
        CODE
        + """
@oc.hookimpl
def orpheus_configure(context):
    assert context.settings["gloss"] == 9, context.settings
"""
    )
    settings = '[[settings]]\nkey = "gloss"\ntype = "whole-number"\ndefault = 3\nhelp = "x"\n'
    plugin("tagger", code, TRUE + '[[hooks]]\nname = "orpheus_configure"\n' + settings)
    orpheus.settings_file.write_text("[tagger]\ngloss = 9\n", "utf-8")
    assert orpheus("plugin", "manifest", "tagger").status == 0


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("tager", 2, "usage.unknown-plugin"),
        ("core-cover", 2, "usage.unknown-plugin"),
        ("boom", 10, "plugin.load-failed"),
    ],
)
def test_what_cannot_be_asked_is_an_error(
    orpheus: Orpheus, plugin: Install, name: str, status: int, code: str
) -> None:
    """No such plugin, one of the core's own, one that does not load."""
    plugin("tagger", CODE, TRUE)
    plugin("boom", "raise KeyError('x')")
    ended = orpheus("plugin", "manifest", name)
    assert (ended.status, ended.out) == (status, "")
    assert ended.err.startswith(f"error[{code}]")
