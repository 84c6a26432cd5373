"""The keys under which the parts of an awaited input are kept."""

from __future__ import annotations

from typing import TypedDict

from prefect._domain.states import State


class Keyset(TypedDict):
    """The keys of an input's description, of the response to it, and of its schema."""

    description: str
    response: str
    schema: str


def keyset_from_base_key(base_key: str) -> Keyset:
    """The keys that begin with a key, such as `paused-1`."""
    return {
        "description": f"{base_key}-description",
        "response": f"{base_key}-response",
        "schema": f"{base_key}-schema",
    }


def as_dict(keyset: Keyset) -> dict[str, str]:
    """The keys by the names of what they hold."""
    return {"description": keyset["description"], "response": keyset["response"], "schema": keyset["schema"]}


def keyset_from_paused_state(state: State) -> Keyset:
    """The keys of the input that a paused run waits for. Raises `RuntimeError` for a state that is not paused."""
    if not state.is_paused():
        raise RuntimeError(f"{state.type.value!r} is unsupported. Only paused states have an input.")
    return keyset_from_base_key(f"{state.name.lower()}-{state.state_details.pause_key}")
