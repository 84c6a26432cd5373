"""`python -m docs.building GENERATOR`: build the site, and put it where the server finds it."""

from __future__ import annotations

import subprocess
import sys

from docs.building.site import build, ship


def main(generator: str) -> int:
    try:
        site = build(generator)
    except subprocess.CalledProcessError:
        print("The documents: the generator warns of what stands above; a link may be broken.", file=sys.stderr)
        return 1
    print(f"The documents are in {site}.")
    print(f"The server shows them below /docs/; a wheel that is built now holds them, in {ship(site):,} bytes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
