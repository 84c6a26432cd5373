"""Processes, as the holders of leases name them: `host:pid:id`."""

from __future__ import annotations

import platform


def lives_here(holder: str) -> bool:
    """Whether a holder is a process of this machine that is alive."""
    pid = _pid_here(holder)
    return pid is not None and _exists(pid)


def died_here(holder: str) -> bool:
    """Whether a holder was a process of this machine that is gone."""
    pid = _pid_here(holder)
    return pid is not None and not _exists(pid)


def _pid_here(holder: str) -> int | None:
    host, _, pid = holder.rpartition(":")[0].rpartition(":")
    return int(pid) if host == platform.node() and pid.isdigit() else None


def _exists(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))
