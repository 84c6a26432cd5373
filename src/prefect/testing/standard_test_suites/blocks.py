"""What a block that is published should tell its users; for packages' tests, with pytest.

class TestBlocks(BlockStandardTestSuite):
    @pytest.fixture
    def block(self):
        return MyBlock
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from textwrap import dedent
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest

from prefect.blocks.core import Block


class BlockStandardTestSuite(ABC):
    """The tests; a subclass gives the class of blocks as the fixture `block`."""

    @pytest.fixture
    @abstractmethod
    def block(self) -> type[Block]:
        """The class of blocks that is tested."""

    def test_has_a_description(self, block: type[Block]) -> None:
        assert block.get_description(), f"{block.__name__} says nothing of itself; give it a docstring."

    def test_has_a_documentation_url(self, block: type[Block]) -> None:
        address = str(getattr(block, "_documentation_url", None) or "")
        assert urlsplit(address).netloc, f"{block.__name__} names no documentation (_documentation_url)."

    def test_all_fields_have_a_description(self, block: type[Block]) -> None:
        silent = [
            name
            for name, field in block.model_fields.items()
            if not (field.description or _is_block(field.annotation))  # a block describes itself
        ]
        assert not silent, f"The fields {silent} of {block.__name__} have no description."

    def test_has_a_valid_code_example(self, block: type[Block]) -> None:
        example = block.get_code_example()
        assert example, f"{block.__name__} has no code example."
        ast.parse(dedent(_code_in(example)))


def _is_block(annotation: Any) -> bool:
    """Whether a field holds a block, perhaps one that may be left out."""
    kinds = [annotation, *get_args(annotation)]
    return any(isinstance(kind, type) and issubclass(kind, Block) for kind in kinds)


def _code_in(example: str) -> str:
    """The code of an example, without the fence of Markdown around it."""
    lines = dedent(example).strip().splitlines()
    fences = [number for number, line in enumerate(lines) if line.strip().startswith("```")]
    return "\n".join(lines[fences[0] + 1 : fences[1]] if len(fences) > 1 else lines)
