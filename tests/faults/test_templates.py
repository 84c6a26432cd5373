"""Templates that clients send see nothing of ours, and end soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.serving import embedded

TEMPLATES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{% for a in range(10**9) %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'x' * 10**10 }}",
    "{{ 9**9**9 }}",
    "{{ self.__init__.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{{ lipsum.__globals__['os'].popen('touch pwned').read() }}",
    "{% set x = 'x' * 99999 %}" + "{% set x = x ~ x %}" * 400,
    "{% set x = ['x'] %}" + "{% set x = x + x %}" * 400,
    "{{ 'x'.ljust(10**10) }}",
    "{{ '%9999999999d' % 1 }}",
    "{{ '{:9999999999}'.format(1) }}",
    "{{ 'x'|center(10**10) }}",
    "{{ ('x' * 99999)|replace('x', 'x' * 99999) }}",
    "{{ range(99999)|join('x' * 99999) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for a in [1] recursive %}{{ loop([a]) }}{% endfor %}",
    "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}",
    "{% set ns = namespace(x='x') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{{ 2 ** 2 ** 2 ** 2 ** 2 ** 2 }}",
    "{{" + "(" * 2000 + ")" * 2000 + "}}",
    "{{ ''|attr('__class__') }}",
    "{{ 'x'.__class__ }}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_of_a_client_sees_nothing_and_ends_soon(template: str) -> None:
    api = embedded()
    flow_id = api.post("/flows/", {"name": "f"}).json["id"]
    deployment = api.post("/deployments/", {"name": "d", "flow_id": flow_id}).json["id"]
    parameters = {"x": {"__prefect_kind": "jinja", "template": template}}
    began = time.monotonic()

    told = api.post(f"/deployments/{deployment}/create_flow_run", {"parameters": parameters})

    assert time.monotonic() - began < 3
    assert not Path("pwned").exists()
    assert told.status in (201, 422), told
    assert "root:" not in str(told.json)
    assert "<class" not in str(told.json.get("parameters", ""))
