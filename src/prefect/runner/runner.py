"""Door: `Runner`, by the name of an inner module of older versions."""

from prefect.deployments.runners import Runner

__all__ = ["Runner"]
