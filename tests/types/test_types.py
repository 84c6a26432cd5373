"""What values, names and delays may be, as the fields of models check them."""

from __future__ import annotations

import pytest

from prefect.types import (
    cast_none_to_empty_dict,
    check_variable_value,
    convert_none_to_empty_dict,
    names,
    parse_retry_delay_input,
)


def test_a_variable_takes_what_json_knows_and_not_too_much_of_it() -> None:
    assert check_variable_value({"rows": [1, None]}) == {"rows": [1, None]}
    with pytest.raises(ValueError, match="serializable to JSON; a set is not"):
        check_variable_value({1, 2})
    with pytest.raises(ValueError, match="less than 5000 characters of JSON; it has 6002"):
        check_variable_value("x" * 6_000)


def test_none_is_an_empty_dict_where_one_is_asked_for() -> None:
    assert (cast_none_to_empty_dict(None), cast_none_to_empty_dict({"a": 1})) == ({}, {"a": 1})
    assert (convert_none_to_empty_dict(None), convert_none_to_empty_dict({"a": 1})) == ({}, {"a": 1})


@pytest.mark.parametrize(
    ("text", "delay"),
    [("5", 5.0), ("1,2.5, 3", [1.0, 2.5, 3.0]), ("", None), (7, 7), ([1, 2], [1, 2]), (None, None)],
)
def test_delays_are_read_from_a_text(text: object, delay: object) -> None:
    assert parse_retry_delay_input(text) == delay


def test_a_delay_that_is_no_number_is_told() -> None:
    with pytest.raises(ValueError, match="'soon' is none"):
        parse_retry_delay_input("1,soon")


@pytest.mark.parametrize(
    ("check", "fits", "does_not"),
    [
        (names.raise_on_name_alphanumeric_dashes_only, "my-name-1", "my_name"),
        (names.raise_on_name_alphanumeric_underscores_only, "my_name_1", "my-name"),
        (names.raise_on_name_alphanumeric_dashes_underscores_only, "my_name-1", "My name"),
    ],
)
def test_a_name_has_certain_signs_alone(check: object, fits: str, does_not: str) -> None:
    assert callable(check)
    assert check(fits) == fits
    with pytest.raises(ValueError, match=rf"the slug must only contain .*; it is '{does_not}'"):
        check(does_not, "the slug")


@pytest.mark.parametrize("name", ["", "  ", "''", ' " " '])
def test_a_name_says_something(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be an empty string"):
        names.non_emptyish(name)


def test_an_address_has_a_scheme_and_that_of_an_asset_no_more_than_it_may() -> None:
    assert names.validate_uri("s3://a b") == "s3://a b"
    assert names.validate_valid_asset_key("s3://lake/orders") == "s3://lake/orders"
    with pytest.raises(ValueError, match="valid URI"):
        names.validate_uri("orders.csv")
    with pytest.raises(ValueError, match="holds no ' '"):
        names.validate_valid_asset_key("s3://a b")
