"""Floor 0: the values and laws of orchestration, pure.

Nothing here does I/O, reads a clock, a setting or an environment variable, logs, or starts a thread. Time, ids and
randomness come in as arguments.
"""
