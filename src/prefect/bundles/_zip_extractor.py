"""Door: the archive of a bundle's files (prefect-aws, -azure, -gcp)."""

from prefect.bundles.included import ZipExtractor

__all__ = ["ZipExtractor"]
