"""Every error and signal that a user can meet, in one family tree.

Errors derive from `PrefectException`. Signals derive from `BaseException`, so that a user's `except Exception` cannot
swallow a cancellation.
"""

from __future__ import annotations

from typing import Any


class PrefectException(Exception):
    """The root of all errors that this package raises on purpose."""


class NotOfThisServer(PrefectException, ImportError):
    """A program imports a part of the server that another implementation has, and ours does not."""

    def __init__(self, module: str) -> None:
        super().__init__(
            f"{module} is part of another server and is not here: ours keeps its leases, events and messages in its "
            "database. What a package offers for that server has no use with this one."
        )
        self.module = module


class CrashedRun(PrefectException):
    """A result was asked of a run that crashed."""


class FailedRun(PrefectException):
    """A result was asked of a run that failed and left no exception behind."""


class CancelledRun(PrefectException):
    """A result was asked of a run that was cancelled."""


class PausedRun(PrefectException):
    """A result was asked of a run that is paused."""

    def __init__(self, *args: object, state: Any = None) -> None:
        super().__init__(*args)
        self.state = state


class OutcomeUnknown(PrefectException):
    """A step that runs at most once was begun by an earlier process, and what it came to was not kept."""

    def __init__(self, step_key: str) -> None:
        super().__init__(
            "This step was begun by an earlier process of the run and is not carried out twice. Whether it did its "
            f"work is not known here; ask the other side for the key {step_key!r}, and let the flow decide."
        )
        self.step_key = step_key


class UnfinishedRun(PrefectException):
    """A result was asked of a run that has not ended."""


class MissingResult(PrefectException):
    """A run ended well, but its result was not kept."""


class FlowRunTimeoutError(TimeoutError, PrefectException):
    """A flow run took longer than its `timeout_seconds`."""


class TaskRunTimeoutError(TimeoutError, PrefectException):
    """A task run took longer than its `timeout_seconds`."""


class UpstreamTaskError(PrefectException):
    """A task could not start because a run that it depends on did not complete."""


class MissingFlowError(PrefectException):
    """No flow has the given name, or a file holds none."""


class UnspecifiedFlowError(PrefectException):
    """Several flows were found and none was named."""


class ScriptError(PrefectException):
    """A user's file could not be run."""

    def __init__(self, user_exc: BaseException, path: str) -> None:
        super().__init__(f"Running {path!r} raised {type(user_exc).__name__}: {user_exc}")
        self.user_exc = user_exc
        self.path = path


class ParameterTypeError(PrefectException):
    """Parameters do not have the types that the function declares."""


class ParameterBindError(TypeError, PrefectException):
    """Arguments do not fit the function's signature."""


class SignatureMismatchError(PrefectException, TypeError):
    """Two signatures that must agree do not."""


class ReservedArgumentError(PrefectException, TypeError):
    """A function names a parameter with a word that is kept for the engine."""


class InvalidNameError(PrefectException, ValueError):
    """A name holds characters that it may not hold."""


class ObjectNotFound(PrefectException):
    """The thing asked for does not exist."""

    def __init__(self, http_exc: Exception | None = None, help_message: str | None = None, *args: object) -> None:
        super().__init__(help_message or str(http_exc or "Not found."), *args)
        self.http_exc = http_exc
        self.help_message = help_message


class ObjectAlreadyExists(PrefectException):
    """A thing of that name exists already."""

    def __init__(self, http_exc: Exception | None = None, *args: object) -> None:
        super().__init__(str(http_exc or "It exists already."), *args)
        self.http_exc = http_exc


class ObjectLimitReached(PrefectException):
    """No more things of that kind may be made."""


class ObjectUnsupported(PrefectException):
    """The server does not know that kind of thing."""


class MissingContextError(PrefectException, RuntimeError):
    """Something that needs a run was called outside of one."""


class MissingProfileError(PrefectException, ValueError):
    """No profile has the given name."""


class ProfileSettingsValidationError(PrefectException, ValueError):
    """A profile holds settings that are not valid."""

    def __init__(self, errors: list[tuple[Any, Exception]]) -> None:
        super().__init__("\n".join(f"{setting}: {error}" for setting, error in errors))
        self.errors = errors


class MappingLengthMismatch(PrefectException, ValueError):
    """The iterables given to `map` differ in length."""


