"""What is running here: `prefect.runtime.flow_run.id`, `task_run.name`, `deployment.parameters`.

Outside of runs everything is empty. In tests, `PREFECT__RUNTIME__FLOW_RUN__NAME=x` in the environment stands for a run.
"""

from prefect.runtime import deployment, flow_run, task_run

__all__ = ["deployment", "flow_run", "task_run"]
