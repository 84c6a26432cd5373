"""`prefect dashboard …`"""

from __future__ import annotations

from cyclopts import App

from prefect.cli.running import CommandError
from prefect.settings import get_current_settings

app = App(name="dashboard", help="Open the web UI.")


@app.command(name="open")
def open_page() -> None:
    """Open the web UI in the browser."""
    open_in_browser(page_url())


def open_in_browser(url: str) -> None:
    """Show a page in the browser. Raises `CommandError` where none can be started."""
    import webbrowser

    if not webbrowser.open(url):
        raise CommandError(f"No browser could be started here. The page is at {url}")
    print(f"Opened {url}")


def page_url(path: str = "") -> str:
    """The address of a page of the web UI. Raises `CommandError` where no server is known."""
    from prefect.server.pid_file import read_pid_file

    settings = get_current_settings()
    serving = read_pid_file(settings.home / "server.pid")
    if settings.ui_url:
        root = str(settings.ui_url).rstrip("/")
    elif settings.api.url:
        root = str(settings.api.url).rstrip("/").removesuffix("/api")
    elif serving is not None and serving.process() is not None:
        root = f"http://127.0.0.1:{serving.port}"
    else:
        raise CommandError("The web UI is a server's: start one with `prefect server start`, or set PREFECT_API_URL.")
    return f"{root}{path}"
