"""`prefect task …`"""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._engine.entrypoints import load_module, load_object
from prefect.cli.running import CommandError
from prefect.task_worker import LIMIT
from prefect.task_worker import serve as serve_tasks
from prefect.tasks import Task

app = App(name="task", help="Serve tasks: carry out those that are handed over.")


@app.command
def serve(
    *entrypoints: str,
    module: Annotated[list[str] | None, Parameter(name=["--module", "-m"])] = None,
    limit: int = LIMIT,
) -> None:
    """Carry out the runs of tasks that are handed over (`my_task.delay(...)`), until Ctrl-C.

    Example: prefect task serve tasks.py:send tasks.py:fetch

    Parameters
    ----------
    entrypoints
        The tasks, as `path/to/file.py:function` or `package.module.function`.
    module
        A module, or a file, all of whose tasks are meant; may be given several times.
    limit
        How many runs may be at work at once.
    """
    tasks = [_task(entrypoint) for entrypoint in entrypoints]
    for place in module or ():
        tasks += _tasks_in(place)
    if not tasks:
        raise CommandError("Name a task: prefect task serve FILE.py:FUNCTION, or --module MODULE for all of a module.")
    serve_tasks(*tasks, limit=limit)


def _task(entrypoint: str) -> Task[Any, Any]:
    found = load_object(entrypoint)
    if not isinstance(found, Task):
        raise CommandError(f"{entrypoint!r} is a {type(found).__name__}, not a task. Put @task on it.")
    return found


def _tasks_in(place: str) -> list[Task[Any, Any]]:
    found = [value for value in vars(load_module(place)).values() if isinstance(value, Task)]
    if not found:
        raise CommandError(f"There are no tasks in {place!r}. Put @task on functions there.")
    return found
