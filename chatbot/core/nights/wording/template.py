"""A community's own words: templates that can name values and choose between them, and nothing else.

A template is read before it is ever run, and only what is listed here may stand in it: no loop, no call, no attribute,
no arithmetic. So it ends at once and its output is as long as its values, whoever wrote it. The sandbox is the second
lock on the same door.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 4_000  # characters of a template
LONGEST_OUTPUT = 20_000
_DEEPEST = 12  # conditions within conditions
_FILTERS = ("upper", "lower", "title", "capitalize", "trim")

_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Concat,
)  # fmt: skip
_SAID = {
    nodes.For: "a loop",
    nodes.Call: "a call",
    nodes.Getattr: "a dot",
    nodes.Getitem: "square brackets",
    nodes.Assign: "set",
    nodes.Macro: "a macro",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.Extends: "extends",
    nodes.BinExpr: "arithmetic",
}
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class WordingError(Exception):
    """A template cannot be used; the message says why, on which of its lines, and what may stand there."""


def check(source: str, allowed: Collection[str], required: Collection[str] = ()) -> None:
    """Raise `WordingError` unless the template keeps to what templates may do."""
    if len(source) > LONGEST:
        raise WordingError(f"it is {len(source)} characters long; {LONGEST} are allowed")
    tree = _parsed(source)
    named: set[str] = set()
    for node, depth in _walk(tree):
        if depth > _DEEPEST:
            raise WordingError(f"line {node.lineno}: it is nested too deeply")
        if isinstance(node, nodes.Name):
            _check_name(node, allowed)
            named.add(node.name)
        elif isinstance(node, nodes.Filter):
            _check_filter(node)
        elif not isinstance(node, _PLAIN):
            raise WordingError(f"line {node.lineno}: {_said(node)} cannot be used here, only names and if/else")
    if missing := sorted(set(required) - named):
        raise WordingError("it must contain " + " and ".join(f"{{{{ {name} }}}}" for name in missing))
    _compiled(source)


@lru_cache(maxsize=256)
def named(source: str) -> frozenset[str]:
    """Return the values that a template speaks of."""
    return frozenset(node.name for node, _ in _walk(_parsed(source)) if isinstance(node, nodes.Name))


def render(source: str, values: Mapping[str, str]) -> str:
    """Fill a checked template; blanks and empty lines that unused values leave behind are tidied away."""
    try:
        text = _compiled(source).render(values)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise WordingError(str(error)) from error
    if len(text) > LONGEST_OUTPUT:
        raise WordingError(f"its text is {len(text)} characters long; {LONGEST_OUTPUT} are allowed")
    return tidy(text)


def tidy(text: str) -> str:
    """Return text without control characters, doubled blanks, and more than one empty line in a row."""
    text = _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (re.sub(r"[ \t]+", " ", line).strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # posts are plain text
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


_ENVIRONMENT = _environment()


def _parsed(source: str) -> nodes.Template:
    try:
        return _ENVIRONMENT.parse(source)
    except TemplateError as error:
        raise WordingError(f"line {getattr(error, 'lineno', 1)}: {error}") from error
    except (RecursionError, ValueError) as error:  # thousands of brackets, or of digits
        raise WordingError("it is nested too deeply") from error


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    try:
        return _ENVIRONMENT.from_string(source)
    except (TemplateError, SyntaxError, RecursionError, MemoryError) as error:
        raise WordingError(f"it cannot be read: {error}") from error


def _walk(node: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Yield every node and how deep it stands, without recursion."""
    stack = [(node, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in node.iter_child_nodes())


def _check_name(node: nodes.Name, allowed: Collection[str]) -> None:
    if node.ctx != "load" or node.name not in allowed:
        near = difflib.get_close_matches(node.name, allowed, 1)
        hint = f"did you mean {{{{ {near[0]} }}}}?" if near else "known: " + ", ".join(sorted(allowed))
        raise WordingError(f"line {node.lineno}: there is no {{{{ {node.name} }}}}; {hint}")


def _check_filter(node: nodes.Filter) -> None:
    if node.name not in _FILTERS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise WordingError(f"line {node.lineno}: |{node.name} cannot be used so; allowed: {', '.join(_FILTERS)}")


def _said(node: nodes.Node) -> str:
    return next((words for kind, words in _SAID.items() if isinstance(node, kind)), type(node).__name__.lower())
