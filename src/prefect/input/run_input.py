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
from prefect.input.keysets import Keyset, keyset_from_base_key, keyset_from_paused_state
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
    ) -> GetInputHandler:
        """The inputs of this type that are sent to a run, as they come: to be iterated over, also with `async for`.

        It ends when none has come for `timeout` seconds, or raises `TimeoutError` then if that is wished.
        """
        prefix = key_prefix or f"{cls.__name__.lower()}-auto"
        return GetInputHandler(cls, prefix, timeout, poll_interval, raise_timeout_error, exclude_keys, flow_run_id)

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


class GetInputHandler:
    """Inputs as they come to a run: to be iterated over, also with `async for`, or asked for one by one."""

    def __init__(
        self,
        run_input_cls: type[RunInput],
        key_prefix: str,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        flow_run_id: UUID | None = None,
    ) -> None:
        self.run_input_cls = run_input_cls
        self.key_prefix = key_prefix
        self.timeout = timeout
        self.poll_interval = min(poll_interval, LOOK_EVERY)
        self.raise_timeout_error = raise_timeout_error
        self.exclude_keys = set(exclude_keys or ())
        self.flow_run_id = actions.the_flow_run(flow_run_id)

    @dispatched
    def next(self) -> Any:
        """The next input. Raises `TimeoutError` where none comes in time."""
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        while True:
            if found := self.filter_for_inputs_sync():
                return self.to_instance(found[0])
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"No input of that kind has come in {self.timeout} s.")
            time.sleep(self.poll_interval)

    async def anext(self) -> Any:
        """As `next`."""
        return await in_thread(self.next)

    def filter_for_inputs_sync(self) -> list[Any]:
        """The oldest of the inputs that are there and were not given out yet, as it was sent; it is given out now."""
        found: list[Any] = actions.filter_flow_run_input(self.key_prefix, 1, list(self.exclude_keys), self.flow_run_id)
        self.exclude_keys |= {one.key for one in found}
        return found

    async def filter_for_inputs(self) -> list[Any]:
        """As `filter_for_inputs_sync`."""
        return await in_thread(self.filter_for_inputs_sync)

    def to_instance(self, flow_run_input: Any) -> Any:
        """An input of the class out of one as it was sent."""
        return self.run_input_cls.load_from_flow_run_input(flow_run_input)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return self.next()
        except TimeoutError:
            if self.raise_timeout_error:
                raise
            raise StopIteration from None

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.anext()
        except TimeoutError:
            if self.raise_timeout_error:
                raise
            raise StopAsyncIteration from None


class GetAutomaticInputHandler(GetInputHandler):
    """Values as they come to a run, as inputs where their metadata are wished."""

    def __init__(self, *args: Any, with_metadata: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.with_metadata = with_metadata

    def to_instance(self, flow_run_input: Any) -> Any:
        loaded = super().to_instance(flow_run_input)
        return loaded if self.with_metadata else loaded.value


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
) -> GetInputHandler:
    """The inputs of a type that are sent to a run, as they come; plain values unless their metadata are wished."""
    kind = run_input_subclass_from_type(input_type)
    told = (timeout, poll_interval, raise_timeout_error, exclude_keys)
    if not issubclass(kind, AutomaticRunInput):
        return kind.receive(*told, key_prefix, flow_run_id)
    prefix = key_prefix or f"{kind.__name__.lower()}-auto"
    return GetAutomaticInputHandler(kind, prefix, *told, flow_run_id, with_metadata=with_metadata)


def _kept(key: str, value: Any, flow_run_id: UUID | None) -> None:
    try:
        actions.create_flow_run_input(key, value, flow_run_id)
    except ObjectAlreadyExists:
        return


BaseRunInput = RunInput

__all__ = [
    "AutomaticRunInput",
    "BaseRunInput",
    "GetAutomaticInputHandler",
    "GetInputHandler",
    "Keyset",
    "RunInput",
    "RunInputMetadata",
    "asend_input",
    "keyset_from_base_key",
    "keyset_from_paused_state",
    "receive_input",
    "run_input_subclass_from_type",
    "send_input",
]
