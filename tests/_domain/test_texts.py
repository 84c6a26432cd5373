"""Text that others wrote, for terminals."""

from __future__ import annotations

import pytest

from prefect._domain.texts import harmless


@pytest.mark.parametrize(
    ("text", "shown", "in_a_line"),
    [
        ("数据 – plain", "数据 – plain", "数据 – plain"),
        ("\x1b[2Jgone", "\\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31m\x7f\a\r", "\\x9b31m\\x7f\\x07\\x0d", "\\x9b31m\\x7f\\x07\\x0d"),
        ("two\n\tlines", "two\n\tlines", "two\\n\\tlines"),
    ],
)
def test_what_a_terminal_obeys_is_shown(text: str, shown: str, in_a_line: str) -> None:
    assert (harmless(text), harmless(text, one_line=True)) == (shown, in_a_line)
