"""Flows: functions whose calls are recorded as runs, and in which tasks and further flows run.

`@flow` makes one. Calling it runs it here, in this process, with no server.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, ParamSpec, TypedDict, TypeVar, overload
from uuid import UUID

from prefect._deployable import Deployable, Source, aserve, serve
from prefect._domain.flow_runs import FlowRun
from prefect._domain.names import flow_name, require_valid_name
from prefect._domain.states import State
from prefect._engine.blocks import with_blocks
from prefect._engine.drivers import Core, adrive, adrive_generator, drive, drive_generator
from prefect._engine.entrypoints import load_object
from prefect._engine.flow_run import run_flow
from prefect._engine.functions import (
    description_of,
    hooks_in,
    is_async,
    is_generator,
    require_function,
    under_its_name,
    underlying,
)
from prefect._engine.hooks import FlowStateHook
from prefect._engine.inputs import Signature
from prefect._engine.jobs import Ended, FlowJob, flow_job
from prefect._engine.kept_steps import ChangedTasks
from prefect._engine.methods import Bindable
from prefect._engine.options import checked_retries, checked_seconds
from prefect._engine.outcomes import value_of_flow
from prefect._engine.parameters import serialized
from prefect._engine.placeholders import placeholder_of
from prefect._engine.secret_parameters import secret_kinds, secret_texts, without_secrets
from prefect._engine.signals import TerminationRaised
from prefect._engine.steps import complete
from prefect._engine.tracebacks import fold
from prefect._engine.validation import ParameterModel, annotations_of, are_plain
from prefect.exceptions import MissingFlowError, ScriptError, UnspecifiedFlowError
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.loggers import get_logger
from prefect.results import check_result_storage
from prefect.settings import get_current_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.utilities.asyncutils import dispatched, in_thread
from prefect.utilities.hashing import file_hash
from prefect.utilities.lazy_names import lazy_names
from prefect.utilities.options import declares
from prefect.utilities.visualization import (
    TaskVizTracker,
    VisualizationUnsupportedError,
    add_hint,
    drawing,
    gathered,
    mermaid_of,
    noted_call,
    visualize_task_dependencies,
    warn_of_other_code,
)

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from prefect._outside.bound_flows import InfrastructureBoundFlow, bind_flow_to_infrastructure
    from prefect._outside.loading import (
        is_entrypoint_async,
        load_flow_arguments_from_entrypoint,
        load_flow_from_flow_run,
        load_function_and_convert_to_flow,
        load_placeholder_flow,
        safe_load_flow_from_entrypoint,
    )
    from prefect._wire.json_schema import ParameterSchema

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
HOOKED = ("completion", "failure", "cancellation", "crashed", "running")
USUAL_RESUMES = 10
"""How often a run of a durable flow goes on after a crash, unless its flow says otherwise."""


class FlowOptions(TypedDict, total=False):
    """Everything that can be said of a flow beside its function; delays and timeouts are in seconds."""

    name: str | None
    version: str | None
    flow_run_name: str | Callable[..., str] | None
    tags: Iterable[str] | None
    retries: int | None
    retry_delay_seconds: float | None
    task_runner: TaskRunner | type[TaskRunner] | None
    description: str | None
    timeout_seconds: float | None
    validate_parameters: bool
    persist_result: bool | None
    result_storage: Any
    result_serializer: Any
    cache_result_in_memory: bool
    durable: bool | None
    max_resumes: int | None
    changed_tasks: ChangedTasks | None
    log_prints: bool | None
    on_completion: Sequence[Callable[..., Any]] | None
    on_failure: Sequence[Callable[..., Any]] | None
    on_cancellation: Sequence[Callable[..., Any]] | None
    on_crashed: Sequence[Callable[..., Any]] | None
    on_running: Sequence[Callable[..., Any]] | None


class Flow(Bindable, Deployable, Generic[P, R]):
    """A function whose calls are flow runs."""

    @declares(FlowOptions)
    def __init__(self, fn: Callable[P, R], **options: Unpack[FlowOptions]) -> None:
        require_function(fn, "flow")
        self.fn = fn
        update_wrapper(self, fn)
        self.options: FlowOptions = options
        plain = underlying(fn)
        self.signature = Signature.of(plain)
        self.isasync, self.isgenerator = is_async(fn), is_generator(fn)
        self.name = _name(fn, options)
        self.version = options.get("version") or _version(plain)
        self.description = options.get("description") or description_of(plain)
        tags = options.get("tags") or ()
        self.tags = frozenset((tags,) if isinstance(tags, str) else tags)
        self.flow_run_name = _run_name(options)
        self.log_prints = options.get("log_prints")
        timeout = checked_seconds(options.get("timeout_seconds"), "timeout_seconds", self._told_as)
        self.timeout_seconds = float(timeout or 0) or None
        self.should_validate_parameters = options.get("validate_parameters", True)
        self.task_runner = _task_runner(options)
        self._models: dict[int, ParameterModel] = {}
        self._secrets: dict[int, dict[str, Any]] = {}
        self._set_retries(options)
        self._set_durability(options)
        self._set_results(options)
        for when in HOOKED:
            setattr(self, f"on_{when}_hooks", hooks_in(options, f"on_{when}"))

    on_completion_hooks: list[Callable[..., Any]]
    on_failure_hooks: list[Callable[..., Any]]
    on_cancellation_hooks: list[Callable[..., Any]]
    on_crashed_hooks: list[Callable[..., Any]]
    on_running_hooks: list[Callable[..., Any]]

    def _set_retries(self, options: FlowOptions) -> None:
        settings = get_current_settings().flows
        retries, delay = options.get("retries"), options.get("retry_delay_seconds")
        delay = settings.default_retry_delay_seconds if delay is None else delay
        self.retries = checked_retries(settings.default_retries if retries is None else retries, self._told_as)
        self.retry_delay_seconds: float = checked_seconds(delay, "retry_delay_seconds", self._told_as)

    def _set_durability(self, options: FlowOptions) -> None:
        durable, resumes, changed = options.get("durable"), options.get("max_resumes"), options.get("changed_tasks")
        if not durable and (resumes is not None or changed is not None):
            raise TypeError("max_resumes and changed_tasks are for durable flows. Write @flow(durable=True, ...).")
        if resumes is not None and (isinstance(resumes, bool) or not isinstance(resumes, int) or resumes < 0):
            raise ValueError(f"max_resumes is how often a run goes on after a crash, from 0 on; it is {resumes!r}.")
        if changed not in (None, "keep", "rerun"):
            raise ValueError(f"changed_tasks is 'keep' or 'rerun'; it is {changed!r}.")
        self.max_resumes = (USUAL_RESUMES if resumes is None else resumes) if durable else None
        self.changed_tasks: ChangedTasks = changed or "keep"

    def _set_results(self, options: FlowOptions) -> None:
        self.result_storage = options.get("result_storage")
        self.result_serializer = options.get("result_serializer")
        self.cache_result_in_memory = options.get("cache_result_in_memory", True)
        self.persist_result = options.get("persist_result")
        if self.result_storage is not None:
            check_result_storage(self.result_storage)
        says_where_or_how = self.result_storage is not None or self.result_serializer is not None
        if self.persist_result is None and (says_where_or_how or self.max_resumes is not None):
            self.persist_result = True
        if self.persist_result is False and self.max_resumes is not None:
            raise TypeError("A durable flow keeps its results; take out persist_result=False, or say it of its tasks.")

    @property
    def _told_as(self) -> str:
        return f"the flow {self.name!r}"

    # -- calling --------------------------------------------------------------------------------------------------

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self: Flow[Any, NoReturn], *args: Any, return_state: Literal[True], **kwargs: Any) -> State[Any]: ...
    @overload
    def __call__(
        self: Flow[Any, Coroutine[Any, Any, T]], *args: Any, return_state: Literal[True], **kwargs: Any
    ) -> Coroutine[Any, Any, State[T]]: ...
    @overload
    def __call__(self, *args: Any, return_state: Literal[True], **kwargs: Any) -> State[R]: ...
    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any], **kwargs: Any) -> R: ...

    def __call__(  # type: ignore[misc]  # the first overload's parameters are the user's own
        self, *args: Any, return_state: bool = False, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> Any:
        """Run the flow here and give its result, or its state with `return_state=True`.

        An async flow gives a coroutine; a generator flow an iterator. Inside of another flow the run is a subflow.
        Raises `ParameterBindError` for arguments that do not fit, `ParameterTypeError` for values that are not of the
        declared types, and what the function raises.
        """
        if (tracker := drawing.get()) is not None:
            is_a = {"isasync": self.isasync, "isgenerator": self.isgenerator}
            return noted_call(tracker, self.name, (args, kwargs, wait_for), None, **is_a)
        parameters = self.signature.bind(self._receiver + args, kwargs)
        try:
            return self.run(parameters, wait_for=wait_for, return_state=return_state)
        except BaseException as error:
            fold(error)
            raise error

    def run(
        self,
        parameters: dict[str, Any] | None = None,
        *,
        wait_for: Iterable[Any] | None = None,
        return_state: bool = False,
        flow_run_id: UUID | None = None,
        epoch: int | None = None,
        recorded: FlowRun | None = None,
    ) -> Any:
        """As calling it, with parameters by name; with the id of a run that is recorded already, that run goes on.

        With the `epoch` in which that run was claimed it does so only if nobody else has claimed it since. Whoever has
        read the run gives it as `recorded`, and it is not read again.
        """
        ensure_logging_setup()
        job = partial(flow_job, self, {**self._received, **(parameters or {})}, wait_for, flow_run_id, epoch, recorded)
        if self.isasync:
            return _iterate_async(job) if self.isgenerator else under_its_name(_call_async(job, return_state), self.fn)
        if self.isgenerator:
            return _iterate(job)
        with TerminationRaised():
            return _concluded(drive(run_flow(job())), return_state)

    @classmethod
    @dispatched
    def from_source(cls, source: Any, entrypoint: str) -> Flow[..., Any]:
        """The flow that an entrypoint names in a storage: a repository's address, a path, a storage or a block.

        Its deployments bring the code from there. Raises what bringing and loading it raises.
        """
        from prefect.deployments.of_flows import flow_from_source

        return flow_from_source(source, entrypoint)

    @classmethod
    async def afrom_source(cls, source: Any, entrypoint: str) -> Flow[..., Any]:
        return await in_thread(cls.from_source, source, entrypoint)

    # -- drawing --------------------------------------------------------------------------------------------------

    def visualize(self, *args: Any, **kwargs: Any) -> Any:
        """Draw which tasks and flows a call would call, as a PNG that is shown; no task is run.

        Where code of the flow needs what a task gives, give the task a `viz_return_value`. Raises
        `VisualizationUnsupportedError` for a flow that maps, and an error that says what to install without Graphviz.
        """
        warn_of_other_code("visualize")
        return visualize_task_dependencies(self._drawn(args, kwargs), self.name)

    async def avisualize(self, *args: Any, **kwargs: Any) -> Any:
        """As `visualize`, for async code."""
        warn_of_other_code("visualize")
        return visualize_task_dependencies(await in_thread(self._drawn, args, kwargs), self.name)

    def generate_mermaid_graph(self, *args: Any, **kwargs: Any) -> str:
        """What `visualize` draws, as a flowchart in the language of Mermaid; this needs no further package."""
        warn_of_other_code("generate_mermaid_graph")
        return mermaid_of(self._drawn(args, kwargs))

    async def agenerate_mermaid_graph(self, *args: Any, **kwargs: Any) -> str:
        """As `generate_mermaid_graph`, for async code."""
        warn_of_other_code("generate_mermaid_graph")
        return mermaid_of(await in_thread(self._drawn, args, kwargs))

    def _drawn(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TaskVizTracker:
        """The calls that a call of the flow would make."""
        with TaskVizTracker() as tracker:
            try:
                made = complete(partial(self.fn, *self._receiver, *args, **kwargs))
                if self.isgenerator:
                    complete(gathered, made)
            except VisualizationUnsupportedError:
                raise
            except Exception as error:
                add_hint(error)
                raise
        return tracker

    # -- parameters -----------------------------------------------------------------------------------------------

    def validate_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters in the types that the function declares, with blocks in the places of references to them.

        Raises `ParameterTypeError`.
        """
        received = self._received
        loaded = with_blocks(_without(received, parameters))
        fits = not self.signature.is_annotated or are_plain(self.fn, self._callers_signature, loaded)
        given = loaded if fits else self._parameter_model().coerced(loaded)
        return {**{name: value for name, value in parameters.items() if name in received}, **given}

    @property
    def parameters(self) -> ParameterSchema:
        """The parameters as JSON schema; `model_dump()` gives it as a dict."""
        return self._parameter_model().schema()

    def _parameter_model(self) -> ParameterModel:
        """Shared by the bound and the unbound, which differ in how many parameters are the caller's."""
        received = len(self._receiver)
        if received not in self._models:
            self._models[received] = ParameterModel(self.fn, self._callers_signature)
        return self._models[received]

    @property
    def _received(self) -> dict[str, Any]:
        """The instance or class that the flow is bound to, by its parameter's name: no matter of the caller."""
        return dict(zip(self.signature.names, self._receiver))

    @property
    def _callers_signature(self) -> inspect.Signature:
        """The parameters that a caller gives."""
        signature = self.signature.signature
        received = len(self._receiver)
        return signature.replace(parameters=list(signature.parameters.values())[received:]) if received else signature

    def secrets_in(self, parameters: Mapping[str, Any]) -> Iterator[str]:
        """The texts of the secrets among the parameters, which are to be read nowhere."""
        return secret_texts(_without(self._received, parameters)) if self._secret_kinds else iter(())

    def serialize_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters as JSON takes them, with asterisks in the places of secrets.

        What JSON does not know becomes its type's name in angle brackets.
        """
        given, secrets = _without(self._received, parameters), self._secret_kinds
        return serialized(without_secrets(given, secrets) if secrets else given)

    @property
    def _secret_kinds(self) -> dict[str, Any]:
        """The types of the parameters that have a secret in them."""
        received = len(self._receiver)
        if received not in self._secrets:
            self._secrets[received] = secret_kinds(annotations_of(self.fn, self._callers_signature))
        return self._secrets[received]

    # -- options --------------------------------------------------------------------------------------------------

    @declares(FlowOptions)
    def with_options(self, **options: Unpack[FlowOptions]) -> Self:
        """The same flow with other options; what is not given, and None, keeps the old value."""
        merged: FlowOptions = self._with(options, HOOKED)
        made = type(self)(self.fn, **merged)
        made.source, made._receiver = self.source, self._receiver
        return made

    def on_completion(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(flow, run, state)` when a run completes."""
        self.on_completion_hooks.append(fn)
        return fn

    def on_failure(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(flow, run, state)` when a run has failed for good."""
        self.on_failure_hooks.append(fn)
        return fn

    def on_cancellation(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(flow, run, state)` when a run is cancelled."""
        self.on_cancellation_hooks.append(fn)
        return fn

    def on_crashed(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(flow, run, state)` when a run crashes."""
        self.on_crashed_hooks.append(fn)
        return fn

    def on_running(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(flow, run, state)` when a try of a run starts."""
        self.on_running_hooks.append(fn)
        return fn

    def __repr__(self) -> str:
        return f"<Flow {self.name!r}>"


def _concluded(ended: Ended, return_state: bool) -> Any:
    if ended.crash is not None:
        raise ended.crash
    return ended.state if return_state else value_of_flow(ended.state)


def _without(names: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in parameters.items() if name not in names} if names else parameters


Job = Callable[[], FlowJob]


async def _call_async(job: Job, return_state: bool) -> Any:
    with TerminationRaised():
        ended = await adrive(run_flow(job()))
        try:
            return _concluded(ended, return_state)
        except BaseException as error:
            fold(error)
            raise error


def _iterate(job: Job) -> Generator[Any, Any, Any]:
    return drive_generator(_begun_later(job), partial(_concluded, return_state=False))


def _iterate_async(job: Job) -> AsyncGenerator[Any, Any]:
    return adrive_generator(_begun_later(job), partial(_concluded, return_state=False))


def _begun_later(job: Job) -> Core[Ended]:
    return (yield from run_flow(job()))


def _name(fn: Any, options: FlowOptions) -> str:
    name = options.get("name")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"A flow's name is a string; it is {name!r}. Write @flow(name='...').")
    if not name:
        return flow_name(getattr(fn, "__name__", type(fn).__name__))
    return require_valid_name(name, "flow")


def _run_name(options: FlowOptions) -> str | Callable[..., str] | None:
    source = options.get("flow_run_name")
    if source is not None and not isinstance(source, str) and not callable(source):
        raise TypeError(f"flow_run_name is a string or a function that gives one; it is {source!r}.")
    return source


def _version(fn: Any) -> str | None:
    """A hash of the file in which a function is written; None where there is no file."""
    try:
        return _file_version(inspect.getsourcefile(fn))
    except (TypeError, OSError):
        return None


@lru_cache(maxsize=256)
def _file_version(path: str | None) -> str | None:
    return file_hash(path) if path is not None and Path(path).is_file() else None


def _task_runner(options: FlowOptions) -> TaskRunner:
    runner = options.get("task_runner")
    made = runner() if isinstance(runner, type) else runner
    if made is None:
        return ThreadPoolTaskRunner()
    if not isinstance(made, TaskRunner):
        raise TypeError(f"task_runner is a task runner, such as ThreadPoolTaskRunner(max_workers=4); it is {runner!r}.")
    return made


class FlowDecorator:
    """Makes a flow of a function: `@flow`, or `@flow(retries=2)` with options.

    Raises `TypeError` for what is not a function and for options that are not of their type, `InvalidNameError` for a
    name that holds what names may not hold.
    """

    @overload
    def __call__(self, fn: Callable[P, R], /) -> Flow[P, R]: ...
    @overload
    def __call__(
        self, fn: None = None, /, **options: Unpack[FlowOptions]
    ) -> Callable[[Callable[P, R]], Flow[P, R]]: ...

    @declares(FlowOptions, called="flow")
    def __call__(self, fn: Callable[..., Any] | None = None, /, **options: Unpack[FlowOptions]) -> Any:
        return partial(self, **options) if fn is None else Flow(fn, **options)

    @staticmethod
    @dispatched
    def from_source(source: Any, entrypoint: str) -> Flow[..., Any]:
        """As `Flow.from_source`."""
        return Flow.from_source(source, entrypoint)

    @staticmethod
    async def afrom_source(source: Any, entrypoint: str) -> Flow[..., Any]:
        return await Flow.afrom_source(source, entrypoint)


flow = FlowDecorator()


def select_flow(
    flows: Iterable[Flow[Any, Any]], flow_name: str | None = None, from_message: str | None = None
) -> Flow[Any, Any]:
    """The one flow, or the one of that name. Raises `MissingFlowError` and `UnspecifiedFlowError`."""
    by_name = {flow.name: flow for flow in flows}
    place = f" in {from_message}" if from_message else ""
    if not by_name:
        raise MissingFlowError(f"No flows found{place}.")
    if flow_name is not None and flow_name not in by_name:
        raise MissingFlowError(f"Flow {flow_name!r} not found{place}. Found: {', '.join(sorted(by_name))}.")
    if flow_name is None and len(by_name) > 1:
        raise UnspecifiedFlowError(
            f"Found {len(by_name)} flows{place}: {', '.join(sorted(by_name))}. Name one of them."
        )
    return by_name[flow_name] if flow_name is not None else next(iter(by_name.values()))


def load_flow_from_entrypoint(entrypoint: str, use_placeholder_flow: bool = True) -> Flow[Any, Any]:
    """The flow that `path/to/file.py:function` or `package.module.function` names.

    Where the file cannot be run here, as when its imports are missing, the flow is made from its source, with a
    warning: it can be deployed, and raises `ScriptError` when it is called. Raises that at once with
    `use_placeholder_flow=False`, or where the source does not show the flow; `MissingFlowError` where there is no such
    flow.
    """
    try:
        found = load_object(entrypoint)
    except ScriptError as error:
        if not use_placeholder_flow:
            raise
        return _known_by_source(entrypoint, error)
    if not isinstance(found, Flow):
        raise MissingFlowError(f"{entrypoint!r} is a {type(found).__name__}, not a flow. Put @flow on it.")
    return found


def _known_by_source(entrypoint: str, error: ScriptError) -> Flow[Any, Any]:
    placeholder = placeholder_of(entrypoint, error)
    if placeholder is None:
        raise error
    made: Flow[Any, Any] = Flow(placeholder.fn, **placeholder.options)  # the options are those of a flow
    get_logger("flows").warning("%s. Of the flow %r only what its source says is known here.", error, made.name)
    return made


HOMES = {
    "InfrastructureBoundFlow": "prefect._outside.bound_flows",
    "bind_flow_to_infrastructure": "prefect._outside.bound_flows",
    "is_entrypoint_async": "prefect._outside.loading",
    "load_flow_arguments_from_entrypoint": "prefect._outside.loading",
    "load_flow_from_flow_run": "prefect._outside.loading",
    "load_function_and_convert_to_flow": "prefect._outside.loading",
    "load_placeholder_flow": "prefect._outside.loading",
    "safe_load_flow_from_entrypoint": "prefect._outside.loading",
}
"""What binds flows to infrastructure, and loads them as older programs do, is above this floor."""
__getattr__ = lazy_names(__name__, HOMES)


__all__ = [
    "Flow",
    "FlowOptions",
    "FlowStateHook",
    "InfrastructureBoundFlow",
    "Source",
    "aserve",
    "bind_flow_to_infrastructure",
    "flow",
    "is_entrypoint_async",
    "load_flow_arguments_from_entrypoint",
    "load_flow_from_entrypoint",
    "load_flow_from_flow_run",
    "load_function_and_convert_to_flow",
    "load_placeholder_flow",
    "safe_load_flow_from_entrypoint",
    "select_flow",
    "serve",
]
