"""``orpheus plugin info``: all that is known of one, without importing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orpheus_core.version import VERSION

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

MANIFEST = """
summary = "Polishes and serves."
hosts = ["static.example"]
adds_hooks = ["orpheus_rich_polish"]
[[hooks]]
name = "orpheus_advise"
events = ["network.*"]
[[hooks]]
name = "orpheus_run_stage"
wrapper = true
tryfirst = true
[[services]]
id = "rich"
name = "Rich"
kinds = ["album"]
features = []
hosts = ["api.rich.example"]
[[logins]]
name = "password"
service = "rich"
  [[logins.fields]]
  name = "user"
  label = "user name"
  secret = false
[[stages]]
name = "polish"
scope = "track"
after = ["tag"]
before = ["package"]
optional = true
[[secret_backends]]
name = "drawer"
priority = 7
[[commands]]
words = ["polish", "now"]
help = "Polish it now."
[[settings]]
key = "gloss"
type = "whole-number"
default = 3
help = "How much."
[[settings]]
key = "cloth"
type = "text"
default = "wool"
help = "With what."
"""


def test_everything_of_a_manifest_is_shown(orpheus: Orpheus, plugin: Install) -> None:
    """Nothing is imported: this one could not be."""
    file = plugin("rich", "raise SystemExit(3)", MANIFEST)
    orpheus.settings_file.write_text("[rich]\ngloss = 9\n", "utf-8")

    ended = orpheus("plugin", "info", "rich")

    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "rich   registered, from orpheus-rich 1.2.3"
    for line in (
        "  about      Polishes and serves.",
        f"  lies in    {file.parent}",
        "  report to  https://example.com/rich/issues",
        "  hook api   1.0",
        "  hosts      static.example, api.rich.example",
        "  hooks      advise (network.*), run_stage (wrapper, first)",
        "  adds hooks orpheus_rich_polish",
        "  services   rich: Rich",
        "  logins     rich password: user",
        "  stages     polish, for each track, after tag, before package",
        "  secrets    from drawer, priority 7",
        "  commands   orpheus polish now: Polish it now.",
        "             rich.cloth = wool (default): With what.",
    ):
        assert line in lines, ended.out
    assert "rich.gloss = 9 (" in " ".join(ended.out.split())


def test_a_setting_is_shown_with_where_it_comes_from(orpheus: Orpheus, plugin: Install) -> None:
    """File, variable, default: what comes later wins."""
    plugin("rich", "", MANIFEST)

    def gloss() -> tuple[object, str]:
        settings = orpheus("--json", "plugin", "info", "rich").document["data"]["settings"]
        (found,) = [each for each in settings if each["key"] == "gloss"]
        return found["value"], found["origin"]

    assert gloss() == (3, "default")
    orpheus.settings_file.write_text("[rich]\ngloss = 9\n", "utf-8")
    assert gloss() == (9, str(orpheus.settings_file))
    orpheus.setenv("ORPHEUS_RICH_GLOSS", "12")
    assert gloss() == (12, "ORPHEUS_RICH_GLOSS")


def test_a_plugin_that_failed_is_shown_with_reason_and_next_step(
    orpheus: Orpheus, plugin: Install
) -> None:
    """As the last process left it."""
    plugin("boom", "raise KeyError('x')")
    orpheus("service", "list", "--all")

    said = orpheus("plugin", "info", "boom").out

    assert "  reason     last time: KeyError: 'x'" in said
    assert "  next       " in said
    assert "  manifest   no manifest: imported at each start" in said
    data = orpheus("--json", "plugin", "info", "boom").document["data"]
    assert data["hint"]
    assert not data["has_manifest"]


def test_a_manifest_that_cannot_be_read_is_not_said_to_be_missing(
    orpheus: Orpheus, plugin: Install
) -> None:
    """It is there, and its plugin is not imported at all."""
    plugin("torn", "import orpheus_core\n", 'sumary = "x"')

    said = orpheus("plugin", "info", "torn").out

    assert said.startswith("torn   invalid-manifest, ")
    assert "sumary: there is no such key" in " ".join(said.split())
    assert "no manifest" not in said
    assert "imported at each start" not in said


def test_a_built_in_is_shown_with_its_hooks(orpheus: Orpheus) -> None:
    """It is a plugin like any other, only that it is there already."""
    assert orpheus("plugin", "info", "core-cover").out.splitlines() == [
        f"core-cover   active, from orpheus-core {VERSION}",
        "  hooks      stages",
    ]


def test_of_two_packages_one_is_named(orpheus: Orpheus, plugin: Install) -> None:
    """PLUGIN@PACKAGE, as `plugin disable` takes it."""
    for package in ("orpheus-twin", "orpheus-impostor"):
        plugin("twin", "", "", distribution=package)
    said = orpheus("plugin", "info", "twin@orpheus-impostor").out
    assert said.startswith("twin   conflict, from orpheus-impostor 1.2.3\n")
    assert "orpheus plugin disable twin@orpheus-impostor" in said


def test_an_unknown_name_gets_the_nearest(orpheus: Orpheus) -> None:
    """Status 2, as for every slip."""
    ended = orpheus("plugin", "info", "sandbax")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error[usage.unknown-plugin]")
    assert "  next  did you mean sandbox?\n" in ended.err


def test_a_variable_that_supplies_a_credential_is_not_shown_as_a_setting(
    orpheus: Orpheus, plugin: Install
) -> None:
    """A plugin may call a setting like the secret of its service."""
    field = '[[logins.fields]]\n  name = "cloth"\n  label = "cloth"\n[[stages]]'
    plugin("rich", "raise SystemExit(3)", MANIFEST.replace("[[stages]]", field))
    orpheus.setenv("ORPHEUS_RICH_CLOTH", "very-secret")
    ended = orpheus("--json", "plugin", "info", "rich")
    by_key = {each["key"]: each for each in ended.document["data"]["settings"]}
    assert (by_key["cloth"]["value"], by_key["cloth"]["origin"]) == ("wool", "default")
    assert "very-secret" not in ended.out
