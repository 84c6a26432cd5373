"""Write the API's types for the web UI, `src/api/schema.ts`, from our own OpenAPI: `python ui/api_types.py`.

A test holds that they are up to date: the file begins with the hash of the description that it was made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

UI = Path(__file__).resolve().parent
SCHEMA = UI / "src" / "api" / "schema.ts"


def digest(description: object) -> str:
    """The hash of a description, whatever the order of its parts."""
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def main() -> None:
    from prefect.server.description import openapi

    description = openapi()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "openapi.json")
        told.write_text(json.dumps(description))
        command = ["npx", "openapi-typescript", str(told), "--output", str(SCHEMA), "--default-non-nullable", "false"]
        subprocess.run(command, cwd=UI, env=os.environ, check=True)
    SCHEMA.write_text(f"// Made by ui/api_types.py from {digest(description)}\n{SCHEMA.read_text()}")


if __name__ == "__main__":
    main()
