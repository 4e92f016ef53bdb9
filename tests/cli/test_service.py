"""``orpheus service``: what is installed, and what it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

BRINGS_A_SERVICE = """
import orpheus_core as oc

class Module:
    info = oc.ServiceInfo(
        id="bare",
        name="Bare",
        kinds=frozenset({oc.MediaKind.ALBUM}),
        features=frozenset(),
        hosts=("bare.example",),
    )

    def resolve(self, client, ref):
        raise oc.ItemNotFound("nothing is there")

    file = search = resolve

@oc.hookimpl
def orpheus_modules():
    return [Module()]
"""


def test_services_are_listed_with_what_they_can(orpheus: Orpheus) -> None:
    """One line each, cells below each other."""
    ended = orpheus("service", "list")

    assert (ended.status, ended.err) == (0, "")
    head, *rows = ended.out.splitlines()
    assert head.split() == ["service", "name", "kinds", "can", "from"]
    (row,) = [row for row in rows if row.startswith("sandbox ")]
    assert row[head.index("kinds") :].startswith("album artist playlist track")
    services = orpheus("--json", "service", "list").document["data"]["services"]
    assert "sandbox" in [service["id"] for service in services]


def test_a_service_is_shown_with_links_and_credentials(orpheus: Orpheus) -> None:
    """The variable that supplies a credential, whether it is set, never its value."""
    orpheus.setenv("ORPHEUS_SANDBOX_URL", "http://127.0.0.1:9/secret")

    ended = orpheus("service", "info", "Sandbox")

    assert ended.status == 0
    assert "  links        sandbox.example/album/ID  sandbox.example/track/ID\n" in ended.out
    assert "ORPHEUS_SANDBOX_URL (address of the server; set)" in ended.out
    assert "secret" not in ended.out

    data = orpheus("--json", "service", "info", "sandbox").document["data"]
    assert data["credentials"] == [
        {
            "name": "url",
            "label": "address of the server",
            "secret": False,
            "variable": "ORPHEUS_SANDBOX_URL",
            "is_set": True,
        },
        {
            "name": "token",
            "label": "token, sent along; this server asks for none",
            "secret": True,
            "variable": "ORPHEUS_SANDBOX_TOKEN",
            "is_set": False,
        },
    ]


def test_an_unknown_service_gets_a_suggestion(orpheus: Orpheus) -> None:
    """Status 10: no plugin brings it."""
    ended = orpheus("service", "info", "sandbax")
    assert (ended.status, ended.out) == (10, "")
    assert "  next  did you mean sandbox?\n" in ended.err


def test_without_a_service_the_list_says_how_to_get_one(orpheus: Orpheus) -> None:
    """An empty table would leave a newcomer alone."""
    orpheus.setenv("ORPHEUS_PLUGINS_DISABLED", "sandbox,deezer,qobuz,assistant")
    ended = orpheus("service", "list")
    assert (ended.status, ended.out) == (0, "")
    assert "No service is installed." in ended.err


def test_a_plugin_without_a_manifest_is_asked_on_request(orpheus: Orpheus, plugin: Install) -> None:
    """It would have to be imported; that it was not asked is said."""
    plugin("bare", BRINGS_A_SERVICE)

    ended = orpheus("service", "list")
    assert ended.status == 0
    assert "\nbare " not in ended.out
    assert ended.err == "not asked: bare (it has no manifest): orpheus service list --all\n"
    assert orpheus("--json", "service", "list").document["data"]["not_asked"] == ["bare"]

    ended = orpheus("service", "list", "--all")
    assert "\nbare " in "\n" + ended.out
    assert ended.err == ""


def test_the_service_of_such_a_plugin_is_found_by_its_name(
    orpheus: Orpheus, plugin: Install
) -> None:
    """Asking for it is reason enough to ask its plugin; asking for another is none."""
    plugin("bare", BRINGS_A_SERVICE)
    plugin("boom", "raise SystemExit(3)")
    assert orpheus("service", "info", "sandbox").err == ""
    ended = orpheus("service", "info", "bare")
    assert ended.status == 0
    assert ended.out.startswith("bare   Bare, from orpheus-bare 1.2.3\n")
    assert "warning[plugin.load-failed]: orpheus-boom" in ended.err
    assert orpheus("service", "info", "nowhere").status == 10


def test_a_service_of_a_manifest_is_shown_without_an_import(
    orpheus: Orpheus, plugin: Install
) -> None:
    """This one could not be imported."""
    manifest = (
        '[[hooks]]\nname = "orpheus_modules"\n[[services]]\nid = "shy"\nname = "Shy"\n'
        'kinds = ["album"]\nfeatures = ["search"]\nhosts = ["shy.example"]\n'
    )
    plugin("shy", "raise SystemExit(3)", manifest)
    assert "\nshy " in orpheus("service", "list").out
    ended = orpheus("service", "info", "shy")
    assert (ended.status, ended.err) == (0, "")
    assert "  hosts        shy.example\n" in ended.out
