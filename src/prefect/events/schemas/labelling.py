"""Door: what has labels."""

from prefect._wire.events import Labelled

__all__ = ["Labelled"]
