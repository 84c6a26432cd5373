"""Floor 4: running user code.

The life of a run is written once, as generators (`flow_run.py`, `task_run.py`) that yield the few steps that differ
between the sync and the async world (`steps.py`); short drivers (`drivers.py`) carry them out.
"""
