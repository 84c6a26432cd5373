"""Door: types for the fields of blocks, which live in `prefect.types`."""

from prefect.types import SecretDict

__all__ = ["SecretDict"]
