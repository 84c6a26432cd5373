"""Door: carrying bundles out, by its older place (prefect-aws, -azure, -gcp)."""

from prefect.bundles.execute import execute_bundle, execute_bundle_from_file

__all__ = ["execute_bundle", "execute_bundle_from_file"]
