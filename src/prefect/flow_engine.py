"""Door: `python -m prefect.flow_engine FLOW_RUN_ID` carries out a recorded flow run."""

import sys

from prefect.runner.execution import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
