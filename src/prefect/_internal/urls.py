"""Door: texts in which addresses stand (prefect-bitbucket, -github, -gitlab)."""

from prefect._outside.texts import strip_auth_from_urls_in_text

__all__ = [
    "strip_auth_from_urls_in_text",
]
