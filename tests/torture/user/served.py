"""A program that serves a flow."""

from __future__ import annotations

from tests.torture.user.flows import steps

if __name__ == "__main__":
    steps.serve(name="served")
