"""Starting, watching and ending the processes of flow runs.

`runner.py` claims runs from a source (`source.py`) and has a process started for each (`launching.py`), which carries
the run out (`execution.py`). `duties.py` keeps the database right meanwhile.
"""
