"""A host that was not named is refused by name, with the setting that allows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orpheus_core import errors
from orpheus_core.brain import Brain, EventBus
from orpheus_core.config import NetworkSettings, load_settings
from orpheus_core.network import NetworkManager
from orpheus_core.network.hosts import Exceptions
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing import FaultServer, answer
from orpheus_core.testing.clock import SimClock

FILE = Path("/home/u/config.toml")


def manager(*extra_hosts: str, **options: object) -> NetworkManager:
    plugins = PluginHost()
    settings = NetworkSettings(extra_hosts=extra_hosts)
    made = NetworkManager(
        plugins=plugins,
        brain=Brain(plugins, EventBus(SimClock(), Redactor())),
        clock=SimClock(),
        settings=settings,
        redactor=Redactor(),
        settings_file=FILE,
        **options,  # type: ignore[arg-type] # the test's own
    )
    plugins.register_builtins({"core-transport": made.transport}, "0")
    return made


def refusal(network: NetworkManager, url: str, service: str = "shop") -> errors.UndeclaredHost:
    with pytest.raises(errors.UndeclaredHost) as caught:
        network.request("GET", url, service=service)
    network.close()
    return caught.value


@pytest.mark.parametrize(
    ("service", "plugin", "who"),
    [
        ("shop", "", "service shop"),
        ("shop", "shop", "plugin shop"),
        ("shop", "market", "service shop of plugin market"),
    ],
)
def test_the_one_who_did_not_name_the_host_is_named(service: str, plugin: str, who: str) -> None:
    """The service, and the plugin that brings it."""
    network = manager()
    network.declare(service, hosts=["api.example"], plugin=plugin)
    error = refusal(network, "https://cdn.example/x?token=abc")
    assert error.title == f"{who} did not name the host cdn.example"
    assert error.evidence == {"host": "cdn.example", "service": "shop", "plugin": plugin or None}
    assert error.done == "nothing was sent there"


def test_the_setting_that_allows_it_is_given_as_it_is_written() -> None:
    """With what is allowed already, so that the line can be put in place of the old one."""
    network = manager("other:a.example")
    network.declare("shop", hosts=["api.example"])
    assert refusal(network, "https://CDN.example:8443/").next_step == (
        f'network.extra_hosts = ["other:a.example", "shop:cdn.example"] in {FILE} allows it'
    )


@pytest.mark.parametrize("host", ["cdn.example", "[::1]", "bücher.example", "192.0.2.7"])
def test_the_line_that_is_suggested_is_a_setting_that_admits_the_host(
    host: str, tmp_path: Path
) -> None:
    """Whoever pastes it has what they wanted."""
    line = Exceptions(NetworkSettings(), str(FILE)).setting_for("shop", host.strip("[]"))
    file = tmp_path / "config.toml"
    file.write_text(line.partition(" in ")[0], encoding="utf-8")
    settings = load_settings(file).network
    assert settings.extra_hosts == (f"shop:{host}",)
    assert Exceptions(settings).of("shop") == (host,)


@pytest.mark.parametrize("host", ['a"]\nx', "a b", "*", "(no host)", "a'b", "a\\b"])
def test_what_is_no_host_is_never_suggested(host: str) -> None:
    """A link is hostile: nothing of it may become another setting."""
    assert Exceptions(NetworkSettings(), str(FILE)).setting_for("shop", host) == ""


def test_a_host_that_a_person_allows_is_talked_to() -> None:
    """By the service that it is allowed to, and by no other."""
    network = manager("shop:127.0.0.1", "other:*.example")
    network.declare("shop", hosts=["api.example"])
    network.declare("third", hosts=["api.example"])
    with FaultServer(answer(body=b"here")) as server:
        assert network.request("GET", server.url, service="shop").content == b"here"
        assert refusal(network, server.url, service="third").evidence["host"] == "127.0.0.1"
    assert len(server.requests) == 1


def test_a_redirect_to_a_host_that_was_not_named_says_the_same() -> None:
    """And that it may be the sign-in page of a network."""
    network = manager()
    network.declare("shop", hosts=["127.0.0.1"])
    with FaultServer(answer(302, headers={"Location": "https://cdn.example/x"})) as server:
        error = refusal(network, server.url)
    assert "127.0.0.1 redirected there" in error.why
    assert error.next_step == (
        f'if it is no such page: network.extra_hosts = ["shop:cdn.example"] in {FILE} allows it'
    )


def test_who_is_not_known_yet_is_looked_for_before_the_first_request() -> None:
    """A service is declared when it is first used, without anybody having to ask for it."""
    wanted: list[str] = []

    def find(name: str) -> None:
        wanted.append(name)
        if name == "shop":
            network.declare("shop", hosts=["127.0.0.1"])

    network = manager(find=find)
    with FaultServer(answer(), answer()) as server:
        for _ in range(2):
            network.request("GET", server.url, service="shop")
        error = refusal(network, server.url, service="other")
    assert wanted == ["shop", "other"]
    assert error.title == "service other is not known to the network"
