"""Door: how a block is ended whose slots were lost (programs that handle it import it from here)."""

from asyncio import CancelledError

__all__ = ["CancelledError"]
