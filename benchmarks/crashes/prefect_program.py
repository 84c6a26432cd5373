"""The order as a flow, for this package and for upstream.

python prefect_program.py durable|plain|kept NUMBER    carries out an order
python prefect_program.py durable|plain|kept record    says how many runs are recorded as under way
"""

from __future__ import annotations

import sys

import orders

from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.client.orchestration import get_client

FLOW_OPTIONS = {"durable": {"durable": True}, "plain": {}, "kept": {"persist_result": True}}[sys.argv[1]]
TASK_OPTIONS = {"cache_policy": INPUTS} if sys.argv[1] == "kept" else {}
UNDER_WAY = ("SCHEDULED", "PENDING", "RUNNING", "CANCELLING")

step = task(orders.carry_out, **TASK_OPTIONS)


@flow
def pack(number: int) -> int:
    return orders.packed(number, step)


@flow(**FLOW_OPTIONS)
def order(number: int) -> int:
    return orders.order(number, step, pack)


def under_way() -> int:
    with get_client(sync_client=True) as client:
        runs = []
        while page := client.read_flow_runs(limit=200, offset=len(runs)):
            runs += page
    return sum(run.state is None or run.state.type.value in UNDER_WAY for run in runs if run.parent_task_run_id is None)


if __name__ == "__main__":
    print(under_way() if sys.argv[2] == "record" else order(int(sys.argv[2])))
