"""Results: what runs leave behind, and where it is kept.

A `ResultRecord` holds a value; a `ResultStore` writes records, one JSON file a key, and reads them again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from pathlib import Path
from types import GenericAlias
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID, uuid4

import orjson

from prefect._domain.version import VERSION
from prefect._engine.blocks import document_of, load_block
from prefect._engine.local_files import LocalFiles
from prefect._engine.steps import complete
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import ConfigurationError, SerializationError
from prefect.serializers import Serializer, resolve_serializer
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread

MOST_IN_MEMORY = 1000
LARGEST_MEMORY = 4 * 1024 * 1024
"""Bytes, as they are written, of the results that a store keeps in memory."""


class Storage(Protocol):
    """What results can be kept in: a folder, or a file system block. Its methods may be async."""

    def read_path(self, path: str) -> Any:
        """The content under a path. Raises `ValueError` or `OSError` where there is none."""

    def write_path(self, path: str, content: bytes) -> Any:
        """Keep content under a path."""


ResultStorage: TypeAlias = Storage | str
"""A storage, or the name of the block that is one."""
ResultSerializer: TypeAlias = Serializer | str
"""A serializer, or the name of its type."""


class Maker(NamedTuple):
    """The code and the run that made a result."""

    task_key: str
    task_run_id: UUID

    def __str__(self) -> str:
        return f"{self.task_key} {self.task_run_id}"

    @classmethod
    def read(cls, told: str) -> Maker:
        task_key, _, id = told.rpartition(" ")
        return cls(task_key, UUID(id))


@dataclass
class ResultRecordMetadata:
    """Where a result is kept and how it is read; `expiration` None never expires."""

    storage_key: str
    serializer: dict[str, Any]
    expiration: datetime | None = None
    prefect_version: str = VERSION
    storage_block_id: str | None = None
    made_by: str | None = None
    """The `Maker` of a step of a durable flow."""

    def model_dump(self, **_: Any) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in METADATA}
        return told if self.made_by is None else {**told, "made_by": self.made_by}


METADATA = tuple(field.name for field in fields(ResultRecordMetadata) if field.name != "made_by")


class _Watchable:
    __slots__ = ("__weakref__",)


@dataclass(slots=True)
class ResultRecord(_Watchable):
    """A value that a run left behind; `metadata` is None while nobody keeps it."""

    result: Any
    metadata: ResultRecordMetadata | None = None
    is_stored: bool = False

    def __class_getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(cls, item)

    def is_expired(self, now: datetime) -> bool:
        expiration = self.metadata.expiration if self.metadata else None
        return expiration is not None and expiration <= now


class StoredResult:
    """A result that another process kept: read when it is asked for."""

    is_stored = True

    def __init__(self, metadata: dict[str, Any], store: ResultStore | None = None) -> None:
        self.metadata = metadata
        self._store = store

    @property
    def result(self) -> Any:
        store = self._store or _store_of_block(self.metadata.get("storage_block_id"))
        return store.read(self.metadata["storage_key"]).result


def why_unkept(error: Exception) -> str:
    """Why a result could not be written, for the log."""
    return str(error) if isinstance(error, SerializationError) else f"{type(error).__name__}: {error}"


@dataclass
class ResultStore:
    """Keeps results under keys."""

    result_storage: Any = None
    metadata_storage: Any = None
    lock_manager: Any = None
    cache_result_in_memory: bool = True
    serializer: Any = None
    _memory: OrderedDict[str, tuple[ResultRecord, int]] = field(default_factory=OrderedDict, repr=False)
    _memory_size: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.serializer = resolve_serializer(self.serializer or get_default_result_serializer())
        self.result_storage = resolve_result_storage(self.result_storage)
        if self.metadata_storage is not None:
            self.metadata_storage = resolve_result_storage(self.metadata_storage)

    def create_result_record(
        self, obj: Any, key: str | None = None, expiration: datetime | None = None
    ) -> ResultRecord:
        """A record of a value, not yet written."""
        block = document_of(self._storage)
        metadata = ResultRecordMetadata(
            key or uuid4().hex, self.serializer.model_dump(), expiration, storage_block_id=block
        )
        return ResultRecord(obj, metadata)

    def persist_result_record(self, result_record: ResultRecord, holder: str | None = None) -> None:
        """Write a record. Raises `SerializationError` for a value that cannot be written."""
        metadata = result_record.metadata
        assert metadata is not None
        result = self.serializer.dumps(result_record.result)
        if self.metadata_storage is None:
            content = orjson.dumps({"metadata": metadata.model_dump(), "result": result.decode()})
            complete(self._storage.write_path, metadata.storage_key, content)
        else:
            complete(self._storage.write_path, metadata.storage_key, result)
            described = orjson.dumps({"metadata": metadata.model_dump()})
            complete(self.metadata_storage.write_path, metadata.storage_key, described)
        result_record.is_stored = True
        self._remember(metadata.storage_key, result_record, len(result))

    def write(
        self, obj: Any, key: str | None = None, expiration: datetime | None = None, holder: str | None = None
    ) -> None:
        """Keep a value under a key."""
        self.persist_result_record(self.create_result_record(obj, key, expiration), holder)

    def read(self, key: str, holder: str | None = None) -> ResultRecord:
        """The record of a key.

        Raises `ValueError` where there is none, `SerializationError` where it cannot be read.
        """
        known = self._memory.get(key)
        if known is not None and _holds(self._keys, key):
            return known[0]
        content = complete(self._keys.read_path, key)
        record = self._record(key, content)
        self._remember(key, record, len(content))
        return record

    def _record(self, key: str, content: bytes) -> ResultRecord:
        try:
            held = orjson.loads(content)
            metadata = ResultRecordMetadata(**held["metadata"])
            if isinstance(metadata.expiration, str):
                metadata.expiration = datetime.fromisoformat(metadata.expiration)
            serializer: Serializer = resolve_serializer(metadata.serializer)
            result = (
                held["result"].encode() if self.metadata_storage is None else complete(self._storage.read_path, key)
            )
            return ResultRecord(serializer.loads(result), metadata, is_stored=True)
        except (SerializationError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise SerializationError(
                f"The result {key!r} in {self._storage!r} cannot be read: {error}. "
                "Delete the file to have it made anew."
            ) from error

    def made_by(self, key: str) -> Maker | None:
        """Who made what is kept under a key; None where that is not told, or nothing can be read there."""
        try:
            metadata = self.read(key).metadata if _holds(self._keys, key) else None
            return Maker.read(metadata.made_by) if metadata is not None and metadata.made_by else None
        except (SerializationError, ValueError):
            return None

    def exists(self, key: str) -> bool:
        """Whether a result is kept under a key and has not expired."""
        return _holds(self._keys, key) and not self.read(key).is_expired(datetime.now(timezone.utc))

    def _remember(self, key: str, record: ResultRecord, size: int) -> None:
        """Keep a record in memory, too, among the latest small ones."""
        if not self.cache_result_in_memory:
            return
        self._memory_size += size - self._memory.pop(key, (None, 0))[1]
        self._memory[key] = (record, size)
        while self._memory and (self._memory_size > LARGEST_MEMORY or len(self._memory) > MOST_IN_MEMORY):
            self._memory_size -= self._memory.popitem(last=False)[1][1]

    @property
    def _storage(self) -> Storage:
        storage: Storage = self.result_storage
        return storage

    @property
    def _keys(self) -> Storage:
        """Where the record of a key is looked for."""
        return self.metadata_storage or self._storage

    def supports_isolation_level(self, level: Any) -> bool:
        """Whether transactions of that isolation can be had: SERIALIZABLE needs a lock manager."""
        return getattr(level, "name", level) != "SERIALIZABLE" or self.lock_manager is not None

    def acquire_lock(self, key: str, holder: str, timeout: float | None = None) -> bool:
        """Take the lock of a key; whether it was had within `timeout` seconds (None: however long it takes)."""
        return bool(self._locks.acquire_lock(key, holder, acquire_timeout=timeout))

    def release_lock(self, key: str, holder: str) -> None:
        self._locks.release_lock(key, holder)

    def is_locked(self, key: str) -> bool:
        return bool(self._locks.is_locked(key))

    def is_lock_holder(self, key: str, holder: str) -> bool:
        return bool(self._locks.is_lock_holder(key, holder))

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds a key; whether that came within `timeout` seconds."""
        return bool(self._locks.wait_for_lock(key, timeout=timeout))

    @property
    def _locks(self) -> Any:
        if self.lock_manager is None:
            raise ConfigurationError(
                "This result store has no lock manager: give it lock_manager=MemoryLockManager() or "
                "FileSystemLockManager(folder)."
            )
        return self.lock_manager

    async def aread(self, key: str, holder: str | None = None) -> ResultRecord:
        return await in_thread(self.read, key, holder)

    async def awrite(self, obj: Any, key: str | None = None, expiration: datetime | None = None) -> None:
        await in_thread(self.write, obj, key, expiration)

    async def aexists(self, key: str) -> bool:
        return await in_thread(self.exists, key)

    async def apersist_result_record(self, result_record: ResultRecord, holder: str | None = None) -> None:
        await in_thread(self.persist_result_record, result_record, holder)


