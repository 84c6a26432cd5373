"""The state machine: facts go in, a decision comes out.

`facts.py` holds what a rule may know, `verdicts.py` what it may say, `flow_rules.py` and `task_rules.py` the tables of
rules, `decide.py` the few lines that consult them, and `entering.py` what a run looks like in its new state.
"""
