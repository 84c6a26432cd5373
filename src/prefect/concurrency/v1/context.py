"""Door: the slots of tags that are given back when a block ends."""

from prefect._outside.slot_contexts import TagConcurrencyContext as ConcurrencyContext

__all__ = ["ConcurrencyContext"]