def _holds(storage: Storage, key: str) -> bool:
    """Whether there is anything under a key; a storage that cannot tell is asked for the content."""
    if hasattr(storage, "exists"):
        return bool(complete(storage.exists, key))
    try:
        complete(storage.read_path, key)
    except (ValueError, OSError):
        return False
    return True


def _store_of_block(document_id: str | None) -> ResultStore:
    """The store whose results are kept in a block, or without one in the default place."""
    return ResultStore(load_block(document_id) if document_id is not None else None)


def check_result_storage(storage: Any) -> None:
    """Raise `TypeError` for what results cannot be kept in. A block that is given by name is not looked for yet."""
    is_name = isinstance(storage, str) and storage.count("/") == 1
    if is_name or isinstance(storage, Path) or (hasattr(storage, "read_path") and hasattr(storage, "write_path")):
        return
    raise TypeError(
        f"Results cannot be kept in {storage!r}: give a folder as a Path, a file system block, or the name of a saved "
        "one, such as 'local-file-system/my-results'."
    )


def resolve_result_storage(storage: Any) -> Storage:
    """A storage as it is, the folder of a path, the block of a name, or the default for None.

    Raises `TypeError` for anything else, `ValueError` where there is no block of that name.
    """
    if storage is None:
        return get_default_result_storage()
    check_result_storage(storage)
    if isinstance(storage, Path):
        return LocalFiles(storage)
    found: Storage = load_block(storage) if isinstance(storage, str) else storage
    return found


