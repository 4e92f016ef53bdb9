"""``orpheus service``: what is installed, and what it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus


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
