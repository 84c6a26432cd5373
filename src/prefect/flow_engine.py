"""Door: carrying flows out; `python -m prefect.flow_engine FLOW_RUN_ID` carries out a recorded run."""

import sys

from prefect._outside.engines import (
    AsyncFlowRunEngine,
    BaseFlowRunEngine,
    FlowRunEngine,
    load_flow,
    load_flow_and_flow_run,
    load_flow_run,
)
from prefect._outside.runs import (
    run_flow,
    run_flow_async,
    run_flow_in_subprocess,
    run_flow_sync,
    run_generator_flow_async,
    run_generator_flow_sync,
)
from prefect.exceptions import FlowRunTimeoutError
from prefect.runner.execution import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

__all__ = [
    "AsyncFlowRunEngine",
    "BaseFlowRunEngine",
    "FlowRunEngine",
    "FlowRunTimeoutError",
    "load_flow",
    "load_flow_and_flow_run",
    "load_flow_run",
    "run_flow",
    "run_flow_async",
    "run_flow_in_subprocess",
    "run_flow_sync",
    "run_generator_flow_async",
    "run_generator_flow_sync",
]
