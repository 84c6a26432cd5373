"""Workers: programs that start the runs of a work pool. `process.py` starts them as processes of this machine."""
