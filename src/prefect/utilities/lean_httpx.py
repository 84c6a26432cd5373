"""httpx, without its command line.

Where click and rich are installed, `import httpx` loads them and pygments for a command that nobody here calls, which
takes longer than all the rest of it.
"""

import sys

COMMAND = "httpx._main"

_was_loaded = "httpx" in sys.modules
if not _was_loaded:
    sys.modules[COMMAND] = None  # type: ignore[assignment]  # so a module is told to be absent
try:
    import httpx
finally:
    if not _was_loaded:
        del sys.modules[COMMAND]

__all__ = ["httpx"]
