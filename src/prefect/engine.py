"""Door: `python -m prefect.engine FLOW_RUN_ID` carries out a recorded flow run; and where older programs pause runs."""

import sys
from typing import NoReturn

from prefect._outside.signals import handle_engine_signals
from prefect.flow_runs import pause_flow_run, resume_flow_run, suspend_flow_run
from prefect.runner.execution import main
from prefect.utilities.older_names import none_such


def __getattr__(name: str) -> NoReturn:
    raise none_such(__name__, name)


__all__ = ["handle_engine_signals", "pause_flow_run", "resume_flow_run", "suspend_flow_run"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
