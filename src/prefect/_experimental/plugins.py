"""Door: hooks of plugins, which live in `prefect.plugins` (prefect-aws, -azure)."""

from prefect.plugins import HookContext, SetupResult, register_hook

__all__ = ["HookContext", "SetupResult", "register_hook"]
