"""Metrics as Prometheus reads them: named numbers with labels, in its text format (version 0.0.4).

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Sample(NamedTuple):
    """One number of a metric; of a histogram the suffix says which."""

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""


class Metric(NamedTuple):
    """A counter grows until its program starts anew, a gauge goes up and down; the help is one line."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: Sequence[Sample]


def gauge(name: str, help: str, value: float) -> Metric:
    """A gauge of one number."""
    return Metric(name, "gauge", help, [Sample(value)])


def by_label(label: str, values: Mapping[str, float]) -> list[Sample]:
    """A sample for each value of one label."""
    return [Sample(value, {label: name}) for name, value in values.items()]


def exposition(metrics: Iterable[Metric]) -> str:
    """The metrics as text; one without samples is left out."""
    return "".join(line for metric in metrics if metric.samples for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n"
    for sample in metric.samples:
        labels = ",".join(f'{name}="{value.translate(ESCAPED)}"' for name, value in sample.labels.items())
        yield f"{metric.name}{sample.suffix}{{{labels}}} {sample.value!r}\n".replace("{} ", " ")
