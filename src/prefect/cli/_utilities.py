"""Door: ending a program with an error."""

from prefect._outside.commands import exit_with_error

__all__ = ["exit_with_error"]
