"""Tests that packages run on their own blocks (prefect-email, -github, -shell, -slack, -sqlalchemy)."""

from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite

__all__ = ["BlockStandardTestSuite"]
