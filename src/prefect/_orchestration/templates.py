"""Templates that clients write, as Jinja has them: they see what they are given, do nothing, and end soon.

Jinja's sandbox keeps them from the insides of objects, but not from working for hours or filling the memory. So here
is only what fills in and chooses: what is not listed in `PARTS`, `FILTERS` and `METHODS` is refused. Texts are put
together by writing them one after the other, and loops count their steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

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
        *("title", "tojson", "trim", "ui_resource_events_url", "ui_url", "unique", "upper", "urlencode"),
    }
)
METHODS = frozenset(
    {
        *("date", "endswith", "get", "isoformat", "items", "keys", "lower", "lstrip", "rstrip", "split"),
        *("startswith", "strftime", "strip", "time", "timestamp", "title", "total_seconds", "upper", "values"),
    }
)


def render(template: str, seen: Mapping[str, Any] | None = None, **context: Any) -> str:
    """The text that a template makes. Raises `ValueError` for one that does not work, or works too hard.

    Of what can be `seen`, only what the template names is looked up.
    """
    from jinja2 import TemplateError
    from jinja2.meta import find_undeclared_variables

    _require(len(template) <= LONGEST, f"a template has at most {LONGEST} characters")
    try:
        tree = _environment().parse(template)
        _bound(tree)
        steps = _Steps(MOST_WORK // max(len(template), 1_000))
        named = {name: seen[name] for name in find_undeclared_variables(tree) if seen is not None and name in seen}
        made = _environment().from_string(tree).generate({**named, **context, "_steps": steps})
        return "".join(_measured(made))
    except (TemplateError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"the template does not work: {error}") from error


def names_in(template: str) -> set[str]:
    """What a template names that it does not make itself; nothing for one that does not work."""
    from jinja2 import TemplateError
    from jinja2.meta import find_undeclared_variables

    try:
        return find_undeclared_variables(_environment().parse(template))
    except (TemplateError, RecursionError):
        return set()


class TemplateFault(NamedTuple):
    """Why a template could not be rendered whatever it sees; the line is 0 where none is to blame."""

    line: int
    message: str


def fault_in(template: str) -> TemplateFault | None:
    """What is wrong with a template, or None."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        _require(len(template) <= LONGEST, f"a template has at most {LONGEST} characters")
        _bound(_environment().parse(template))
    except TemplateSyntaxError as error:
        return TemplateFault(error.lineno, error.message or str(error))
    except (TemplateError, RecursionError, ValueError) as error:
        return TemplateFault(0, str(error))
    return None


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
        inner = [one for one in loop.find_all(nodes.For) if next(one.find_all(nodes.For), None) is not None]
        _require(not inner, "a template's loops are nested no more than two deep")
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
    from jinja2 import pass_context
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
    made.filters["ui_url"] = pass_context(lambda seen, shown: _address(seen, shown, "page"))
    made.filters["ui_resource_events_url"] = pass_context(lambda seen, shown: _address(seen, shown, "events_page"))
    made.filters["tojson"] = _short(made.filters["tojson"])
    made.globals.clear()
    return made


def _address(seen: Any, shown: Any, where: str) -> str:
    """Where the web UI shows something, or its events; empty where it does not, or nobody knows the UI's address."""
    address, page = seen.get("_ui"), getattr(shown, where, None)
    return f"{address}{page}" if address and page else ""


def _short(make: Any) -> Any:
    """A filter whose texts may grow, kept from making long ones."""

    def made(*arguments: Any, **options: Any) -> Any:
        text = make(*arguments, **options)
        _require(len(text) <= MOST_MADE, f"a value in a template has at most {MOST_MADE} characters")
        return text

    made.__dict__.update(vars(make))
    return made


def _join(items: Iterable[Any], separator: str = "") -> str:
    texts = [str(item) for item in items]
    size = sum(map(len, texts)) + len(texts) * len(str(separator))
    _require(size <= LONGEST, f"a value in a template has at most {LONGEST} characters")
    return str(separator).join(texts)
