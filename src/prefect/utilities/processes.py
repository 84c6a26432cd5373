"""Processes, as the holders of leases name them: `host:pid:id`."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from uuid import UUID


def lives_here(holder: str) -> bool:
    """Whether a holder is a process of this machine that is alive."""
    pid = _pid_here(holder)
    return pid is not None and _exists(pid)


def those_of_the_dead(holders: Mapping[UUID, str]) -> dict[UUID, str]:
    """The runs that are held by processes of this machine that are gone."""
    return {run: holder for run, holder in holders.items() if _died_here(holder)}


def _died_here(holder: str) -> bool:
    pid = _pid_here(holder)
    return pid is not None and not _exists(pid)


def _pid_here(holder: str) -> int | None:
    host, _, pid = holder.rpartition(":")[0].rpartition(":")
    return int(pid) if host == platform.node() and pid.isdigit() else None


def _exists(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))
