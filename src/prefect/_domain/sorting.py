"""In which order records are listed: the names that clients give, and what they mean."""

from __future__ import annotations

from typing import NamedTuple


class Order(NamedTuple):
    """The columns of which the first that is there counts, whether the greatest comes first, and what counts then."""

    columns: tuple[str, ...]
    descending: bool = False
    then: tuple[str, ...] = ()


STARTED = ("start_time", "expected_start_time")
BY_NAME_OR_AGE = {
    "CREATED_DESC": Order(("created",), descending=True),
    "UPDATED_DESC": Order(("updated",), descending=True),
    "NAME_ASC": Order(("name",)),
    "NAME_DESC": Order(("name",), descending=True),
}
BY_KEY_OR_AGE = {
    "CREATED_DESC": Order(("created",), descending=True),
    "UPDATED_DESC": Order(("updated",), descending=True),
    "ID_DESC": Order(("id",), descending=True),
    "KEY_DESC": Order(("key",), descending=True),
    "KEY_ASC": Order(("key",)),
}

SORTS: dict[str, dict[str, Order]] = {
    "artifact": BY_KEY_OR_AGE,
    "artifact_collection": BY_KEY_OR_AGE,
    "automation": BY_NAME_OR_AGE,
    "flow": BY_NAME_OR_AGE,
    "flow_run": {
        "ID_DESC": Order(("id",), descending=True),
        "START_TIME_ASC": Order(STARTED),
        "START_TIME_DESC": Order(STARTED, descending=True),
        "EXPECTED_START_TIME_ASC": Order(("expected_start_time",)),
        "EXPECTED_START_TIME_DESC": Order(("expected_start_time",), descending=True),
        "NAME_ASC": Order(("name",)),
        "NAME_DESC": Order(("name",), descending=True),
        "NEXT_SCHEDULED_START_TIME_ASC": Order(("next_scheduled_start_time",)),
        "END_TIME_DESC": Order(("end_time",), descending=True),
        "DURATION_ASC": Order(("total_run_time",)),
        "DURATION_DESC": Order(("total_run_time",), descending=True),
    },
    "task_run": {
        "ID_DESC": Order(("id",), descending=True),
        "EXPECTED_START_TIME_ASC": Order(("expected_start_time",)),
        "EXPECTED_START_TIME_DESC": Order(("expected_start_time",), descending=True),
        "NAME_ASC": Order(("name",)),
        "NAME_DESC": Order(("name",), descending=True),
        "NEXT_SCHEDULED_START_TIME_ASC": Order(("next_scheduled_start_time",)),
        "END_TIME_DESC": Order(("end_time",), descending=True),
        "DURATION_ASC": Order(("total_run_time",)),
        "DURATION_DESC": Order(("total_run_time",), descending=True),
    },
    "deployment": BY_NAME_OR_AGE,
    "block_document": {
        "NAME_DESC": Order(("name",), descending=True),
        "NAME_ASC": Order(("name",)),
        "BLOCK_TYPE_AND_NAME_ASC": Order(("block_type_name",), then=("name",)),
    },
    "log": {"TIMESTAMP_ASC": Order(("timestamp",)), "TIMESTAMP_DESC": Order(("timestamp",), descending=True)},
    "variable": BY_NAME_OR_AGE,
}
"""For each noun the orders that can be asked for."""


def read_sort(noun: str, given: str) -> Order:
    """The order of that name. Raises `ValueError` naming those there are."""
    if given not in SORTS[noun]:
        known = ", ".join(SORTS[noun])
        raise ValueError(f"A list of {noun.replace('_', ' ')}s has no order {given!r}, but: {known}.")
    return SORTS[noun][given]
