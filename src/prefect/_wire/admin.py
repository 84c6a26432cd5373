"""What the server says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.addresses import MASK, without_password
from prefect._wire.models import Answer, Query, Recorded
from prefect.settings import Settings
from prefect.settings.current import everything
from prefect.settings.reading import Setting


class Ready(Answer):
    message: str


class ServerDefaultResultStorage(Answer):
    default_result_storage_block_id: UUID | None = None


class ServerDefaultResultStorageUpdate(Query):
    default_result_storage_block_id: UUID


class CsrfToken(Recorded):
    token: str
    client: str
    expiration: datetime


def shown(setting: Setting, value: Any) -> Any:
    """The value of a setting as everybody may see it."""
    if setting.secret and value is not None:
        return MASK
    return without_password(value) if isinstance(value, str) else value


def told(settings: Settings) -> dict[str, Any]:
    """All settings as a tree; of a secret only whether there is one."""
    tree: dict[str, Any] = {}
    for setting, value, _ in everything(settings):
        *branches, leaf = setting.path.split(".")
        branch = tree
        for name in branches:
            branch = branch.setdefault(name, {})
        branch[leaf] = shown(setting, value)
    return tree
