"""Door: models that packages derive their own from."""

from prefect._outside.models import ActionBaseModel, IDBaseModel, ObjectBaseModel, PrefectBaseModel

__all__ = ["ActionBaseModel", "IDBaseModel", "ObjectBaseModel", "PrefectBaseModel"]
