"""What is wrong with a template, in JSON."""

from __future__ import annotations

from prefect._orchestration.templates import TemplateFault
from prefect._wire.models import Answer


class Fault(Answer):
    line: int
    message: str
    source: str


class TemplateRefused(Answer):
    error: Fault

    @classmethod
    def telling(cls, fault: TemplateFault, source: str) -> TemplateRefused:
        """What is wrong with a template of this text."""
        return cls(error=Fault(line=fault.line, message=fault.message, source=source))
