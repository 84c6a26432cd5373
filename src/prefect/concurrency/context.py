"""Door: the slots that are given back when a block ends."""

from prefect._outside.slot_contexts import ConcurrencyContext

__all__ = ["ConcurrencyContext"]
