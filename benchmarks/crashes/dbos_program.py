"""The order as a workflow of DBOS, recorded in SQLite, as its default is.

python dbos_program.py NUMBER    carries out an order
python dbos_program.py record    says how many workflows are recorded as under way
"""

from __future__ import annotations

import sys

import orders
from dbos import DBOS, SetWorkflowID

step = DBOS.step()(orders.carry_out)


@DBOS.workflow()
def pack(number: int) -> int:
    return orders.packed(number, step)


@DBOS.workflow()
def order(number: int) -> int:
    return orders.order(number, step, pack)


def carried_out(number: int) -> int:
    """Begin an order under its own id; one that was begun is not begun again, and DBOS goes on with it itself."""
    with SetWorkflowID(f"order-{number}"):
        return DBOS.start_workflow(order, number).get_result()


def main() -> None:
    DBOS(config={"name": "crashes", "system_database_url": "sqlite:///crashes.sqlite", "log_level": "ERROR"})
    if sys.argv[1] != "record":
        DBOS.launch()
        print(carried_out(int(sys.argv[1])))
        DBOS.destroy()
        return
    DBOS.launch()
    print(len(DBOS.list_workflows(status=["PENDING", "ENQUEUED"])))
    DBOS.destroy()


if __name__ == "__main__":
    main()
