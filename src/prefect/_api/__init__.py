"""The operations of the REST API, a file a noun, callable over HTTP and inside a process alike.

A route is thin: it takes a checked body (`_wire`), calls `_orchestration`, and shapes the answer. `routing.py` says how
routes are declared and found; `dispatching.py` carries a request out, whoever brings it.
"""