def get_default_result_storage() -> Storage:
    """The block that the settings name, else the folder that they name."""
    settings = get_current_settings().results
    if settings.default_storage_block:
        return resolve_result_storage(settings.default_storage_block)
    return LocalFiles(settings.local_storage_path)


async def aget_default_result_storage() -> Storage:
    """As `get_default_result_storage`."""
    return await in_thread(get_default_result_storage)


async def aresolve_result_storage(result_storage: Any) -> Storage:
    """As `resolve_result_storage`."""
    return await in_thread(resolve_result_storage, result_storage)


async def get_or_create_default_task_scheduling_storage() -> Storage:
    """Where the parameters of tasks are kept that a task worker carries out: the block that the settings name.

    Without one it is where results are kept.
    """
    named = get_current_settings().tasks.scheduling.default_storage_block
    return await aresolve_result_storage(named or None)


def DEFAULT_STORAGE_KEY_FN() -> str:
    """A key for a result that is named by nothing: a new one at each call."""
    return uuid4().hex


def get_default_result_serializer() -> Serializer:
    """The serializer that the settings name."""
    return resolve_serializer(get_current_settings().results.default_serializer)


def get_default_persist_setting() -> bool:
    """Whether results are kept unless told otherwise: where the settings say so, or name a block to keep them in."""
    settings = get_current_settings().results
    return bool(settings.persist_by_default or settings.default_storage_block)


def get_default_persist_setting_for_tasks() -> bool:
    """Whether results of tasks are kept unless told otherwise: their own setting, else that of all results."""
    own = get_current_settings().tasks.default_persist_result
    return get_default_persist_setting() if own is None else bool(own)


def should_persist_result() -> bool:
    """Whether the run that is going on keeps its result; outside of runs what the settings say."""
    context = TaskRunContext.get() or FlowRunContext.get()
    return bool(context.persist_result) if context is not None else get_default_persist_setting()


def get_result_store() -> ResultStore:
    """A store with the defaults of the settings."""
    return ResultStore()


__all__ = [
    "DEFAULT_STORAGE_KEY_FN",
    "ResultRecord",
    "ResultRecordMetadata",
    "ResultStore",
    "StoredResult",
    "aget_default_result_storage",
    "aresolve_result_storage",
    "get_default_persist_setting",
    "get_default_persist_setting_for_tasks",
    "get_default_result_serializer",
    "get_default_result_storage",
    "get_or_create_default_task_scheduling_storage",
    "get_result_store",
    "resolve_result_storage",
    "resolve_serializer",
    "should_persist_result",
]
