"""The log of events: where they are kept, and how they are found again."""

from orpheus_core.brain.log.event_log import EventLog, LogSource, short_id
from orpheus_core.brain.log.export import ExportFormat
from orpheus_core.brain.log.sink import EventSink
from orpheus_core.brain.log.summary import LogStats, Run

__all__ = [
    "EventLog",
    "EventSink",
    "ExportFormat",
    "LogSource",
    "LogStats",
    "Run",
    "short_id",
]
