"""Templates of clients: what they may do; what they may not is among the threats."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from prefect._orchestration.templates import render


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ name }} ran {{ number + 1 }} times", "etl ran 8 times"),
        ("{{ name|upper }}, {{ name.title() }}, {{ missing|default('none') }}", "ETL, Etl, none"),
        ("{% for tag in tags %}{{ loop.index }}:{{ tag }}{% if not loop.last %}, {% endif %}{% endfor %}", "1:a, 2:b"),
        ("{% for a in [0, 1, 2] %}{% for b in tags %}{{ a }}{{ b }} {% endfor %}{% endfor %}", "0a 0b 1a 1b 2a 2b "),
        ("{{ tags|join('-') }} {{ name }}{{ number }}", "a-b etl7"),
        ("{{ at.isoformat() }} {{ at.strftime('%Y') }}", "2026-03-01T12:00:00 2026"),
        ("{{ more.get('x') }} {{ more.x }} {{ more|tojson }}", '1 1 {"x": 1}'),
        ("{{ 2 * 3 - 1 }} {{ 7 % 4 }} {{ 'many' if number > 5 else 'few' }}", "5 3 many"),
        ("{% if number is odd and 'a' in tags %}odd{% elif name %}even{% else %}none{% endif %}", "odd"),
        ("plain", "plain"),
    ],
)
def test_a_template_makes_a_text(template: str, text: str) -> None:
    context: dict[str, Any] = {"name": "etl", "number": 7, "tags": ["a", "b"], "more": {"x": 1}}

    assert render(template, at=datetime(2026, 3, 1, 12), **context) == text


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ 1 +", "does not work"),
        ("{{ 'x' * 9 }}", "reckons with numbers"),
        ("{% for a in 'a' * 99 %}{% endfor %}", "reckons with numbers"),
        ("{% for a in X %}{% for b in X %}{% endfor %}{% endfor %}".replace("X", repr("x" * 99)), "at most 1000 steps"),
        ("{% macro m() %}{% endmacro %}", "has no macro m"),
        ("{% set x = 1 %}", "has no assign"),
        ("{{ x|center(9) }}", "has no filter center"),
        ("{{ range(9) }}", "has no call"),
        ("x" * 10_001, "at most 10000 characters"),
    ],
)
def test_what_does_not_work_is_told(template: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        render(template)
