"""A plugin that adds hooks may implement them itself, with or without a manifest."""

from __future__ import annotations

import orpheus_core as oc
from orpheus_core.plugins import HookFailure, PluginHost


class TidyHooks:
    @oc.hookspec
    def orpheus_tidy_folders(self) -> list[str]:
        """Answer with folders. Verb: collect."""
        raise NotImplementedError


class Tidy:
    @oc.hookimpl
    def orpheus_add_hookspecs(self) -> list[object]:
        return [TidyHooks]

    @oc.hookimpl
    def orpheus_tidy_folders(self) -> list[str]:
        return ["its own"]


class Other:
    @oc.hookimpl
    def orpheus_tidy_folders(self) -> list[str]:
        return ["of another"]


def test_its_own_implementation_answers_beside_those_of_others() -> None:
    """In the order that all hooks have."""
    host = PluginHost()
    host.register("tidy", Tidy())
    host.register("other", Other())

    answers = host.collect("orpheus_tidy_folders", str)

    assert [(each.plugin, each.value) for each in answers] == [
        ("other", "of another"),
        ("tidy", "its own"),
    ]


def test_a_misspelled_hook_of_its_own_is_reported() -> None:
    """It would never be called; the plugin's other hooks are."""

    class Misspells(Tidy):
        @oc.hookimpl
        def orpheus_tidy_folder(self) -> list[str]:
            return []

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("tidy", Misspells())

    assert "there is no hook orpheus_tidy_folder; did you mean orpheus_tidy_folders?" in str(
        failures[0].error
    )
    assert host.record("tidy").state is oc.PluginState.FAILED
    assert [each.value for each in host.collect("orpheus_tidy_folders", str)] == ["its own"]


def test_a_hook_of_another_plugin_is_not_taken_for_its_own() -> None:
    """Only names that begin with the plugin's id can be added."""

    class Strays(Tidy):
        @oc.hookimpl
        def orpheus_mess_folders(self) -> list[str]:
            return []

    host = PluginHost()
    host.register("tidy", Strays())

    record = host.record("tidy")
    assert (record.state, record.hooks) == (oc.PluginState.FAILED, ())
    assert "there is no hook orpheus_mess_folders" in record.reason
