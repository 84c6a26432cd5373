"""Transactions: results and side effects that are kept together or undone together.

Inside `with transaction():` the results of tasks are written only when the outermost block ends well; if it raises, the
`on_rollback` hooks of the tasks that completed are called, latest first.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from enum import Enum
from threading import get_ident
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from prefect._engine.steps import complete
from prefect.exceptions import ConfigurationError, SerializationError
from prefect.logging.loggers import get_logger
from prefect.results import ResultRecord, ResultStore, get_result_store, why_unkept
from prefect.utilities.annotations import NotSet
from prefect.utilities.asyncutils import at_once

if TYPE_CHECKING:
    import asyncio

TransactionHook = Callable[["Transaction"], Any]


class IsolationLevel(str, Enum):
    READ_COMMITTED = "READ COMMITTED"
    SERIALIZABLE = "SERIALIZABLE"


class CommitMode(str, Enum):
    EAGER = "EAGER"
    LAZY = "LAZY"
    OFF = "OFF"


class TransactionState(str, Enum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    STAGED = "STAGED"
    COMMITTED = "COMMITTED"
    ROLLED_BACK = "ROLLED_BACK"


_current: ContextVar[Transaction | None] = ContextVar("prefect_transaction", default=None)


def get_transaction() -> Transaction | None:
    """The innermost transaction, or None."""
    return _current.get()


class Transaction:
    """One transaction; made by `transaction(...)`, and by the engine around each task run that needs one."""

    def __init__(
        self,
        key: str | None = None,
        store: ResultStore | None = None,
        commit_mode: CommitMode | None = None,
        isolation_level: IsolationLevel | None = None,
        overwrite: bool = False,
        write_on_commit: bool = True,
        logger: Any = None,
    ) -> None:
        self.key = key
        self.store = store
        self.commit_mode = commit_mode
        self.isolation_level = isolation_level
        self.overwrite = overwrite
        self.write_on_commit = write_on_commit
        self.logger = logger or get_logger("transactions")
        self.state = TransactionState.PENDING
        self.parent: Transaction | None = None
        self.children: list[Transaction] = []
        self.on_commit_hooks: list[TransactionHook] = []
        self.on_rollback_hooks: list[TransactionHook] = []
        self._staged: Any = None
        self.lock_manager: Any = None
        self._values: dict[str, Any] = {}
        self._lock = Lock(key)

    # -- values that hooks share ----------------------------------------------------------------------------------

    def set(self, name: str, value: Any) -> None:
        """Keep a value for the hooks."""
        self._values[name] = value

    def get(self, name: str, default: Any = NotSet) -> Any:
        """A copy of a value kept here or in an outer transaction. Raises `ValueError` where there is none."""
        if name in self._values:
            return copy.deepcopy(self._values[name])
        if self.parent is not None:
            return self.parent.get(name, default)
        if default is NotSet:
            raise ValueError(f"The transaction holds no value {name!r}; it holds {sorted(self._values) or 'none'}.")
        return default

    # -- its course -----------------------------------------------------------------------------------------------

    def is_committed(self) -> bool:
        return self.state is TransactionState.COMMITTED

    def is_rolled_back(self) -> bool:
        return self.state is TransactionState.ROLLED_BACK

    def is_staged(self) -> bool:
        return self.state is TransactionState.STAGED

    def is_pending(self) -> bool:
        return self.state is TransactionState.PENDING

    def is_active(self) -> bool:
        return self.state is TransactionState.ACTIVE

    def get_parent(self) -> Transaction | None:
        return self.parent

    def staged_inside(self) -> Iterator[Transaction]:
        """The inner transactions, however deep, that wait to be committed with this one."""
        for child in list(self.children):
            yield child
            yield from child.staged_inside()

    def awaits(self) -> bool:
        """Whether a hook here or inside is a coroutine function, which wants an event loop."""
        hooks = [
            hook for one in (self, *self.staged_inside()) for hook in (*one.on_commit_hooks, *one.on_rollback_hooks)
        ]
        return any(inspect.iscoroutinefunction(hook) for hook in hooks)

    def begin(self) -> None:
        """Take the lock where isolation asks for one; where the key's result is kept already, all is done."""
        if self.is_serial:
            self._lock.take(self._locks(), self.parent)
        self._look_for_the_result()

    async def abegin(self) -> None:
        """As `begin`, for async code: the event loop goes on while the lock is waited for."""
        if self.is_serial:
            await self._lock.atake(self._locks(), self.parent)
        self._look_for_the_result()

    @property
    def is_serial(self) -> bool:
        """Whether it takes a lock, so that no other transaction of its key goes on beside it."""
        return self.isolation_level is IsolationLevel.SERIALIZABLE and bool(self.key)

    def _locks(self) -> Any:
        locks = self.lock_manager or self._store().lock_manager
        if locks is None:
            raise ConfigurationError(
                "The isolation level SERIALIZABLE needs a lock manager: configure the cache policy with "
                "lock_manager=MemoryLockManager() or FileSystemLockManager(folder)."
            )
        return locks

    def _look_for_the_result(self) -> None:
        if self.key and not self.overwrite and self._is_kept(self.key):
            self.state = TransactionState.COMMITTED

    def _is_kept(self, key: str) -> bool:
        """Whether a key's result is there; one that cannot be read is told, and will be made anew."""
        try:
            return self._store().exists(key)
        except SerializationError as error:
            self.logger.warning("%s It is made anew now.", error)
            return False

    def _store(self) -> ResultStore:
        if self.store is None:
            self.store = get_result_store()
        return self.store

    def read(self) -> ResultRecord | None:
        """The record kept under the key, if any."""
        return self._store().read(self.key) if self.key and self._store().exists(self.key) else None

    def stage(
        self,
        value: Any,
        on_rollback_hooks: list[TransactionHook] | None = None,
        on_commit_hooks: list[TransactionHook] | None = None,
    ) -> None:
        """Hand over what is written on commit, and the hooks."""
        self.on_rollback_hooks += on_rollback_hooks or []
        self.on_commit_hooks += on_commit_hooks or []
        if not self.is_committed():
            self._staged = value
            self.state = TransactionState.STAGED

    def commit(self) -> bool:
        """Commit the inner ones, call the hooks, write the staged value; undone if any of it fails."""
        if self.is_rolled_back() or self.is_committed():
            self._lock.give_back()
            return self.is_committed()
        if not (self._is_carried_out() and self._is_written()):
            self.rollback()
            return False
        self.state = TransactionState.COMMITTED
        self._lock.give_back()
        return True

    def _is_carried_out(self) -> bool:
        try:
            for child in self.children:
                child.commit()
            for hook in self.on_commit_hooks:
                _carry_out(hook, self)
        except Exception:  # a hook is the user's
            self.logger.exception("The transaction %r could not be committed and is rolled back.", self.key)
            return False
        return True

    def _is_written(self) -> bool:
        try:
            self._write()
            return True
        except Exception as error:  # noqa: BLE001  # a storage may be the user's, or anybody's
            why = why_unkept(error)
        self.logger.warning("The result of the transaction %r is not kept: %s", self.key, why)
        return False

    def _write(self) -> None:
        if not (self.write_on_commit and self.key) or self._staged is None:
            return
        if isinstance(self._staged, ResultRecord) and self._staged.metadata is not None:
            self._store().persist_result_record(self._staged)
        else:
            self._store().write(self._staged, self.key)

    def rollback(self) -> bool:
        """Call the rollback hooks, latest first, then those of the inner ones; the outer one follows."""
        if self.is_rolled_back() or self.is_committed():
            return False
        self.state = TransactionState.ROLLED_BACK
        for hook in reversed(self.on_rollback_hooks):
            self._undo(hook)
        for child in reversed(self.children):
            child.rollback()
        self._lock.give_back()
        return True

    def reset(self) -> None:
        """Leave the transaction without committing it."""
        self._lock.give_back()

    def _undo(self, hook: TransactionHook) -> None:
        try:
            _carry_out(hook, self)
        except Exception:  # the other hooks must have their turn
            self.logger.exception("The on_rollback hook %r raised.", getattr(hook, "__name__", hook))

    # -- as a block -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Transaction:
        self.join()
        self.begin()
        self.activate()
        return self

    def join(self) -> None:
        """Become an inner transaction of the one that is open here, if any, and take over what it says."""
        self.parent = _current.get()
        if self.commit_mode is None:
            self.commit_mode = (self.parent.commit_mode if self.parent is not None else None) or CommitMode.LAZY
        if self.isolation_level is None and self.parent is not None:
            self.isolation_level = self.parent.isolation_level

    def activate(self) -> None:
        """Be the one that is open here, from now on."""
        if self.is_pending():
            self.state = TransactionState.ACTIVE
        _current.set(self)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        _current.set(self.parent)
        if error is not None:
            self.rollback()
            self._lock.give_back()
        elif self.commit_mode is CommitMode.EAGER or self.is_committed():
            self.commit()
        elif self.commit_mode is CommitMode.OFF:
            self.rollback()
        elif self.parent is not None:
            self.parent.children.append(self)
        else:
            self.commit()


