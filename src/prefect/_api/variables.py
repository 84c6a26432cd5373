"""`/variables`"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.sorting import read_sort
from prefect._orchestration import variables
from prefect._wire import variables as wire
from prefect._wire.filters import filter_of

routes = Routes("/variables")


@routes.post("/", status=201)
def create_variable(here: Here, body: wire.VariableCreate) -> wire.Variable:
    made = variables.create(here.db, body.name, body.value, body.tags, now=here.now, new_id=here.new_id)
    return wire.Variable.of(made)


@routes.post("/filter")
def read_variables(here: Here, body: wire.ReadVariables) -> list[wire.Variable]:
    found = variables.list_variables(
        here.db,
        filter=filter_of("variable", body.variables),
        order=read_sort("variable", body.sort),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    return [wire.Variable.of(variable) for variable in found]


@routes.post("/count")
def count_variables(here: Here, body: wire.CountVariables) -> int:
    return variables.count(here.db, filter_of("variable", body.variables))


@routes.get("/{id}")
def read_variable(here: Here, id: UUID) -> wire.Variable:
    return wire.Variable.of(variables.read(here.db, id))


@routes.get("/name/{name}")
def read_variable_by_name(here: Here, name: str) -> wire.Variable:
    return wire.Variable.of(variables.read(here.db, name))


@routes.patch("/{id}")
def update_variable(here: Here, id: UUID, body: wire.VariableUpdate) -> None:
    variables.update(here.db, id, body.given(), now=here.now)


@routes.patch("/name/{name}")
def update_variable_by_name(here: Here, name: str, body: wire.VariableUpdate) -> None:
    variables.update(here.db, name, body.given(), now=here.now)


@routes.delete("/{id}")
def delete_variable(here: Here, id: UUID) -> None:
    variables.delete(here.db, id, now=here.now)


@routes.delete("/name/{name}")
def delete_variable_by_name(here: Here, name: str) -> None:
    variables.delete(here.db, name, now=here.now)
