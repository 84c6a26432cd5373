"""Door: what has labels, and labels read by the parts of their names."""

from prefect._domain.labels import LabelDiver
from prefect._wire.events import Labelled

__all__ = ["LabelDiver", "Labelled"]
