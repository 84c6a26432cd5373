"""Commands in tests: `invoke_and_assert(["deployment", "ls"], expected_output_contains="nightly")`."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from prefect.cli import run


class Result(NamedTuple):
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    exit_code: int

    @property
    def output(self) -> str:
        """Both streams, standard output first."""
        return self.stdout + self.stderr


def invoke_and_assert(
    command: str | Sequence[str],
    user_input: str | None = None,
    expected_output: str | None = None,
    expected_output_contains: str | Sequence[str] | None = None,
    expected_output_does_not_contain: str | Sequence[str] | None = None,
    expected_line_count: int | None = None,
    expected_code: int | None = 0,
    echo: bool = True,
) -> Result:
    """Run a command in this process, and raise `AssertionError` where it does not say or end as expected.

    `command` is what stands behind `prefect`; `user_input` is what somebody types. With `echo` the output is printed.
    """
    result = _carried_out(shlex.split(command) if isinstance(command, str) else list(command), user_input)
    if echo:
        print(result.output)
    if expected_code is not None:
        assert result.exit_code == expected_code, f"exit code {result.exit_code}: {result.output}"
    if expected_output is not None:
        assert result.output.strip() == expected_output.strip(), result.output
    for text in _all(expected_output_contains):
        assert text in result.output, f"{text!r} is not in: {result.output}"
    for text in _all(expected_output_does_not_contain):
        assert text not in result.output, f"{text!r} is in: {result.output}"
    if expected_line_count is not None:
        lines = len(result.output.splitlines())
        assert lines == expected_line_count, f"{lines} lines instead of {expected_line_count}: {result.output}"
    return result


def _carried_out(arguments: list[str], user_input: str | None) -> Result:
    said, complained, typed = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(user_input or "")
    try:
        with redirect_stdout(said), redirect_stderr(complained):
            code = run(arguments)
    finally:
        sys.stdin = typed
    return Result(said.getvalue(), complained.getvalue(), code)


def _all(texts: str | Sequence[str] | None) -> Sequence[str]:
    return (texts,) if isinstance(texts, str) else texts or ()


__all__ = ["Result", "invoke_and_assert"]
