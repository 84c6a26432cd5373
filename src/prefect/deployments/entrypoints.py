"""Where a deployment's runs find its flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect._engine.functions import underlying
from prefect.flows import Flow
from prefect.types.entrypoint import EntrypointType


def entrypoint_of(flow: Flow[..., Any], kind: EntrypointType = EntrypointType.FILE_PATH) -> str:
    """`file.py:function`, the file as seen from the working directory, or `package.module.function`.

    Raises `ValueError` for a flow that no file, or no module that can be imported, defines.
    """
    function = underlying(flow.fn)
    name = _name_of(function)
    if kind is EntrypointType.MODULE_PATH:
        if function.__module__ == "__main__":
            raise ValueError(f"The flow {flow.name!r} is defined by the main program, which is no module to import.")
        return f"{function.__module__}.{name}"
    return f"{_shown(_file_of(function, flow.name))}:{name}"


def _name_of(function: Any) -> str:
    whole: str = getattr(function, "__qualname__", function.__name__)
    return whole if "<locals>" not in whole else str(function.__name__)


def _file_of(function: Any, flow_name: str) -> Path:
    code = getattr(function, "__code__", None)
    file = Path(code.co_filename) if code is not None else Path()
    if not file.is_file():
        raise ValueError(
            f"No file defines the flow {flow_name!r}, so no other process can find it. Write it into a file, or name "
            "an entrypoint 'file.py:function'."
        )
    return file.resolve()


def _shown(file: Path) -> str:
    here = Path.cwd().resolve()
    return (file.relative_to(here) if file.is_relative_to(here) else file).as_posix()
