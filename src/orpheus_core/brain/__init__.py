"""Events, advice, decisions: a dispatcher of hooks over whatever is installed."""

from orpheus_core.brain.advice import Action, Advice, Applicability, Situation
from orpheus_core.brain.brain import Brain
from orpheus_core.brain.bus import EventBus, Subscription
from orpheus_core.brain.checks import Check, Finding
from orpheus_core.brain.correlation import correlated, current_correlation, new_id
from orpheus_core.brain.decisions import Decision, Question, QuestionKind, Verdict
from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.hooks import Hooks
from orpheus_core.brain.kinds import KINDS, Kind, faults_of
from orpheus_core.brain.plugin_context import PluginContext

__all__ = [
    "KINDS",
    "Action",
    "Advice",
    "Applicability",
    "Brain",
    "Check",
    "Decision",
    "Event",
    "EventBus",
    "Finding",
    "Hooks",
    "Kind",
    "PluginContext",
    "Question",
    "QuestionKind",
    "Scalar",
    "Severity",
    "Situation",
    "Subscription",
    "Verdict",
    "correlated",
    "current_correlation",
    "faults_of",
    "new_id",
]
