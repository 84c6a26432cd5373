"""Write down what can be said of the jobs of each type of pool, where all packages that bring workers are installed.

    python -m tests.packages.pool_types > src/prefect/_api/pool_types.json

Names, types, defaults and where they go are facts about those packages; their sentences are left out.
"""

from __future__ import annotations

import json
from typing import Any

from prefect.workers.base import BaseWorker
from prefect.workers.starting import PACKAGES

SENTENCES = ("description", "examples", "enumNames")
NAMED = ("properties", "$defs", "definitions")
"""Parts of a schema whose keys are names of others."""


def without_sentences(schema: Any) -> Any:
    if isinstance(schema, list):
        return [without_sentences(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without_sentences(inner) for name, inner in value.items()}
        if key in NAMED and isinstance(value, dict)
        else value
        if key == "default"
        else without_sentences(value)
        for key, value in schema.items()
        if key not in SENTENCES
    }


def main() -> None:
    lines = []
    for type, package in sorted(PACKAGES.items()):
        kind = BaseWorker.get_worker_class_from_type(type)
        assert kind is not None, f"{package} is not installed"
        template = kind.get_default_base_job_template()
        known = {
            "package": package,
            "job_configuration": template["job_configuration"],
            "variables": without_sentences(template["variables"]),
        }
        lines.append(f"{json.dumps(type)}: {json.dumps(known, sort_keys=True, separators=(',', ':'))}")
    print("{", ",\n".join(lines), "}", sep="\n")


if __name__ == "__main__":
    main()
