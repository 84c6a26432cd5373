"""Templates that clients write, as Jinja has them: they see what they are given, do nothing, and end soon.

Jinja's sandbox keeps them from the insides of objects, but not from working for hours or filling the memory. So here
is only what fills in and chooses: what is not listed in `PARTS`, `FILTERS` and `METHODS` is refused. Texts are put
together by writing them one after the other, and loops count their steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

LONGEST = 10_000
"""Characters of a template, and of a value in it."""
LARGEST = 10**15
"""The largest number that is reckoned with."""
MOST_MADE = 100_000
"""Characters of what a template makes."""
MOST_WORK = 1_000_000
"""Steps of all loops of a template together, times its characters."""
PARTS = frozenset(
    {
        *("Template", "Output", "TemplateData", "Const", "Name", "Getattr", "Getitem", "Call", "Filter", "Keyword"),
        *("List", "Tuple", "Dict", "Pair", "If", "For", "CondExpr", "Test", "Compare", "Operand", "And", "Or", "Not"),
        *("Neg", "Add", "Sub", "Mul", "Div", "FloorDiv", "Mod"),
    }
)
FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "int", "items"),
        *("join", "last", "length", "list", "lower", "max", "min", "reverse", "round", "sort", "string", "sum"),
        *("title", "tojson", "trim", "unique", "upper", "urlencode"),
    }
)
METHODS = frozenset(
    {
        *("date", "endswith", "get", "isoformat", "items", "keys", "lower", "lstrip", "rstrip", "split"),
        *("startswith", "strftime", "strip", "time", "timestamp", "title", "total_seconds", "upper", "values"),
    }
)


def render(template: str, **context: Any) -> str:
    """The text that a template makes. Raises `ValueError` for one that does not work, or works too hard."""
    from jinja2 import TemplateError

    _require(len(template) <= LONGEST, f"a template has at most {LONGEST} characters")
    try:
        tree = _environment().parse(template)
        _bound(tree)
        steps = _Steps(MOST_WORK // max(len(template), 1_000))
        made = _environment().from_string(tree).generate({**context, "_steps": steps})
        return "".join(_measured(made))
    except (TemplateError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"the template does not work: {error}") from error


class _Steps:
    """The steps that all loops of a template may make together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.made = 0

    def __call__(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.made += 1
            _require(self.made <= self.most, f"the loops of such a long template make at most {self.most} steps")
            yield item


def _measured(parts: Iterable[str]) -> Iterator[str]:
    size = 0
    for part in parts:
        size += len(part)
        _require(size <= MOST_MADE, f"a template makes at most {MOST_MADE} characters")
        yield part


def _bound(tree: nodes.Template) -> None:
    """Refuse what is not listed, and have the steps of loops counted."""
    from jinja2 import nodes

    for node in tree.find_all(nodes.Node):
        _require(_is_listed(node), f"a template has no {_told(node)}")
    for loop in tree.find_all(nodes.For):
        _require(not loop.recursive, "a template's loops are not recursive")
        loop.iter = nodes.Call(nodes.Name("_steps", "load"), [loop.iter], [], None, None)


def _is_listed(node: nodes.Node) -> bool:
    from jinja2 import nodes

    match node:
        case nodes.Filter():
            return node.name in FILTERS
        case nodes.Call():
            return isinstance(node.node, nodes.Getattr) and node.node.attr in METHODS
        case nodes.Name():
            return not node.name.startswith("_")
    return type(node).__name__ in PARTS


def _told(node: nodes.Node) -> str:
    return " ".join(str(part) for part in (type(node).__name__.lower(), getattr(node, "name", None)) if part)


def _require(holds: bool, law: str) -> None:
    if not holds:
        raise ValueError(law)


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Environment(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            for number in (left, right):
                small = isinstance(number, (int, float)) and abs(number) <= LARGEST
                _require(small, f"a template reckons with numbers up to {LARGEST}; it writes texts one after the other")
            return super().call_binop(context, operator, left, right)

    made = Environment()
    made.filters["join"] = _join
    made.filters["tojson"] = _short(made.filters["tojson"])
    made.globals.clear()
    return made


def _short(make: Any) -> Any:
    """A filter whose texts may grow, kept from making long ones."""

    def made(*arguments: Any, **options: Any) -> Any:
        text = make(*arguments, **options)
        _require(len(text) <= LONGEST, f"a value in a template has at most {LONGEST} characters")
        return text

    made.__dict__.update(vars(make))
    return made


def _join(items: Iterable[Any], separator: str = "") -> str:
    texts = [str(item) for item in items]
    size = sum(map(len, texts)) + len(texts) * len(str(separator))
    _require(size <= LONGEST, f"a value in a template has at most {LONGEST} characters")
    return str(separator).join(texts)
