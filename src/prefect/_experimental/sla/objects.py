"""Door: service level agreements, as programs for a hosted service write them."""

from prefect._outside.agreements import FrequencySla, LatenessSla, ServiceLevelAgreement, SlaTypes, TimeToCompletionSla

__all__ = ["FrequencySla", "LatenessSla", "ServiceLevelAgreement", "SlaTypes", "TimeToCompletionSla"]
