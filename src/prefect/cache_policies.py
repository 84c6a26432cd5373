"""Cache policies: from what a task run's cache key is made.

Policies are added (`INPUTS + TASK_SOURCE`), and an argument can be taken out (`INPUTS - "debug"`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prefect.exceptions import HashError
from prefect.utilities.hashing import hash_objects, stable_hash


@dataclass
class CachePolicy:
    """From what a cache key is made, where the results are kept, and how runs that share a key are kept apart."""

    key_storage: Any = None
    isolation_level: Any = None
    lock_manager: Any = None

    def configure(
        self, key_storage: str | Path | None = None, lock_manager: Any = None, isolation_level: Any = None
    ) -> CachePolicy:
        """A copy with these in place of its own."""
        given = {"key_storage": key_storage, "lock_manager": lock_manager, "isolation_level": isolation_level}
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        """The key of a run, or None where it has none."""
        raise NotImplementedError

    @staticmethod
    def from_cache_key_fn(cache_key_fn: Callable[[Any, dict[str, Any]], str | None]) -> CachePolicy:
        """A policy whose key a function makes of the task run's context and its parameters."""
        return CacheKeyFnPolicy(cache_key_fn=cache_key_fn)

    def __add__(self, other: CachePolicy) -> CachePolicy:
        for name in ("key_storage", "isolation_level", "lock_manager"):
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours is not None and theirs is not None and ours != theirs:
                raise ValueError(f"Policies with different {name.replace('_', ' ')}s cannot be added.")
        policies = [part for whole in (self, other) for part in getattr(whole, "policies", [whole])]
        return CompoundCachePolicy(
            key_storage=self.key_storage or other.key_storage,
            isolation_level=self.isolation_level or other.isolation_level,
            lock_manager=self.lock_manager or other.lock_manager,
            policies=[part for part in policies if not isinstance(part, _None)],
        )

    def __sub__(self, argument: str) -> CachePolicy:
        raise TypeError(f"An argument can be taken out of INPUTS, not out of {type(self).__name__}.")


@dataclass
class CompoundCachePolicy(CachePolicy):
    """A key made of the keys of several policies."""

    policies: list[CachePolicy] = field(default_factory=list)

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        keys = [policy.compute_key(task_ctx, inputs, flow_parameters, **kwargs) for policy in self.policies]
        known = [key for key in keys if key]
        return stable_hash("\0".join(known)) if known else None

    def __sub__(self, argument: str) -> CachePolicy:
        _require_name(argument)
        parts = [part - argument if isinstance(part, Inputs) else part for part in self.policies]
        if not any(isinstance(part, Inputs) for part in parts):
            raise TypeError("An argument can be taken out of INPUTS, which is no part of this policy.")
        return replace(self, policies=parts)


@dataclass
class CacheKeyFnPolicy(CachePolicy):
    """A key that a user's function makes."""

    cache_key_fn: Callable[[Any, dict[str, Any]], str | None] | None = None

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return self.cache_key_fn(task_ctx, dict(inputs)) if self.cache_key_fn else None


class TaskSource(CachePolicy):
    """The source of the task's function."""

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return stable_hash(_source(task_ctx.task.fn))


def _source(fn: Any) -> str:
    try:
        return inspect.getsource(fn)
    except (OSError, TypeError):
        code = fn.__code__
        return f"{code.co_code.hex()}{code.co_consts!r}"


class RunId(CachePolicy):
    """The flow run's id; outside of flows the task run's."""

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return str(task_ctx.task_run.flow_run_id or task_ctx.task_run.id)


class FlowParameters(CachePolicy):
    """The parameters of the flow run."""

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return hash_objects(dict(flow_parameters), raise_on_failure=True) if flow_parameters else None


@dataclass
class Inputs(CachePolicy):
    """The task's arguments, but for those excluded."""

    exclude: list[str] = field(default_factory=list)

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        counted = {name: value for name, value in sorted((inputs or {}).items()) if name not in self.exclude}
        if not counted:
            return None
        try:
            return hash_objects(counted, raise_on_failure=True)
        except HashError as error:
            raise ValueError(f"No cache key can be made of the inputs {sorted(counted)}: {error}") from error

    def __sub__(self, argument: str) -> CachePolicy:
        _require_name(argument)
        return replace(self, exclude=[*self.exclude, argument])


class _None(CachePolicy):
    """No key: nothing is cached."""

    def compute_key(
        self, task_ctx: Any, inputs: Mapping[str, Any], flow_parameters: Mapping[str, Any], **kwargs: Any
    ) -> str | None:
        return None


def _require_name(argument: Any) -> None:
    if not isinstance(argument, str):
        raise TypeError(f"Only the name of an argument can be taken out of a policy; {argument!r} is none.")


INPUTS = Inputs()
TASK_SOURCE = TaskSource()
RUN_ID = RunId()
FLOW_PARAMETERS = FlowParameters()
NO_CACHE = _None()
NONE = NO_CACHE
DEFAULT = INPUTS + TASK_SOURCE + RUN_ID

__all__ = [
    "DEFAULT",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NONE",
    "NO_CACHE",
    "RUN_ID",
    "TASK_SOURCE",
    "CacheKeyFnPolicy",
    "CachePolicy",
    "CompoundCachePolicy",
    "FlowParameters",
    "Inputs",
    "RunId",
    "TaskSource",
]
