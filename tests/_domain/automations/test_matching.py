"""Laws of matching: which events a trigger is about."""

from __future__ import annotations

from typing import Any

import pytest

from prefect._domain.automations.matching import is_about, is_among, labels_of
from prefect._domain.events import Event
from tests._domain.automations.happened import happened, reacts


def an_event(**more: Any) -> Event:
    return happened("e", 0, "prefect.flow-run.1", labels={"color": "blue"}, **more)


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"color": "blue"}, True),
        ({"color": "blu"}, False),
        ({"color": "blu*"}, True),
        ({"color": "*"}, True),
        ({"shape": "*"}, False),
        ({"color": ["red", "blue"]}, True),
        ({"color": []}, False),
        ({"color": "!red"}, True),
        ({"color": "!blue"}, False),
        ({"color": "!bl*"}, False),
        ({"shape": "!round"}, False),
        ({"color": ["!red", "!blue"]}, False),
        ({"color": ["!red", "!green"]}, True),
        ({"color": ["b*", "!blue"]}, False),
        ({"color": "blue", "prefect.resource.id": "prefect.flow-run.*"}, True),
        ({"color": "blue", "prefect.resource.id": "prefect.task-run.*"}, False),
    ],
)
def test_a_resource_has_each_label_with_one_of_the_values_and_none_that_is_refused(match: Any, fits: bool) -> None:
    assert is_about(reacts(match=match), an_event()) is fits


@pytest.mark.parametrize(
    ("related", "fits"),
    [
        ({}, True),
        ([], True),
        ({"prefect.resource.id": "prefect.flow.1", "prefect.resource.role": "flow"}, True),
        ({"prefect.resource.id": "prefect.flow.1", "prefect.resource.role": "tag"}, False),
        ([{"prefect.resource.id": "prefect.flow.1"}, {"prefect.resource.id": "prefect.tag.t"}], True),
        ([{"prefect.resource.id": "prefect.flow.1"}, {"prefect.resource.id": "prefect.tag.u"}], False),
    ],
)
def test_each_wanted_relation_is_found_whole_in_one_related_resource(related: Any, fits: bool) -> None:
    around = (
        {"prefect.resource.id": "prefect.flow.1", "prefect.resource.role": "flow"},
        {"prefect.resource.id": "prefect.tag.t", "prefect.resource.role": "tag"},
    )

    assert is_about(reacts(match_related=related), an_event(related=around)) is fits


@pytest.mark.parametrize(
    ("names", "fits"),
    [({"prefect.flow-run.*"}, True), ({"prefect.flow-run"}, False), ({"x", "*"}, True), (set(), False)],
)
def test_the_name_of_an_event_is_matched_in_full_or_by_its_beginning(names: set[str], fits: bool) -> None:
    assert is_among(happened("prefect.flow-run.Failed", 0), names) is fits


def test_what_automations_tell_of_their_acting_concerns_only_who_asks_for_it_by_name() -> None:
    told = happened("prefect.automation.triggered", 0, "prefect.automation.1")

    assert not is_about(reacts(), told)
    assert not is_about(reacts("*"), told)
    assert is_about(reacts("prefect.automation.triggered"), told)
    assert is_about(reacts("prefect.automation.*"), told)
    assert is_about(reacts(), happened("prefect.automation.created", 0, "prefect.automation.1"))


def test_labels_are_told_apart_of_the_resource_and_of_the_first_related_one_in_a_role() -> None:
    related = ({"prefect.resource.id": "a", "prefect.resource.role": "flow", "k": "v"},)

    labels = labels_of(an_event(related=related), ("color", "shape", "related:flow:k", "related:tag:k"))

    assert labels == {"color": "blue", "shape": "", "related:flow:k": "v", "related:tag:k": ""}
