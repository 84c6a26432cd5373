"""What is known of the types of work pools here."""

from __future__ import annotations

import asyncio

from prefect.workers.utilities import (
    get_available_work_pool_types,
    get_default_base_job_template_for_infrastructure_type,
)


def test_the_types_that_have_workers_here_have_templates_and_others_none() -> None:
    assert "process" in asyncio.run(get_available_work_pool_types())
    template = asyncio.run(get_default_base_job_template_for_infrastructure_type("process"))

    assert template is not None
    assert {"job_configuration", "variables"} <= template.keys()
    assert asyncio.run(get_default_base_job_template_for_infrastructure_type("none-such")) is None
