"""Door: taking slots in one place that are given back in another."""

from prefect._outside.slot_services import (
    ConcurrencySlotAcquisitionService,
    ConcurrencySlotAcquisitionWithLeaseService,
)

__all__ = ["ConcurrencySlotAcquisitionService", "ConcurrencySlotAcquisitionWithLeaseService"]
