"""Drawing a flow without running its tasks: who is called, and what is handed on from call to call.

While a tracker is entered, calls of tasks and flows are noted instead of run (`drawing`), and give what was declared as
`viz_return_value`, or a `VizTask` that stands for the result. The picture is told as text, in the language of Mermaid
or in that of Graphviz; only who wants an image needs `graphviz`.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Generator, Iterable
from contextvars import ContextVar, Token
from typing import Any

from prefect.exceptions import PrefectException
from prefect.utilities.collections import visit_collection

HINT = (
    "It's possible you are trying to visualize a flow that contains code that directly interacts with the result of a "
    "task inside of the flow. Try passing a `viz_return_value` to the task decorator, e.g. "
    "`@task(viz_return_value=[1, 2, 3])`."
)
INSTALL = (
    "To draw a flow as an image, install the Python package with `pip install graphviz` and the program itself from "
    "https://www.graphviz.org/download/ (a package of most systems, `graphviz`). `flow.generate_mermaid_graph()` needs "
    "neither."
)


class FlowVisualizationError(PrefectException):
    """A flow cannot be drawn."""


class VisualizationUnsupportedError(PrefectException):
    """A flow does what cannot be drawn without running it."""


class GraphvizImportError(PrefectException):
    """The Python package `graphviz` is missing."""


class GraphvizExecutableNotFoundError(PrefectException):
    """The program `dot` of Graphviz is missing."""


class VizTask:
    """Stands for the result of a call that was noted; also for its future."""

    def __init__(
        self, name: str, upstream_tasks: list[VizTask] | None = None, value: Any = None, has_value: bool = False
    ) -> None:
        self.name = name
        self.upstream_tasks = upstream_tasks or []
        self._result = value if has_value else self

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> Any:
        """What the call would have given: its `viz_return_value`, or this."""
        return self._result

    def wait(self, timeout: float | None = None) -> VizTask:
        return self

    def __await__(self) -> Generator[Any, None, VizTask]:
        yield from ()
        return self

    def __repr__(self) -> str:
        return f"VizTask({self.name!r})"


class TaskVizTracker:
    """The calls that a flow makes while it is drawn."""

    def __init__(self) -> None:
        self.tasks: list[VizTask] = []
        self.object_id_to_task: dict[int, VizTask] = {}
        self._values: list[Any] = []
        self._counts: Counter[str] = Counter()

    def noted(self, name: str, given: Any, value: Any) -> VizTask:
        """Note a call of a task or flow with what it is given; `value` is what it gives, None where that is unknown."""
        node = VizTask(f"{name}-{self._counts[name]}", self._makers_of(given), value, value is not None)
        self._counts[name] += 1
        self.tasks.append(node)
        if value is not None and not _is_shared(value):
            self._values.append(value)  # kept, for the id of what is gone is given to another object
            self.object_id_to_task[id(value)] = node
        return node

    def _makers_of(self, given: Any) -> list[VizTask]:
        found: dict[int, VizTask] = {}

        def look(part: Any) -> Any:
            maker = part if isinstance(part, VizTask) else self.object_id_to_task.get(id(part))
            if maker is not None:
                found[id(maker)] = maker
            return part

        visit_collection(given, look)
        return list(found.values())

    def __enter__(self) -> TaskVizTracker:
        self._before: Token[TaskVizTracker | None] = drawing.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        drawing.reset(self._before)


drawing: ContextVar[TaskVizTracker | None] = ContextVar("drawing", default=None)
"""The tracker that notes the calls that are made here, if a flow is drawn."""


def _is_shared(value: Any) -> bool:
    """Whether Python keeps one object for all equal values of this kind, so that it tells nothing of who made it."""
    return value is None or isinstance(value, bool) or (isinstance(value, int) and -5 <= value <= 256)


def get_task_viz_tracker() -> TaskVizTracker | None:
    """The tracker that notes the calls that are made here, if a flow is drawn."""
    return drawing.get()


def noted_call(tracker: TaskVizTracker, name: str, given: Any, value: Any, *, isasync: bool, isgenerator: bool) -> Any:
    """What a call gives that is noted and not run."""
    result = tracker.noted(name, given, value).result()
    if isgenerator:
        items = result if isinstance(result, (list, tuple)) else (result,)
        return _items(items) if isasync else iter(items)
    return _answer(result) if isasync else result


async def _answer(result: Any) -> Any:
    return result


async def _items(items: Iterable[Any]) -> Any:
    for item in items:
        yield item


async def gathered(items: Any) -> list[Any]:
    """All that a generator yields, of either world."""
    return [item async for item in items] if hasattr(items, "__aiter__") else list(items)


def refuse(verb: str) -> None:
    """Raise `VisualizationUnsupportedError` in a flow that is drawn."""
    if drawing.get() is not None:
        raise VisualizationUnsupportedError(
            f"`task.{verb}()` cannot be drawn by `flow.visualize()` or `flow.generate_mermaid_graph()`, for what it "
            "does is not known before it runs. Call or submit the task instead."
        )


def warn_of_other_code(verb: str) -> None:
    """Say that code of the flow is run by which it is drawn."""
    warnings.warn(
        f"`flow.{verb}()` will execute code inside of your flow that is not decorated with `@task` or `@flow`.",
        stacklevel=3,
    )


def add_hint(error: Exception) -> None:
    """Have an error that a flow raised while it was drawn say what may help."""
    if error.args and isinstance(error.args[0], str):
        error.args = (f"{error.args[0]}\n{HINT}", *error.args[1:])


def mermaid_of(tracker: TaskVizTracker) -> str:
    """The calls as a flowchart in the language of Mermaid."""
    ids = {id(task): _word(task.name) for task in tracker.tasks}
    nodes = [f'    {ids[id(task)]}["{_quoted(task.name, "#quot;")}"]' for task in tracker.tasks]
    edges = [f"    {ids[id(up)]} --> {ids[id(task)]}" for task in tracker.tasks for up in task.upstream_tasks]
    return "\n".join(["flowchart TD", *nodes, *edges])


def dot_of(tracker: TaskVizTracker) -> str:
    """The calls as a graph in the language of Graphviz."""
    names = {id(task): f'"{_quoted(task.name, chr(92) + chr(34))}"' for task in tracker.tasks}
    nodes = [f"    {names[id(task)]}" for task in tracker.tasks]
    edges = [f"    {names[id(up)]} -> {names[id(task)]}" for task in tracker.tasks for up in task.upstream_tasks]
    return "\n".join(["digraph {", *nodes, *edges, "}"])


def visualize_task_dependencies(tracker: TaskVizTracker, name: str) -> Any:
    """Draw the calls as `name.png` in this folder, show it, and give the graph.

    Raises `GraphvizImportError` or `GraphvizExecutableNotFoundError` where a part of Graphviz is missing.
    """
    graph = _graphviz().Source(dot_of(tracker), filename=name, format="png")
    try:
        graph.render(view=True, cleanup=True)
    except _graphviz().ExecutableNotFound as error:
        raise GraphvizExecutableNotFoundError(f"The program `dot` of Graphviz was not found. {INSTALL}") from error
    return graph


def _graphviz() -> Any:
    try:
        import graphviz
    except ImportError as error:
        raise GraphvizImportError(f"The Python package `graphviz` is missing. {INSTALL}") from error
    return graphviz


def _word(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def _quoted(name: str, mark: str) -> str:
    return name.replace('"', mark)


__all__ = [
    "FlowVisualizationError",
    "GraphvizExecutableNotFoundError",
    "GraphvizImportError",
    "TaskVizTracker",
    "VisualizationUnsupportedError",
    "VizTask",
    "get_task_viz_tracker",
]
