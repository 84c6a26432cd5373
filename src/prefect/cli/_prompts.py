"""Door: the flows in a folder."""

from prefect._outside.commands import search_for_flow_functions

__all__ = ["search_for_flow_functions"]
