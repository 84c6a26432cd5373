"""Triggers in JSON, which is also how programs write them: `prefect.events` has these classes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainSerializer, Tag, WithJsonSchema, model_validator
from typing_extensions import Self

from prefect._domain import triggers as domain
from prefect._wire.models import Seconds, Text

Values = Text | list[Text]
ResourceSpecification = dict[Text, Values]
Labels = Annotated[set[Text], PlainSerializer(sorted, return_type=list[str])]
Id = Annotated[UUID | None, WithJsonSchema({"type": "string", "format": "uuid"}, mode="serialization")]
"""An id that a client may leave out, and that every answer has."""


class _Trigger(BaseModel):
    model_config = ConfigDict(extra="ignore", from_attributes=True, defer_build=True)

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        self.trigger()
        return self

    def trigger(self) -> Any:
        """The trigger that this says. Raises `ValueError` for one that could never fire."""
        raise NotImplementedError


class EventTrigger(_Trigger):
    type: Literal["event"] = "event"
    id: Id = None
    match: ResourceSpecification = Field(default_factory=dict)
    match_related: ResourceSpecification | list[ResourceSpecification] = Field(default_factory=dict)
    after: Labels = Field(default_factory=set)
    expect: Labels = Field(default_factory=set)
    for_each: Labels = Field(default_factory=set)
    posture: Literal["Reactive", "Proactive"]
    threshold: Annotated[int, Field(le=2**31)] = 1
    within: Seconds = timedelta(0)

    def trigger(self) -> domain.EventTrigger:
        return domain.EventTrigger(
            id=self.id,
            match=self.match,
            match_related=self.match_related,
            after=frozenset(self.after),
            expect=frozenset(self.expect),
            for_each=frozenset(self.for_each),
            posture=domain.Posture(self.posture),
            threshold=self.threshold,
            within=self.within,
        )


class CompoundTrigger(_Trigger):
    type: Literal["compound"] = "compound"
    id: Id = None
    triggers: list[AnyTrigger]
    within: Seconds | None
    require: int | Literal["any", "all"]

    def trigger(self) -> domain.CompoundTrigger:
        parts = tuple(part.trigger() for part in self.triggers)
        return domain.CompoundTrigger(id=self.id, triggers=parts, within=self.within, require=self.require)


class SequenceTrigger(_Trigger):
    type: Literal["sequence"] = "sequence"
    id: Id = None
    triggers: list[AnyTrigger]
    within: Seconds | None

    def trigger(self) -> domain.SequenceTrigger:
        parts = tuple(part.trigger() for part in self.triggers)
        return domain.SequenceTrigger(id=self.id, triggers=parts, within=self.within)


class MetricTriggerQuery(BaseModel):
    """Which figure is watched, and what is wrong with it."""

    name: domain.PrefectMetric
    threshold: float
    operator: domain.MetricTriggerOperator
    range: Seconds = domain.SHORTEST_RANGE
    firing_for: Seconds = domain.SHORTEST_RANGE


class MetricTrigger(_Trigger):
    """A trigger that programs may write; no server of ours measures, so none takes it."""

    type: Literal["metric"] = "metric"
    posture: Literal["Metric"] = "Metric"
    metric: MetricTriggerQuery

    def trigger(self) -> domain.MetricTrigger:
        return domain.MetricTrigger(**dict(self.metric))


def type_of(value: Any) -> str:
    """Of which type a trigger is that somebody wrote; who says none means events, or parts where there are some."""
    fields = value if isinstance(value, Mapping) else {"type": getattr(value, "type", None)}
    if fields.get("type") is None and fields.get("posture") == domain.Posture.Metric.value:
        return "metric"
    if fields.get("type") is None and "triggers" in fields:
        return "compound" if "require" in fields else "sequence"
    return str(fields.get("type") or "event")


if TYPE_CHECKING:  # the checker knows no tags
    AnyTrigger = EventTrigger | CompoundTrigger | SequenceTrigger
else:
    AnyTrigger = Annotated[
        Annotated[EventTrigger, Tag("event")]
        | Annotated[CompoundTrigger, Tag("compound")]
        | Annotated[SequenceTrigger, Tag("sequence")],
        Discriminator(type_of),
    ]
