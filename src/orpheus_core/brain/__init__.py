"""Events, advice, decisions: a dispatcher of hooks over whatever is installed."""

from orpheus_core.brain.advice import Action, Advice, Applicability, Situation
from orpheus_core.brain.brain import Brain
from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.checks import Check, Finding
from orpheus_core.brain.correlation import (
    carried,
    correlated,
    correlation_environment,
    current_correlation,
    inherited_correlation,
)
from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.event_json import document_of, event_of
from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.hooks import Hooks
from orpheus_core.brain.ids import new_id
from orpheus_core.brain.kind import Area, Kind
from orpheus_core.brain.kinds import KINDS, faults_of
from orpheus_core.brain.log import EventSink
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.mitigations import Mitigations
from orpheus_core.brain.plugin_context import PluginContext
from orpheus_core.brain.prediction import Predicted, Prediction
from orpheus_core.brain.questions import (
    Attempted,
    ConversionQuestion,
    EndpointQuestion,
    LoginQuestion,
    QualityQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
    Verdict,
)
from orpheus_core.brain.rules import EventPattern, Per, Range, Rule, RuleAdvice
from orpheus_core.brain.subscription import Subscription

__all__ = [
    "KINDS",
    "Action",
    "Advice",
    "Applicability",
    "Area",
    "Attempted",
    "Brain",
    "Check",
    "ConversionQuestion",
    "Decision",
    "EndpointQuestion",
    "Event",
    "EventBus",
    "EventPattern",
    "EventSink",
    "Finding",
    "Hooks",
    "Kind",
    "LoginQuestion",
    "Mitigation",
    "MitigationKind",
    "Mitigations",
    "Per",
    "PluginContext",
    "Predicted",
    "Prediction",
    "QualityQuestion",
    "Question",
    "QueueQuestion",
    "Range",
    "RetryQuestion",
    "Rule",
    "RuleAdvice",
    "Scalar",
    "Severity",
    "Situation",
    "Subscription",
    "Verdict",
    "carried",
    "correlated",
    "correlation_environment",
    "current_correlation",
    "document_of",
    "event_of",
    "faults_of",
    "inherited_correlation",
    "new_id",
]
