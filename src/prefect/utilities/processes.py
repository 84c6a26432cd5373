"""Processes, as the holders of leases name them: `host:pid:id`."""

from __future__ import annotations

import platform


def lives_here(holder: str) -> bool:
    """Whether a holder is a process of this machine that is alive."""
    import psutil

    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    return host == platform.node() and rest.isdigit() and bool(psutil.pid_exists(int(rest)))
