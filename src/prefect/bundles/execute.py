"""The program that carries out the bundle in a file: `python -m prefect.bundles.execute --key FILE`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from prefect.bundles.carrying_out import carry_out, execute_bundle, execute_bundle_from_file


def main(arguments: Sequence[str]) -> None:
    """Carry out the bundle in the file that the arguments name."""
    parser = ArgumentParser(prog="python -m prefect.bundles.execute", description="Carry out the flow run of a bundle.")
    parser.add_argument("--key", required=True, metavar="FILE", help="the file that holds the bundle")
    told = parser.parse_args(arguments)
    carry_out(json.loads(Path(told.key).read_text(encoding="utf-8")))


if __name__ == "__main__":
    main(sys.argv[1:])

__all__ = ["execute_bundle", "execute_bundle_from_file", "main"]
