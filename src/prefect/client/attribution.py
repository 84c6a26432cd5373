"""Door: who asks, as headers of requests."""

from prefect._outside.attribution import get_attribution_headers

__all__ = ["get_attribution_headers"]
