"""Placeholders are names that are looked up, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefect.utilities.annotations import NotSet
from prefect.utilities.templating import (
    PlaceholderType,
    apply_values,
    determine_placeholder_type,
    filled,
    find_placeholders,
    first_of,
    values_in,
    variables_in,
)

VALUES = {"count": 3, "build": {"image": "shop:1", "tags": ["a", "b"]}, "dotted.name": "whole"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ count }}", 3),
        ("{{count}}", 3),
        (" {{ count }} ", 3),
        ("{{ build.tags }}", ["a", "b"]),
        ("image: {{ build.image }}", "image: shop:1"),
        ("{{ count }}-{{ build.tags }}", '3-["a", "b"]'),
        ("{{ dotted.name }}", "whole"),
        ("{{ build.tags[1] }}", "b"),
        ("{{ build.tags.0 }}", "a"),
        ("{{ missing }}", NotSet),
        ("x {{ build.missing }}", "x "),
        ({"a": "{{ missing }}", "b": ["{{ build.tags[7] }}", 1]}, {"b": [1]}),
        ("{{ $NOWHERE_SET }}", ""),
        (
            "{{ prefect.variables.team }} {{ prefect.blocks.secret.key }}",
            "{{ prefect.variables.team }} {{ prefect.blocks.secret.key }}",
        ),
        ({"a": ["{{ count }}", {"b": "{{ build.image }}"}], "c": 1}, {"a": [3, {"b": "shop:1"}], "c": 1}),
        ("no placeholder { count }", "no placeholder { count }"),
    ],
)
def test_placeholders_are_looked_up(template: Any, value: Any) -> None:
    assert apply_values(template, VALUES) == value


def test_what_is_put_in_is_not_looked_through_again() -> None:
    assert apply_values("{{ a }} {{ b }}", {"a": "{{ b }}", "b": "{{ a }}"}) == "{{ b }} {{ a }}"
    assert apply_values("{{ a }}", {"a": "{{ a }}"}) == "{{ a }}"


def test_attributes_are_not_looked_at() -> None:
    assert apply_values("{{ text.__class__ }}", {"text": "x"}) is NotSet
    assert apply_values("{{ build.keys }}", VALUES) is NotSet


@pytest.mark.parametrize("template", ["x {{ missing }}", {"a": "{{ missing }}"}, ["{{ $NOWHERE_SET }}"]])
def test_what_has_no_value_stays_where_that_is_wished(template: Any) -> None:
    assert apply_values(template, VALUES, remove_notset=False) == template


def test_a_placeholder_without_a_value_may_be_warned_of() -> None:
    with pytest.warns(UserWarning, match="'missing', for which there is no value"):
        apply_values({"a": "{{ missing }}"}, VALUES, warn_on_notset=True)


def test_a_placeholder_says_what_kind_of_thing_it_names() -> None:
    (found,) = find_placeholders("x {{ $HOME }}")

    assert (found.full_match, found.name, found.type) == ("{{ $HOME }}", "$HOME", PlaceholderType.ENV_VAR)
    assert determine_placeholder_type("prefect.blocks.secret.key") is PlaceholderType.BLOCK_DOCUMENT
    assert determine_placeholder_type("prefect.variables.team") is PlaceholderType.VARIABLE
    assert determine_placeholder_type("build.image") is PlaceholderType.STANDARD


def test_the_environment_is_asked_for_names_with_a_dollar() -> None:
    look_up = first_of(values_in(VALUES), variables_in({"HOME": "/home/me"}))

    assert filled("{{ $HOME }}/{{ count }}", look_up) == "/home/me/3"
    with pytest.raises(ValueError, match="'NOWHERE', which is not set"):
        filled("{{ $NOWHERE }}", look_up)


def test_a_bottomless_template_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ValueError, match="deeper than"):
        filled(endless, values_in({}))


def test_placeholders_are_found_however_deep() -> None:
    found = find_placeholders({"a": ["{{ x }} {{ prefect.blocks.secret.key }}"], "b": {"c": "{{ $HOME }}"}})

    assert {placeholder.name for placeholder in found} == {"x", "prefect.blocks.secret.key", "$HOME"}


@given(
    st.recursive(
        st.none() | st.integers() | st.text("ab{} $."),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner),
    )
)
def test_without_values_nothing_changes(template: Any) -> None:
    assert apply_values(template, {}, remove_notset=False) == template
