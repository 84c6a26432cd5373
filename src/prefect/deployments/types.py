"""Door: how a deployment names its flow."""

from prefect.types.entrypoint import EntrypointType

__all__ = ["EntrypointType"]
