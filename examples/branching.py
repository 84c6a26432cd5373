"""A flow that branches on what it finds and works on the rest side by side.

Run it: `python examples/branching.py`.
"""

from prefect import flow, get_run_logger, task, unmapped
from prefect.exceptions import SKIP

STOCK = {"harbour": 12, "hillside": 0, "station": 5}


@task
def is_open(shop: str) -> bool:
    """Whether a shop has anything to sell."""
    return STOCK[shop] > 0


@task(task_run_name="count {shop}")
def count(shop: str, reserve: int) -> int:
    """What a shop can sell beyond its reserve; a shop with nothing to spare is skipped."""
    spare = STOCK[shop] - reserve
    if spare <= 0:
        raise SKIP(f"{shop} has nothing to spare")
    return spare


@flow(name="branching")
def spare_stock(reserve: int = 5) -> int:
    """Ask all shops at once, count in those that are open, and add up what they can spare."""
    shops = list(STOCK)
    answers = is_open.map(shops).result()
    open_shops = [shop for shop, is_it in zip(shops, answers, strict=True) if is_it]
    if not open_shops:
        get_run_logger().warning("No shop is open.")
        return 0
    counted = count.map(open_shops, unmapped(reserve)).result()
    return sum(spare for spare in counted if spare is not None)


if __name__ == "__main__":
    print("to spare:", spare_stock())