class MappingMissingIterable(PrefectException, ValueError):
    """None of the arguments given to `map` can be iterated over."""


class BlockMissingCapabilities(PrefectException):
    """A block cannot do what is asked of it."""


class ProtectedBlockError(PrefectException):
    """A built-in block type may not be changed."""


class ProtectedName(PrefectException):
    """A thing of that name belongs to the system and may not be made, changed or removed."""


class SchemaMismatch(PrefectException):
    """A value does not fit the JSON schema that holds for it."""


class InvalidRepositoryURLError(PrefectException):
    """A repository's address cannot be used."""


class InfrastructureError(PrefectException):
    """Infrastructure could not do what was asked of it."""


class InfrastructureNotFound(PrefectException):
    """The infrastructure of a run does not exist any more."""


class InfrastructureNotAvailable(PrefectException):
    """The infrastructure of a run cannot be reached from here."""


class NotPausedError(PrefectException):
    """A run was to be resumed that is not paused."""


class FlowPauseTimeout(PrefectException):
    """Nobody resumed a paused run in time."""


class FlowRunWaitTimeout(PrefectException):
    """A flow run did not end in the time one was ready to wait."""


class ConfigurationError(PrefectException):
    """Options or settings do not fit together."""


class StorageNotConfigured(ConfigurationError, RuntimeError):
    """A flow is handed to a work pool that has no place for it."""

    def __init__(self, pool: str) -> None:
        super().__init__(
            f"The work pool {pool!r} has no storage in which flows are put that are handed to it. Choose one: "
            "prefect work-pool storage configure s3|gcs|azure-blob-storage"
        )
        self.pool = pool


class HashError(PrefectException):
    """A value cannot be hashed, so no cache key can be made from it."""


class ConcurrencySlotAcquisitionError(PrefectException):
    """Slots of a concurrency limit cannot be had."""


class AcquireConcurrencySlotTimeoutError(TimeoutError, PrefectException):
    """No slot of a concurrency limit was free in time."""


class SerializationError(PrefectException):
    """A value could not be written, or what was written could not be read."""


class EventTooLarge(PrefectException):
    """An event is larger than the limit."""

    def __init__(self, size: int, maximum: int) -> None:
        super().__init__(f"The event has {size} bytes; at most {maximum} are allowed.")
        self.size = size
        self.maximum = maximum


class FlowRunWatchError(PrefectException):
    """A run that is watched until it ends can be watched no further."""


class PrefectImportError(ImportError):
    """Something that is imported is not here; the message says what takes its place."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class PrefectHTTPStatusError(PrefectException):
    """The server answered with an error: its status, the reason it gave, and the answer to a program of others."""

    def __init__(
        self, *args: object, status: int | None = None, reason: str | None = None, response: Any = None
    ) -> None:
        super().__init__(*args)
        self.status = status
        self.reason = reason
        self.response = response


class PrefectSignal(BaseException):
    """The root of the control signals; user code should let them pass."""


class Abort(PrefectSignal):
    """The run must stop at once and leave its state alone."""


class Pause(PrefectSignal):
    """The run leaves its process and will be started again later."""

    def __init__(self, *args: object, state: Any = None) -> None:
        super().__init__(*args)
        self.state = state


class ConcurrencySlotsLost(PrefectSignal):
    """Slots are held no longer, and what needs them is to end: they were taken away, or could not be renewed."""

    def __init__(self) -> None:
        super().__init__("Its concurrency slots are held no longer, for their lease could not be renewed.")


class ExternalSignal(BaseException):
    """The root of what the outside world asks of the process."""


class TerminationSignal(ExternalSignal):
    """The process was asked to end (SIGTERM)."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"The process received signal {signal}.")
        self.signal = signal


class SKIP(PrefectException):
    """Raise or return it to end a task or flow as Skipped: completed, with no result and no retry.

    A task that is fed a skipped run is skipped as well, unless it takes it through `allow_failure` or is declared with
    `skip_on_upstream_skip=False`.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class FAIL(PrefectException):
    """Raise or return it to end a task or flow as Failed at once, with no retry."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


def exception_traceback(exc: BaseException) -> str:
    """An exception as Python prints it, with where it was raised."""
    import traceback

    return "".join(traceback.TracebackException.from_exception(exc).format())
