"""The torture of a whole installation: real servers, workers and flows, and a nemesis that kills and cuts among them.

    python -m tests.torture --seed 7 --minutes 10 --db sqlite

`world.py` has the processes and the network, `workload.py` what users do, `nemesis.py` what goes wrong. What really
happened is written into ledgers outside of the product (`ledgers.py`, `user/`). When all is quiet again,
`invariants.py` compares the ledgers with what the database says (`evidence.py`). `mutants.py` takes promises out of
the product, one at a time: whichever the torture does not notice is a promise that it does not test.
"""
