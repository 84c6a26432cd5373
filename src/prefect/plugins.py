"""Plugins: packages that set up the environment before anything else happens, for instance with credentials.

    from prefect.plugins import SetupResult, register_hook

    @register_hook
    def setup_environment(*, ctx):
        return SetupResult(env={"TOKEN": token_of_the_day()})

A package names its plugin in the entry-point group `prefect.plugins`. They are loaded where `PREFECT_PLUGINS_ENABLED`
is set: with the first import of `prefect`, and before each command.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from prefect._domain.version import VERSION
from prefect.blocks._kinds import COLLECTIONS
from prefect.logging.loggers import get_logger
from prefect.settings import Settings, get_current_settings
from prefect.utilities.asyncutils import waited_for

GROUP = "prefect.plugins"
PREFECT_PLUGIN_API_VERSION = "0.1"
HOOK = "setup_environment"
Fn = TypeVar("Fn", bound=Callable[..., Any])


@dataclass(frozen=True)
class HookContext:
    """What a hook is told."""

    prefect_version: str
    api_url: str | None
    logger_factory: Callable[[str], logging.Logger]


@dataclass(frozen=True)
class SetupResult:
    """What a hook wants: variables of the environment; whether it is an error that there are none."""

    env: Mapping[str, str]
    note: str | None = None
    required: bool = False


@dataclass(frozen=True)
class SetupSummary:
    """What became of a plugin's hook; values that look secret are hidden."""

    plugin: str
    env_preview: Mapping[str, str] | None = None
    note: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was found: loaded, or why not."""

    name: str
    place: str
    loaded: Any = None
    error: str | None = None
    requires: str | None = None


@dataclass
class _Done:
    """What has been done in this process."""

    summaries: list[SetupSummary] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)


_done = _Done()


def register_hook(fn: Fn | None = None, **options: Any) -> Any:
    """Mark a function as the hook of its name; options of pluggy's are taken and let be."""
    return fn if fn is not None else lambda marked: marked


def found_plugins(settings: Settings | None = None) -> list[Plugin]:
    """The plugins that are installed and allowed, each loaded where it can be."""
    said = (settings or get_current_settings()).plugins
    names = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    allowed = [entry for entry in names if said.allow is None or entry.name in said.allow]
    return [_loaded(entry) for entry in allowed if entry.name not in (said.deny or ())]


def _loaded(entry: EntryPoint) -> Plugin:
    try:
        plugin = entry.load()
    except Exception as error:  # noqa: BLE001  # foreign code may raise anything
        return Plugin(entry.name, entry.value, error=f"It cannot be loaded: {error}")
    requires = getattr(plugin, "PREFECT_PLUGIN_API_REQUIRES", None)
    unmet = requires is not None and not _is_met(entry.name, str(requires))
    reason = f"It needs the plugin API {requires}; this one is {PREFECT_PLUGIN_API_VERSION}." if unmet else None
    return Plugin(entry.name, entry.value, plugin, reason, requires)


def _is_met(name: str, requires: str) -> bool:
    try:
        specifiers = importlib.import_module("packaging.specifiers")
        return bool(specifiers.SpecifierSet(requires).contains(PREFECT_PLUGIN_API_VERSION))
    except (ImportError, ValueError) as error:
        get_logger("plugins").warning("What the plugin %r requires, %r, is not checked: %s", name, requires, error)
        return True


async def run_startup_hooks(ctx: HookContext) -> list[SetupSummary]:
    """Call the hooks and put into the environment what they want; what became of each.

    Raises `SystemExit` in strict mode for a plugin that failed, or that is required and wants nothing.
    """
    said = get_current_settings().plugins
    if not said.enabled:
        return []
    summaries = []
    for plugin in found_plugins():
        summary = SetupSummary(plugin.name, error=plugin.error)
        if plugin.error is None and not said.safe_mode:
            summary = await _set_up(plugin, ctx)
        if summary.error is not None:
            _fail(plugin.name, summary.error, strict=said.strict and plugin.requires is None)
        summaries.append(summary)
    return summaries


async def _set_up(plugin: Plugin, ctx: HookContext) -> SetupSummary:
    hook = getattr(plugin.loaded, HOOK, None)
    try:
        result = hook(ctx=ctx) if hook is not None else None
        result = await result if inspect.isawaitable(result) else result
        env = {str(name): str(value) for name, value in result.env.items()} if result is not None else {}
    except Exception as error:  # noqa: BLE001  # foreign code may raise anything
        return SetupSummary(plugin.name, error=f"{type(error).__name__}: {error}")
    if result is None:
        return SetupSummary(plugin.name)
    os.environ.update(env)
    missing = "It is required and sets nothing." if result.required and not env else None
    return SetupSummary(plugin.name, dict.fromkeys(env, "********"), result.note, missing)


def _fail(name: str, reason: str, *, strict: bool) -> None:
    if strict:
        raise SystemExit(f"[plugins] required plugin {name!r} failed: {reason}")
    get_logger("plugins").warning("The plugin %r is left out: %s", name, reason)


def set_up() -> list[SetupSummary]:
    """Run the hooks of plugins once in this process, within `plugins.setup_timeout_seconds`."""
    with _done.lock:
        if _done.summaries is None:
            _done.summaries = []
            _done.summaries = _within_its_time()
        return _done.summaries


def _within_its_time() -> list[SetupSummary]:
    """Run the hooks in this thread, which may be importing `prefect`: another one could import nothing of it now."""
    said = get_current_settings().plugins
    context = HookContext(VERSION, get_current_settings().api.url, get_logger)

    async def hooks() -> list[SetupSummary]:
        return await asyncio.wait_for(run_startup_hooks(context), said.setup_timeout_seconds)

    try:
        return waited_for(hooks())
    except asyncio.TimeoutError:
        _fail("*", f"Plugins took longer than {said.setup_timeout_seconds:g} s.", strict=said.strict)
        return []


def safe_load_entrypoints(entrypoints: Iterable[EntryPoint]) -> dict[str, Exception | Any]:
    """For each entry point what it loads, or the exception that it raised."""
    found: dict[str, Exception | Any] = {}
    for entry in entrypoints:
        try:
            found[entry.name] = entry.load()
        except Exception as error:  # noqa: BLE001  # foreign code may raise anything
            found[entry.name] = error
    return found


def load_prefect_collections(reload: bool = False) -> dict[str, Exception | Any]:
    """Import what installed packages bring (`prefect.collections`): each module, or the exception that it raised."""
    if reload or not _collections:
        _collections.clear()
        _collections.update(safe_load_entrypoints(entry_points(group=COLLECTIONS)))
    return dict(_collections)


_collections: dict[str, Exception | Any] = {}


class HookSpec:
    """The hooks that there are."""

    def setup_environment(self, *, ctx: HookContext) -> SetupResult | None:
        """Tell which variables the environment needs; may be async."""


__all__ = [
    "PREFECT_PLUGIN_API_VERSION",
    "HookContext",
    "HookSpec",
    "SetupResult",
    "SetupSummary",
    "load_prefect_collections",
    "register_hook",
    "run_startup_hooks",
    "safe_load_entrypoints",
]
