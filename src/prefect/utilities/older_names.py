"""Names of Prefect 1 and of the first releases of Prefect 2 that are gone: who asks for one is told what to write.

`import prefect.executors` and `from prefect import Parameter` look for a module in the end; a finder that stands behind
all others answers for the names in `GONE`. Options and attributes of flows and tasks are told where they are asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType

DEPLOYED = "A deployment says when and where a flow runs: my_flow.serve(name=..., cron=...) or my_flow.deploy(...)."
STORED = "A deployment says where its code is: flow.from_source('https://...', entrypoint='flows.py:my_flow')."
RUNNERS = "A flow says what runs its tasks: @flow(task_runner=ThreadPoolTaskRunner()) of prefect.task_runners."
POOLS = "A work pool says on what runs are carried out: prefect work-pool create NAME --type docker (or process, ...)."
WORKERS = "Workers start runs: prefect worker start --pool NAME."
CLIENT = "Programs ask the server by a client: with prefect.get_client(sync_client=True) as client: ..."
HOOKS = "Hooks are called at states: @flow(on_failure=[...]), @task(on_completion=[...])."

GONE = {
    "prefect.Parameter": "A flow's parameters are those of its function: @flow def shop(day: str): ...",
    "prefect.case": "A flow is Python: write if, for and while in its function; a task's result is a value.",
    "prefect.switch": "A flow is Python: write if, for and while in its function; a task's result is a value.",
    "prefect.merge": "A flow is Python: a task takes the result of whichever branch ran.",
    "prefect.Client": CLIENT,
    "prefect.agent": WORKERS,
    "prefect.backend": CLIENT,
    "prefect.config": "Settings are read by prefect.settings.get_current_settings(), and set by `prefect config set`.",
    "prefect.core": "Flows and tasks are functions: from prefect import flow, task.",
    "prefect.environments": POOLS,
    "prefect.executors": RUNNERS,
    "prefect.flow_runners": POOLS,
    "prefect.run_configs": POOLS,
    "prefect.storage": STORED,
    "prefect.triggers": "Tasks that run whatever their upstream tasks came to are given allow_failure(future).",
    "prefect.packaging": STORED,
    "prefect.projects": "Projects are prefect.yaml, which `prefect deploy` reads, with prefect.deployments.steps.",
    "prefect.client.OrionClient": CLIENT,
    "prefect.client.orion": CLIENT,
    "prefect.client.secrets": "Secrets are blocks: Secret.load('NAME').get(), with Secret of prefect.blocks.system.",
    "prefect.deployments.DeploymentSpec": DEPLOYED,
    "prefect.deployments.FlowScript": DEPLOYED,
    "prefect.deployments.OrionAgent": WORKERS,
    "prefect.blocks.Secret": "It is in prefect.blocks.system: from prefect.blocks.system import Secret.",
    "prefect.blocks.Block": "It is in prefect.blocks.core: from prefect.blocks.core import Block.",
    "prefect.context.get": "In a run, get_run_logger() gives its logger, and prefect.runtime what is known of it.",
    "prefect.engine.signals": "A run ends by what it raises or returns, such as Failed() of prefect.states.",
    "prefect.task_runners.DaskTaskRunner": "It is in a package: from prefect_dask import DaskTaskRunner.",
    "prefect.task_runners.RayTaskRunner": "It is in a package: from prefect_ray import RayTaskRunner.",
}
"""By its whole name what does now what each of them did."""
OPTIONS = {
    "max_retries": "it is called retries",
    "retry_delay": "it is called retry_delay_seconds, a number of seconds",
    "retry_on": "retry_condition_fn decides what is tried again",
    "timeout": "it is called timeout_seconds",
    "checkpoint": "persist_result=True keeps results",
    "result": "persist_result and result_storage keep results",
    "target": "result_storage_key names where a result is kept",
    "log_stdout": "it is called log_prints",
    "cache_for": "it is called cache_expiration, a timedelta",
    "cache_validator": "cache_policy says from what a cache's key is made",
    "cache_key": "cache_key_fn makes it",
    "state_handlers": "on_failure, on_completion and others take functions",
    "terminal_state_handler": "on_completion and on_failure take functions",
    "trigger": "a task that is given allow_failure(future) runs whatever its upstream tasks came to",
    "nout": "a task's result is a value; take it apart as any other",
    "executor": "it is called task_runner",
    "schedule": "a deployment has schedules: my_flow.serve(name=..., cron='0 8 * * *')",
    "schedules": "a deployment has schedules: my_flow.serve(name=..., cron='0 8 * * *')",
    "cron": "a deployment has schedules: my_flow.serve(name=..., cron='0 8 * * *')",
    "storage": "flow.from_source(...) says where a deployment's code is",
    "run_config": "a deployment's work pool says on what it runs",
}
"""Options of flows and tasks, and what each of them is now."""
ATTRIBUTES = {
    "submit": "A flow is called; several run at a time where tasks that call them are submitted.",
    "map": "A flow is called; several run at a time where a task that calls them is mapped.",
    "register": DEPLOYED,
    "run_agent": WORKERS,
    "set_schedule": DEPLOYED,
    "add_task": "What a flow's function calls is in the flow.",
    "set_dependencies": "Tasks wait for the futures that they are given, and for those in wait_for=[...].",
    "set_reference_tasks": "What a flow's function returns or raises decides on its state.",
    "set_upstream": "Tasks wait for the futures that they are given, and for those in wait_for=[...].",
    "set_downstream": "Tasks wait for the futures that they are given, and for those in wait_for=[...].",
    "bind": "Call it, or submit it: what it is given says what it waits for.",
    "run": "Call it; `.fn(...)` calls its function without a run.",
    "state_handlers": HOOKS,
}
"""What flows and tasks were asked for, and what to write."""


def told(name: str) -> str:
    """What is said of a name in `GONE`."""
    return f"There is no {name}. {GONE[name]}"


class GoneNames:
    """Answers for modules, and for names in packages, that there are no more.

    The error has no `name`: where it has one, Python itself leaves it aside for a plainer one.
    """

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """None for all other modules. Raises `ModuleNotFoundError`."""
        if fullname in GONE:
            raise ModuleNotFoundError(told(fullname))


def answer_for_gone_names() -> None:
    """Have imports of what is gone told from here on; where nobody else knows a module, and once only."""
    if not any(isinstance(finder, GoneNames) for finder in sys.meta_path):
        sys.meta_path.append(GoneNames())


def none_such(module: str, name: str) -> Exception:
    """What a module, no package, raises that is asked for what it has not: `ImportError` for what is gone."""
    whole = f"{module}.{name}"
    return ImportError(told(whole)) if whole in GONE else AttributeError(no_attribute(module, name))


def no_attribute(module: str, name: str) -> str:
    """The sentence of a module that has not what it is asked for."""
    whole = f"{module}.{name}"
    return f"module {module!r} has no attribute {name!r}" + (f". {GONE[whole]}" if whole in GONE else "")
