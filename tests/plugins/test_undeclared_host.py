"""A plugin talks to the hosts that it named, and to no other unless the person says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import attrs
import pytest
from tests.plugins.wheelhouse import Ended, Package, Place, install

from orpheus_core import ExitStatus
from orpheus_core.testing.faultserver import FaultServer, answer

TOKEN = "canary-6f1d0c55aa"

# It may talk to 127.0.0.1; localhost is the same machine by a name that it did not give.
CODE = """
import attrs
import orpheus_core as oc

@attrs.frozen
class Page:
    name: str

class Module:
    info = oc.ServiceInfo(
        id="{plugin}",
        name="Straying",
        kinds=frozenset({{oc.MediaKind.ALBUM}}),
        features=frozenset(),
        hosts={hosts},
        credentials=(
            oc.CredentialField(name="url", label="the server's address", secret=False),
            oc.CredentialField(name="token", label="the token"),
        ),
    )

    def resolve(self, client, ref):
        headers = {{"Authorization": "Bearer " + client.credential("token")}}
        page = client.get(client.credential("url"), Page, headers=headers)
        raise oc.ItemNotFound(f"this is the server of {{page.name}}")

    def file(self, client, track, wish):
        raise oc.ItemNotFound("there is none")

    def search(self, client, kind, query, limit):
        return []

@oc.hookimpl
def orpheus_modules():
    return [Module()]
"""

MANIFEST = """
id = "{plugin}"
api = "1.0"

[[hooks]]
name = "orpheus_modules"

[[services]]
id = "{plugin}"
name = "Straying"
kinds = ["album"]
features = []
hosts = ["127.0.0.1"]
  [[services.credentials]]
  name = "url"
  label = "the server's address"
  secret = false
  [[services.credentials]]
  name = "token"
  label = "the token"
"""


def package(plugin: str, hosts: tuple[str, ...], *, manifest: bool) -> Package:
    return Package(
        plugin=plugin,
        code=CODE.format(plugin=plugin, hosts=hosts),
        manifest=MANIFEST.format(plugin=plugin) if manifest else None,
    )


PACKAGES = {
    "straying": package("straying", ("127.0.0.1",), manifest=True),
    "bare": package("bare", ("127.0.0.1",), manifest=False),
    "greedy": package("greedy", ("127.0.0.1", "localhost"), manifest=True),
}


class Servers(NamedTuple):
    """Two servers of one machine: the plugin's own, and another."""

    own: FaultServer
    other: FaultServer

    @property
    def own_url(self) -> str:
        """By the name that the plugin gave."""
        return self.own.url

    @property
    def other_url(self) -> str:
        """By a name that the plugin did not give."""
        return f"http://localhost:{self.other.port}/page"


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return tuple(install(PACKAGES.values(), tmp_path_factory.mktemp("wheelhouse")))


@pytest.fixture
def servers() -> Iterator[Servers]:
    page = answer(body=b'{"name": "somebody"}', headers={"Content-Type": "application/json"})
    other = FaultServer(page)
    with other:
        there = answer(302, headers={"Location": f"http://localhost:{other.port}/page"})
        with FaultServer(there) as own:
            yield Servers(own, other)


@pytest.fixture
def place(sites: tuple[Path, ...], tmp_path: Path) -> Place:
    return Place(home=tmp_path / "home", sites=sites)


def ask(place: Place, plugin: str, url: str) -> Ended:
    """Have the plugin send a request with its token to *url*."""
    name = plugin.upper()
    place = attrs.evolve(
        place, environ={f"ORPHEUS_{name}_URL": url, f"ORPHEUS_{name}_TOKEN": TOKEN}
    )
    ended = place.orpheus("--json", "download", f"{plugin}:album:1", "--to", place.home / "music")
    assert TOKEN not in ended.out + ended.err
    return ended


def allow(place: Place, plugin: str) -> None:
    place.configure(f'[network]\nextra_hosts = ["{plugin}:localhost"]\n')


def expect_refusal(ended: Ended, plugin: str) -> None:
    """It names the plugin, the host, and the setting that allows it."""
    assert ended.status == ExitStatus.PLUGIN, ended
    error = ended.document["error"]
    assert error["code"] == "plugin.undeclared-host"
    assert plugin in error["title"]
    assert "localhost" in error["title"]
    next_step = error["actions"][0]["label"]
    assert "network.extra_hosts" in next_step
    assert f'"{plugin}:localhost"' in next_step


@pytest.mark.parametrize("plugin", ["straying", "bare"])
def test_a_host_that_the_plugin_did_not_name_is_refused_by_name(
    place: Place, servers: Servers, plugin: str
) -> None:
    """Before anything is sent: no connection is made."""
    expect_refusal(ask(place, plugin, servers.other_url), plugin)
    assert servers.other.connections == 0


def test_a_host_that_the_code_names_and_the_manifest_does_not_is_refused(
    place: Place, servers: Servers
) -> None:
    """The manifest is what a person could read before the code ran."""
    ended = ask(place, "greedy", servers.other_url)
    assert ended.status == ExitStatus.PLUGIN, ended
    assert "greedy" in ended.document["error"]["title"]
    assert "localhost" in ended.out
    assert servers.other.connections == 0


@pytest.mark.parametrize("plugin", ["straying", "bare"])
def test_the_setting_allows_the_host(place: Place, servers: Servers, plugin: str) -> None:
    """For that plugin: the request arrives, with what the plugin sends along."""
    allow(place, plugin)
    ended = ask(place, plugin, servers.other_url)
    assert ended.status == ExitStatus.NOT_FOUND, ended
    assert ended.document["error"]["title"] == "this is the server of somebody"
    assert servers.other.requests[0].header("Authorization") == f"Bearer {TOKEN}"


def test_the_setting_of_another_plugin_allows_nothing(place: Place, servers: Servers) -> None:
    """Each plugin for itself."""
    allow(place, "bare")
    expect_refusal(ask(place, "straying", servers.other_url), "straying")
    assert servers.other.connections == 0


def test_a_redirect_to_a_host_that_the_plugin_did_not_name_is_refused(
    place: Place, servers: Servers
) -> None:
    """The plugin's own server cannot send it where it may not go by itself."""
    expect_refusal(ask(place, "straying", servers.own_url), "straying")
    assert len(servers.own.requests) == 1
    assert servers.other.connections == 0


def test_an_allowed_redirect_is_followed_without_the_credentials(
    place: Place, servers: Servers
) -> None:
    """They were for the first server alone."""
    allow(place, "straying")
    ended = ask(place, "straying", servers.own_url)
    assert ended.status == ExitStatus.NOT_FOUND, ended
    assert servers.own.requests[0].header("Authorization") == f"Bearer {TOKEN}"
    request = servers.other.requests[0]
    assert request.header("Authorization") is None
    assert TOKEN not in repr(request)
