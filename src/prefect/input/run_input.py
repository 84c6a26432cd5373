"""Typed inputs: a paused run waits for one, and runs send them to each other.

class Person(RunInput):
    name: str

person = pause_flow_run(wait_for_input=Person)
for greeting in Greeting.receive(timeout=60): ...
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID, uuid4

import orjson
from pydantic import BaseModel, ConfigDict, create_model

from prefect.exceptions import ObjectAlreadyExists
from prefect.input import actions
from prefect.input.keysets import Keyset, keyset_from_base_key
from prefect.utilities.asyncutils import dispatched, in_thread

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")
SENDER = "prefect.flow-run."
LOOK_EVERY = 0.5
"""Seconds between two looks for inputs that have come."""


class RunInputMetadata(BaseModel):
    """Under which key an input came, from whom, and to which run."""

    key: str
    sender: str | None = None
    receiver: UUID


class RunInput(BaseModel):
    """The root of inputs; its fields are what is asked for."""

    model_config = ConfigDict(extra="forbid")
    _description: ClassVar[str | None] = None
    _metadata: RunInputMetadata | None = None

    @property
    def metadata(self) -> RunInputMetadata:
        """Where the input came from. Raises `RuntimeError` for one that did not come from anywhere."""
        if self._metadata is None:
            raise RuntimeError("This input was not received, so nothing is known of where it came from.")
        return self._metadata

    @classmethod
    def keyset_from_type(cls) -> Keyset:
        """The keys of an input of this type that no pause waits for."""
        return keyset_from_base_key(cls.__name__.lower())

    @classmethod
    @dispatched
    def save(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """Say which input a run waits for: its schema, and its description. What was said in an earlier try stays."""
        _kept(keyset["schema"], cls.model_json_schema(mode="serialization"), flow_run_id)
        if cls._description:
            _kept(keyset["description"], cls._description, flow_run_id)

    @classmethod
    @dispatched
    def load(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Any:
        """The input that a run was given."""
        return cls(**(actions.read_flow_run_input(keyset["response"], flow_run_id) or {}))

    @classmethod
    def load_from_flow_run_input(cls, received: Any) -> Any:
        """The input that another run sent."""
        loaded = cls(**orjson.loads(received.value))
        loaded._metadata = RunInputMetadata(key=received.key, sender=received.sender, receiver=received.flow_run_id)
        return loaded

    @classmethod
    def with_initial_data(cls, description: str | None = None, **initial: Any) -> type[Self]:
        """The same input with a description for whoever fills it in, and with values to begin with."""
        fields: dict[str, Any] = {
            name: (cls.model_fields[name].annotation if name in cls.model_fields else type(value), value)
            for name, value in initial.items()
        }
        made = create_model(cls.__name__, __base__=cls, **fields)
        made._description = description
        return made

    @dispatched
    def respond(self, run_input: Any, sender: str | None = None, key_prefix: str | None = None) -> None:
        """Send an input back to the run that sent this one. Raises `RuntimeError` where no run did."""
        sent_by = self.metadata.sender
        if not sent_by or not sent_by.startswith(SENDER):
            raise RuntimeError("Cannot respond to an input that was not sent by a flow run.")
        send_input(run_input, UUID(sent_by.removeprefix(SENDER)), sender, key_prefix)

    async def arespond(self, run_input: Any, sender: str | None = None, key_prefix: str | None = None) -> None:
        await in_thread(self.respond, run_input, sender, key_prefix)

    @dispatched
    def send_to(self, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
        """Send this input to a run."""
        key = f"{key_prefix or type(self).__name__.lower() + '-auto'}-{uuid4()}"
        actions.create_flow_run_input_from_model(key, self, flow_run_id, sender)

    async def asend_to(self, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
        await in_thread(self.send_to, flow_run_id, sender, key_prefix)

    @classmethod
    def receive(
        cls,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        key_prefix: str | None = None,
        flow_run_id: UUID | None = None,
    ) -> Received:
        """The inputs of this type that are sent to a run, as they come: to be iterated over, also with `async for`.

        It ends when none has come for `timeout` seconds, or raises `TimeoutError` then if that is wished.
        """
        return Received(
            cls,
            timeout=timeout,
            look_every=min(poll_interval, LOOK_EVERY),
            raise_timeout_error=raise_timeout_error,
            exclude_keys=exclude_keys or set(),
            key_prefix=key_prefix or f"{cls.__name__.lower()}-auto",
            flow_run_id=flow_run_id,
        )

    @classmethod
    def subclass_from_base_model_type(cls, model: type[BaseModel]) -> type[RunInput]:
        """An input with the fields of a model."""
        return type(f"{model.__name__}RunInput", (RunInput, model), {})


class AutomaticRunInput(RunInput, Generic[T]):
    """An input that is one value of a type that is no model."""

    value: T

    @classmethod
    @dispatched
    def load(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Any:
        return super().load(keyset, flow_run_id).value

    @classmethod
    def load_from_flow_run_input(cls, received: Any) -> Any:
        return super().load_from_flow_run_input(received)

    @classmethod
    def subclass_from_type(cls, type: Any) -> type[AutomaticRunInput[Any]]:
        """An input whose value has a type."""
        name = getattr(type, "__name__", str(type)).lower()
        return create_model(f"{cls.__name__}_{name}", __base__=AutomaticRunInput, value=(type, ...))


class Received:
    """Inputs as they come to a run."""

    def __init__(
        self,
        kind: type[RunInput],
        *,
        timeout: float | None,
        look_every: float,
        raise_timeout_error: bool,
        exclude_keys: set[str],
        key_prefix: str,
        flow_run_id: UUID | None,
        with_metadata: bool = True,
    ) -> None:
        self._kind = kind
        self._timeout = timeout
        self._look_every = look_every
        self._raises = raise_timeout_error
        self._known = set(exclude_keys)
        self._key_prefix = key_prefix
        self._flow_run_id = actions.the_flow_run(flow_run_id)
        self._with_metadata = with_metadata

    @dispatched
    def next(self) -> Any:
        """The next input. Raises `TimeoutError` where none comes in time."""
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        while True:
            found = actions.filter_flow_run_input(self._key_prefix, 1, list(self._known), self._flow_run_id)
            if found:
                self._known.add(found[0].key)
                return self._taken(found[0])
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"No input of that kind has come in {self._timeout} s.")
            time.sleep(self._look_every)

    def _taken(self, found: Any) -> Any:
        loaded = self._kind.load_from_flow_run_input(found)
        plain = isinstance(loaded, AutomaticRunInput) and not self._with_metadata
        return loaded.value if plain else loaded

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return self.next()
        except TimeoutError:
            if self._raises:
                raise
            raise StopIteration from None

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return await in_thread(self.next)
        except TimeoutError:
            if self._raises:
                raise
            raise StopAsyncIteration from None


def run_input_subclass_from_type(wanted: Any) -> type[RunInput]:
    """The input for a type: itself, one with the fields of a model, or one that is a value of it."""
    if isinstance(wanted, type) and issubclass(wanted, RunInput):
        return wanted
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return RunInput.subclass_from_base_model_type(wanted)
    return AutomaticRunInput.subclass_from_type(wanted)


@dispatched
def send_input(run_input: Any, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
    """Send an input, or any value that JSON knows, to a run."""
    if isinstance(run_input, RunInput):
        run_input.send_to(flow_run_id, sender, key_prefix)
        return
    kind = run_input_subclass_from_type(type(run_input))
    given = run_input.model_dump() if isinstance(run_input, BaseModel) else {"value": run_input}
    kind(**given).send_to(flow_run_id, sender, key_prefix)


async def asend_input(
    run_input: Any, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None
) -> None:
    await in_thread(send_input, run_input, flow_run_id, sender, key_prefix)


def receive_input(
    input_type: Any,
    timeout: float | None = 3600,
    poll_interval: float = 10,
    raise_timeout_error: bool = False,
    exclude_keys: set[str] | None = None,
    key_prefix: str | None = None,
    flow_run_id: UUID | None = None,
    with_metadata: bool = False,
) -> Received:
    """The inputs of a type that are sent to a run, as they come; plain values unless their metadata are wished."""
    kind = run_input_subclass_from_type(input_type)
    received = kind.receive(timeout, poll_interval, raise_timeout_error, exclude_keys, key_prefix, flow_run_id)
    received._with_metadata = with_metadata
    return received


def _kept(key: str, value: Any, flow_run_id: UUID | None) -> None:
    try:
        actions.create_flow_run_input(key, value, flow_run_id)
    except ObjectAlreadyExists:
        return
