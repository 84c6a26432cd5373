"""A small world of its own for a program: no other process is seen there, and every port is free.

    python -m tests.journeys.alone PROGRAM [ARGUMENT ...]

Linux's namespaces make it (`unshare`); whoever may not make them is told so with exit code 77.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys

NOT_ALLOWED = 77
MADE = ["unshare", "--map-root-user", "--pid", "--net", "--mount-proc", "--fork", "--kill-child"]
INTERFACE_FLAGS, SET_INTERFACE_FLAGS, UP = 0x8913, 0x8914, 0x1


def main(program: list[str]) -> int:
    if program[0] == "--inside":
        bring_loopback_up()
        return subprocess.run(program[1:], check=False).returncode
    allowed = subprocess.run([*MADE, "true"], capture_output=True, check=False).returncode == 0
    if not allowed:
        return NOT_ALLOWED
    return subprocess.run(
        [*MADE, sys.executable, "-m", "tests.journeys.alone", "--inside", *program], check=False
    ).returncode


def bring_loopback_up() -> None:
    """Have 127.0.0.1 answer in a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(asked, INTERFACE_FLAGS, request))[1]
        fcntl.ioctl(asked, SET_INTERFACE_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