class Lock:
    """The lock of a serial transaction: a holder of its own, in whichever thread or event loop.

    Inner transactions of the same key need none of their own, where the key is locked for an outer one, or for one
    that waits to be committed together with them.
    """

    def __init__(self, key: str | None) -> None:
        self.key = key
        self._holder: str | None = None
        self._given_by: Any = None
        self._taken_in: int | None = None

    @property
    def is_held(self) -> bool:
        return self._given_by is not None

    def take(self, locks: Any, outer: Transaction | None) -> None:
        """Wait for the lock.

        Raises `RuntimeError` where this thread itself holds the lock: it could never give it back.
        """
        self._holder = self._holder or uuid4().hex
        while not self._is_held_around(outer):
            hopeless = (get_ident(), self.key) in _held_in_threads
            if locks.acquire_lock(self.key, self._holder, acquire_timeout=_patience(outer, hopeless)):
                return self._hold(locks)
            if hopeless and (get_ident(), self.key) in _held_in_threads and not self._is_held_around(outer):
                raise RuntimeError(
                    f"The lock of the key {self.key!r} is held by another transaction in this thread, which cannot go "
                    "on while this one waits. In async code write `async with atransaction(...)` and async tasks."
                )
        return None

    async def atake(self, locks: Any, outer: Transaction | None) -> None:
        """As `take`, for async code, where whoever holds the lock may be in the same thread."""
        self._holder = self._holder or uuid4().hex
        while not self._is_held_around(outer):
            if await locks.aacquire_lock(self.key, self._holder, acquire_timeout=_patience(outer)):
                return self._hold(locks)
        return None

    def _is_held_around(self, outer: Transaction | None) -> bool:
        while outer is not None:
            if any(one.key == self.key and one._lock.is_held for one in (outer, *outer.staged_inside())):
                return True
            outer = outer.parent
        return False

    def _hold(self, locks: Any) -> None:
        self._given_by, self._taken_in = locks, get_ident()
        _held_in_threads.add((self._taken_in, self.key))

    def give_back(self) -> None:
        """Let others have the lock, if it is held here."""
        if self._given_by is None:
            return
        locks, self._given_by = self._given_by, None
        _held_in_threads.discard((self._taken_in, self.key))
        locks.release_lock(self.key, self._holder)


