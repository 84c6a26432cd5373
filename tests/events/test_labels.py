"""Labels of resources, read by the parts of their names, and the types of triggers."""

from __future__ import annotations

import copy

import pytest

from prefect.events import EventTrigger, Posture, Resource
from prefect.events.schemas.automations import trigger_discriminator
from prefect.events.schemas.deployment_triggers import deployment_trigger_discriminator
from prefect.events.schemas.labelling import LabelDiver

LABELS = {"shop.city": "Oslo", "shop.city.zip": "0150", "shop.size": "3", "open": "yes"}


def test_labels_are_read_by_the_parts_of_their_names() -> None:
    labels = LabelDiver(LABELS)

    assert str(labels.shop.city) == "Oslo"
    assert str(labels.shop.city.zip) == "0150"
    assert str(labels.shop) == ""
    assert dict(labels.shop) == {"city": "Oslo", "city.zip": "0150", "size": "3"}
    assert (len(labels), labels["shop.size"], str(copy.copy(labels).open)) == (4, "3", "yes")


def test_a_label_that_is_not_there_is_no_attribute() -> None:
    labels = LabelDiver(LABELS)

    for name in ("town", "sho", "__fspath__", "_labels_"):
        assert not hasattr(labels, name)
    with pytest.raises(KeyError, match="shop"):
        labels["shop"]


def test_a_resource_has_its_labels_so() -> None:
    assert str(Resource({"prefect.resource.id": "shop.1"}).labels.prefect.resource.id) == "shop.1"


@pytest.mark.parametrize(
    ("written", "type"),
    [
        ({}, "event"),
        ({"type": "compound"}, "compound"),
        ({"triggers": []}, "sequence"),
        ({"triggers": [], "require": "all"}, "compound"),
        ({"posture": "Metric"}, "metric"),
        (EventTrigger(posture=Posture.Reactive), "event"),
        (None, "event"),
    ],
)
def test_a_trigger_is_of_the_type_that_what_is_written_of_it_shows(written: object, type: str) -> None:
    assert trigger_discriminator(written) == deployment_trigger_discriminator(written) == type
