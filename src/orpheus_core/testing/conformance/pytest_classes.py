"""The kit as classes for pytest: one test for each rule.

::

    from orpheus_core.testing import ServiceConformance

    class TestDeezer(ServiceConformance):
        plugin = "deezer"

gives ``TestDeezer.test_rule[service.links-lead-home]`` and the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orpheus_core.testing.conformance.candidate import (
    Candidate,
    as_samples,
    installed,
)
from orpheus_core.testing.conformance.catalogue import rules_of
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.rules import Outcome, Rule, judge
from orpheus_core.testing.conformance.subject import LIMIT_S, Subject

if TYPE_CHECKING:
    import pytest


class PluginConformance:
    """The rules that are for every plugin, whatever it brings.

    Attributes:
        plugin: the id of an installed plugin, or the plugin itself: a module, an instance, a
            class. Of one that is handed over nothing can be said of its import.
        plugin_id: its id, where the plugin itself is given.
        sample: what it is tried on, in the place of what its manifest names; a text names it
            as ``package.module:OBJECT``.
        level: rules of higher levels are left out.
        limit_s: how long one flow may take, in real seconds.
    """

    plugin: ClassVar[object] = None
    plugin_id: ClassVar[str] = "tried"
    sample: ClassVar[object] = None
    level: ClassVar[Level] = Level.GOLD
    limit_s: ClassVar[float] = LIMIT_S
    kinds: ClassVar[tuple[RuleKind, ...]] = (RuleKind.PLUGIN,)

    _subject: ClassVar[Subject | None] = None

    @classmethod
    def setup_class(cls) -> None:
        """Find the plugin and its sample."""
        candidate = (
            installed(cls.plugin)
            if isinstance(cls.plugin, str)
            else Candidate(id=cls.plugin_id, handed_over=cls.plugin)
        )
        if isinstance(cls.sample, str):
            candidate = candidate.with_sample(cls.sample)
            samples = None
        elif cls.sample is None:
            samples = None
        else:
            candidate = candidate.with_sample("")
            samples = as_samples(cls.sample, f"{cls.__name__}.sample")
        cls._subject = Subject(candidate, samples, limit_s=cls.limit_s).__enter__()

    @classmethod
    def teardown_class(cls) -> None:
        """Remove what was written meanwhile."""
        if cls._subject is not None:
            cls._subject.__exit__(None, None, None)
            cls._subject = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one test of each rule."""
        if "rule" in metafunc.fixturenames:
            rules = [rule for rule in rules_of(*self.kinds) if rule.level <= self.level]
            metafunc.parametrize("rule", rules, ids=[rule.code for rule in rules])

    def test_rule(self, rule: Rule) -> None:
        """Try one rule on the plugin."""
        import pytest

        if self._subject is None:
            pytest.fail("the plugin was not found")
        verdict = judge(rule, self._subject)
        if verdict.outcome is Outcome.SKIPPED:
            pytest.skip("; ".join(verdict.evidence))
        if verdict.outcome is Outcome.BROKEN:
            pytest.fail(str(verdict), pytrace=False)


class ServiceConformance(PluginConformance):
    """The rules for plugins that bring a service."""

    kinds = (RuleKind.PLUGIN, RuleKind.SERVICE)


class LoginConformance(PluginConformance):
    """The rules for plugins that bring a login."""

    kinds = (RuleKind.PLUGIN, RuleKind.LOGIN)


class AdvisorConformance(PluginConformance):
    """The rules for plugins that give advice."""

    kinds = (RuleKind.PLUGIN, RuleKind.ADVISOR)


class StageConformance(PluginConformance):
    """The rules for plugins that bring a stage."""

    kinds = (RuleKind.PLUGIN, RuleKind.STAGE)


class SecretBackendConformance(PluginConformance):
    """The rules for plugins that bring a secret backend."""

    kinds = (RuleKind.PLUGIN, RuleKind.SECRETS)
