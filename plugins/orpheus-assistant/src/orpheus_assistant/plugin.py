"""The entry point: what this package brings to Orpheus.

As an installed plugin it is one for the process. Whoever opens several applications at once
and wants one for each hands it over: ``oc.Orpheus(plugins={"assistant": Assistant()})``.
"""

from __future__ import annotations

from orpheus_assistant.assistant import Assistant

_ASSISTANT = Assistant()

orpheus_event = _ASSISTANT.orpheus_event
orpheus_advise = _ASSISTANT.orpheus_advise
orpheus_teardown = _ASSISTANT.orpheus_teardown
