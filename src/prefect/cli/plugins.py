"""`prefect plugins …`"""

from __future__ import annotations

from cyclopts import App

from prefect.cli.output import show_fields
from prefect.plugins import found_plugins, set_up
from prefect.settings import get_current_settings

app = App(name="plugins", help="See what plugins do.")


@app.command
def diagnose() -> None:
    """Show which plugins there are, and what each sets up; values are hidden."""
    said = get_current_settings().plugins
    fields = ("enabled", "safe_mode", "strict", "allow", "deny", "setup_timeout_seconds")
    show_fields({name: getattr(said, name) for name in fields})
    if not said.enabled:
        print("\nPlugins are not loaded. Have them loaded: prefect config set PREFECT_PLUGINS_ENABLED=true")
        return
    summaries = {one.plugin: one for one in set_up()}
    plugins = found_plugins()
    for plugin in plugins:
        summary = summaries.get(plugin.name)
        told = {
            "Place": plugin.place,
            "Loaded": "no" if plugin.loaded is None else "yes",
            "Requires": plugin.requires,
            "Sets": ", ".join(summary.env_preview or ()) if summary else None,
            "Note": summary.note if summary else None,
            "Error": plugin.error or (summary.error if summary else None),
        }
        print(f"\n{plugin.name}")
        show_fields({name: value for name, value in told.items() if value})
    if not plugins:
        print("\nNo plugin is installed (entry points of the group prefect.plugins).")
