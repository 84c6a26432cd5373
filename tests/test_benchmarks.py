"""The programs of the benchmarks' table are there, for each side that has them."""

from __future__ import annotations

import ast

import pytest

from benchmarks.__main__ import HERE, OTHERS, PROGRAMS, UPSTREAM, Peer, script_of


def names_in(script: str) -> set[str]:
    """What a file defines, and the keys of what it lists."""
    tree = ast.parse((HERE / script).read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return defined | assigned | texts


@pytest.mark.parametrize("side", [UPSTREAM, *OTHERS], ids=lambda side: side.name)
def test_every_program_of_a_side_is_in_its_file(side: Peer) -> None:
    told_elsewhere = {"import", "hello"}
    wanted = {program.name for program in PROGRAMS} if side is UPSTREAM else set(side.has)

    assert [name for name in wanted - told_elsewhere if name not in names_in(script_of(name, side))] == []
