"""The tests that packages run on their own blocks."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import Field

from prefect.blocks.core import Block
from prefect.testing.standard_test_suites import BlockStandardTestSuite
from prefect.utilities.dispatch import get_registry_for_type, lookup_type


class WellTold(Block):
    """Keeps the name of a shop."""

    _documentation_url: ClassVar[str] = "https://example.com/docs"
    _code_example: ClassVar[str] = "```python\nWellTold(shop='x')\n```"

    shop: str = Field(description="The name.")


class Silent(Block):
    shop: str


class TestWellTold(BlockStandardTestSuite):
    @pytest.fixture
    def block(self) -> type[Block]:
        return WellTold


def test_a_block_that_says_nothing_of_its_fields_fails() -> None:
    suite = TestWellTold()

    with pytest.raises(AssertionError, match="shop"):
        suite.test_all_fields_have_a_description(Silent)
    with pytest.raises(AssertionError, match="documentation"):
        suite.test_has_a_documentation_url(Silent)


def test_the_classes_of_blocks_are_found_as_those_of_other_registries() -> None:
    registry = get_registry_for_type(Block)

    assert registry is not None
    assert registry["welltold"] is WellTold
    assert lookup_type(Block, "welltold") is WellTold
