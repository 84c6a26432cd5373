"""Door: taking slots of the limits of tags."""

from prefect._outside.slot_services import (
    ConcurrencySlotAcquisitionServiceError,
)
from prefect._outside.slot_services import (
    TagSlotAcquisitionService as ConcurrencySlotAcquisitionService,
)

__all__ = ["ConcurrencySlotAcquisitionService", "ConcurrencySlotAcquisitionServiceError"]
