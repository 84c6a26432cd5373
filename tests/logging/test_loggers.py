"""Loggers say which run a line belongs to."""

from __future__ import annotations

from uuid import uuid4

import pytest

from prefect.logging.loggers import flow_run_logger


def test_the_logger_of_a_flow_run_is_made_from_its_id_alone() -> None:
    run_id = uuid4()

    logger = flow_run_logger(flow_run_id=run_id)

    assert logger.extra is not None
    assert (logger.extra["flow_run_id"], logger.extra["flow_run_name"]) == (str(run_id), "<unknown>")
    with pytest.raises(TypeError, match="flow_run_id"):
        flow_run_logger()
