"""Whether less than the quality that was asked for is taken. Built-in plugin ``core-quality``."""

from __future__ import annotations

from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.questions import QualityQuestion, Question, Verdict
from orpheus_core.errors import UnknownWord
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Quality


class QualityDecider:
    """Takes what is offered down to the floor that the person named, and nothing below."""

    @hookimpl(trylast=True)
    def orpheus_decide(self, question: Question) -> Decision | None:
        """Answer questions about qualities; pass on what is no word for one."""
        if not isinstance(question, QualityQuestion):
            return None
        try:
            offered, floor = Quality.parse(question.offered), Quality.parse(question.floor)
        except UnknownWord:
            return None
        if offered >= floor:
            reason = f"{offered.value} is not below the floor, {floor.value}"
            return Decision(verdict=Verdict.GO_ON, reason=reason)
        reason = f"{offered.value} is below the floor, {floor.value}"
        return Decision(verdict=Verdict.GIVE_UP, reason=reason)
