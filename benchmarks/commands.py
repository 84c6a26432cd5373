"""What commands cost: `python commands.py PROGRAM COUNT` prints the milliseconds of processor time of one of them."""

from __future__ import annotations

import resource
import subprocess
import sys

COMMANDS = {
    "command_help": ["--help"],
    "command_version": ["version"],
    "command_ls": ["flow-run", "ls"],
}


def cpu_milliseconds(arguments: list[str]) -> float:
    """The processor time of a command and all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "prefect", *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    cpu_milliseconds(COMMANDS[name])  # the first one makes the database
    print(min(cpu_milliseconds(COMMANDS[name]) for _ in range(count)))


if __name__ == "__main__":
    main()
