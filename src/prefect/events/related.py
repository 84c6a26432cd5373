"""Related resources, as programs make them for events of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from prefect._domain.events import related
from prefect._engine.telling import around_here
from prefect._wire.events import RelatedResource


def tags_as_related_resources(tags: Iterable[str]) -> list[RelatedResource]:
    """Tags as related resources, in the order of their names."""
    return [RelatedResource(related("tag", tag)) for tag in sorted(tags)]


def object_as_related_resource(kind: str, role: str, object: Any) -> RelatedResource:
    """Something with an id, and maybe a name, as a related resource with the id `prefect.<kind>.<id>`."""
    name = getattr(object, "name", None)
    labels = {"prefect.resource.id": f"prefect.{kind}.{object.id}", "prefect.resource.role": role}
    return RelatedResource({**labels, **({"prefect.resource.name": name} if name else {})})


async def related_resources_from_run_context(
    client: Any = None, exclude: Collection[str] | None = None
) -> list[RelatedResource]:
    """What the code that runs now belongs to: its runs, flow, deployment, queue and tags; none of the ids of `exclude`.

    Nobody needs to be asked for that, so a `client` is taken and let be.
    """
    return [RelatedResource(one) for one in around_here(exclude or ())]


__all__ = ["object_as_related_resource", "related_resources_from_run_context", "tags_as_related_resources"]
