"""What clients can do with variables."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from prefect.client.operations import Later, Steps, delete, get, operation, patch, post
from prefect.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from prefect._wire.variables import Variable, VariableCreate, VariableUpdate
else:
    Variable = Later("prefect._wire.variables", "Variable")


class VariableOperations:
    """The operations on variables."""

    @operation
    def create_variable(self, variable: VariableCreate) -> Steps[Variable]:
        """A new variable. Raises `ObjectAlreadyExists` where the name is taken."""
        return Variable.model_validate((yield post("/variables/", variable)))

    @operation
    def read_variable_by_name(self, name: str) -> Steps[Variable | None]:
        """The variable of that name, or None."""
        try:
            return Variable.model_validate((yield get(f"/variables/name/{quote(name, safe='')}")))
        except ObjectNotFound:
            return None

    @operation
    def update_variable(self, variable: VariableUpdate) -> Steps[None]:
        """Give the variable of that name another value or other tags."""
        yield patch(f"/variables/name/{quote(variable.name or '', safe='')}", variable)

    @operation
    def delete_variable_by_name(self, name: str) -> Steps[None]:
        """Remove a variable. Raises `ObjectNotFound`."""
        yield delete(f"/variables/name/{quote(name, safe='')}")

    @operation
    def read_variables(self, limit: int | None = None, offset: int = 0) -> Steps[list[Variable]]:
        """Variables by name."""
        asked = {"limit": limit, "offset": offset}
        return [Variable.model_validate(found) for found in (yield post("/variables/filter", asked))]
