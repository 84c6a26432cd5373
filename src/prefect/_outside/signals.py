"""How a process ends that carries out a flow run: by what came out of the run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from prefect.exceptions import Abort, Pause
from prefect.logging.loggers import get_logger


@contextmanager
def handle_engine_signals(flow_run_id: UUID | None = None) -> Iterator[None]:
    """End the process with 0 where the block was told to go no further, with 1 where it failed; both are logged.

    What interrupts a program, as Ctrl-C does, goes on its way.
    """
    named = f"The flow run {flow_run_id}" if flow_run_id is not None else "The flow run"
    logger = get_logger("engine")
    try:
        yield
    except Abort as told:
        logger.info("%s goes no further: %s", named, told)
        sys.exit(0)
    except Pause as told:
        logger.info("%s is paused: %s", named, told)
        sys.exit(0)
    except Exception:
        logger.error("%s was ended by an unexpected exception.", named, exc_info=True)
        sys.exit(1)
    except BaseException:
        logger.error("%s was interrupted.", named, exc_info=True)
        raise


__all__ = ["handle_engine_signals"]
