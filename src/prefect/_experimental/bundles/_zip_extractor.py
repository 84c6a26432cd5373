"""Door: the archive of a bundle's files, by its older place (prefect-aws, -azure, -gcp)."""

from prefect.bundles.included import ZipExtractor

__all__ = ["ZipExtractor"]