def _patience(outer: Transaction | None, is_hopeless: bool = False) -> float | None:
    """Seconds after which to look whether the lock is needed, and to be had, at all."""
    if is_hopeless:
        return HOPELESS_AFTER
    return LOOK_AGAIN if outer is not None else None


_held_in_threads: set[tuple[int | None, str | None]] = set()
HOPELESS_AFTER = 0.3
"""Seconds for which a thread waits for a lock that it holds itself: another thread may be about to give it back."""
LOOK_AGAIN = 0.1


class AsyncTransaction(Transaction):
    """A transaction for `async with`."""

    async def __aenter__(self) -> AsyncTransaction:
        self.join()
        await self.abegin()
        self.activate()
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self.parent is None and self.awaits():
            await beside_the_loop(lambda: self.__exit__(kind, error, trace))
            _current.set(self.parent)
        else:
            self.__exit__(kind, error, trace)


async def beside_the_loop(work: Callable[[], Any]) -> Any:
    """What work in a thread comes to, while the event loop goes on and carries out the hooks that are coroutines."""
    import asyncio

    token = _loop_of_hooks.set(asyncio.get_running_loop())
    try:
        return await asyncio.to_thread(work)
    finally:
        _loop_of_hooks.reset(token)


def _carry_out(hook: TransactionHook, transaction: Transaction) -> None:
    """Call a hook; one that is a coroutine function runs in the event loop of the run, where that is free for it."""
    import asyncio

    loop = _loop_of_hooks.get()
    if loop is None or asyncio._get_running_loop() is not None:
        complete(hook, transaction)
        return
    answer = at_once(hook, transaction)
    if inspect.isawaitable(answer):
        asyncio.run_coroutine_threadsafe(_awaited(answer), loop).result()


async def _awaited(answer: Any) -> Any:
    return await answer


_loop_of_hooks: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("prefect_loop_of_hooks", default=None)
"""The event loop that is free while hooks are called in a thread beside it."""


@contextmanager
def transaction(
    key: str | None = None,
    store: ResultStore | None = None,
    commit_mode: CommitMode | None = None,
    isolation_level: IsolationLevel | None = None,
    overwrite: bool = False,
    write_on_commit: bool = True,
    logger: Any = None,
) -> Iterator[Transaction]:
    """Keep what happens in the block together.

    With a `key` whose result is kept already the transaction is committed from the start, which the block can ask
    (`is_committed()`).
    """
    with Transaction(key, store, commit_mode, isolation_level, overwrite, write_on_commit, logger) as opened:
        yield opened


@asynccontextmanager
async def atransaction(
    key: str | None = None,
    store: ResultStore | None = None,
    commit_mode: CommitMode | None = None,
    isolation_level: IsolationLevel | None = None,
    overwrite: bool = False,
    write_on_commit: bool = True,
    logger: Any = None,
) -> AsyncIterator[AsyncTransaction]:
    """As `transaction`, for async code."""
    options = (key, store, commit_mode, isolation_level, overwrite, write_on_commit, logger)
    async with AsyncTransaction(*options) as opened:
        yield opened


BaseTransaction = Transaction

__all__ = [
    "AsyncTransaction",
    "BaseTransaction",
    "CommitMode",
    "IsolationLevel",
    "Transaction",
    "TransactionState",
    "atransaction",
    "get_transaction",
    "transaction",
]
