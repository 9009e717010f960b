"""The house rules that ruff and import-linter cannot hold, one function each: a module in, complaints out.

RULES is the table; a row says which files a rule is for and carries a sample that breaks it, so that every rule is seen to bite.
Where a rule makes a line of code worse, that line ends with `# house: <why>` and the rules about names let it pass.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.house.source import Module, called, imported

MODULE_LINES = 400
ESCAPE = re.compile(r"#\s*house: \S+")

MODULE_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "misc", "shared", "stuff"}
# A thing with one of these words in its name is something in the field's own words: an Interchange, a Document, a Delivery.
CLASS_WORDS = {"message", "txn", "data", "record", "manager", "helper", "util", "utils"}
FUNCTION_WORDS = {"message", "txn", "manager", "helper", "util", "utils"}
# A function is named by what one gets from it.
FUNCTION_STARTS = {"process", "handle", "do", "manage"}

# Names that a library prescribes for what it calls back.
PRESCRIBED = {
    "process_bind_param": "SQLAlchemy, TypeDecorator",
    "process_result_value": "SQLAlchemy, TypeDecorator",
}

# Who may catch everything and go on: the top of a loop that must live on. Path → what it does with what it caught.
TOPS = {
    "gateway/store/engine.py": "hands it to the thread that asked for the write, where it is raised",
    "gateway/runner.py": "logs the trace and goes on with its next round",
    "gateway/store/wake_ups.py": "logs it and listens again; the sweep over the jobs goes on meanwhile",
    "gateway/worker.py": "parks the document with the trace and takes the next one",
    "gateway/transports/polling.py": "logs the trace and looks again later",
    "gateway/transports/as2/endpoint.py": "answers 500 and logs the trace; the partner posts it again",
    "gateway/api/app.py": "answers 500 as problem+json and logs the trace",
}

# Spelled so that this file does not hold what it looks for.
LEFTOVER = re.compile(r"#.*\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HA" + "CK"]) + r")\b")

# Names of times; a time is measured, so it may be a float.
TIME_NAME = re.compile(r"_seconds$|^_?retry_after$|^timeout$")
# Connectors in which a float is a time and nothing else.
TIMES_ONLY = {
    "gateway/connectors/bounded_http.py": "sees bytes and deadlines, no document",
}

# What the sample ERP shares with us: the one thing that is not a matter of agreement.
SHARED = {"gateway.clock"}

IO_CALLS = {"open", "print", "input", "__import__"}
CLOCK_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
}
FILE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes"}


def _words(name: str) -> list[str]:
    """Return the words of a snake_case or CamelCase name in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def _is_excused(module: Module, node: ast.stmt) -> bool:
    return bool(ESCAPE.search(module.text.splitlines()[node.lineno - 1]))


def module_length(module: Module) -> Iterator[str]:
    """A module fits in a head: about 400 lines."""
    lines = module.text.count("\n")
    if lines > MODULE_LINES:
        yield f"{module.path}: {lines} lines; {MODULE_LINES} at most: which idea in it deserves its own module?"


def module_name(module: Module) -> Iterator[str]:
    """A homeless function is a missing concept."""
    parts = module.path.removesuffix(".py").split("/")
    for part in parts:
        if part in MODULE_NAMES:
            yield f"{module.path}: nothing is called {part}; name the concept"


def names(module: Module) -> Iterator[str]:
    """The field's words; a function is named by what you get."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and not _is_excused(module, node):
            for word in CLASS_WORDS.intersection(_words(node.name)):
                yield f"{module.path}:{node.lineno}: class {node.name}: {word!r} is nobody's word; use the field's"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name in PRESCRIBED or _is_excused(module, node):
                continue
            words = _words(node.name)
            for word in FUNCTION_WORDS.intersection(words):
                yield f"{module.path}:{node.lineno}: {node.name}: {word!r} is nobody's word; use the field's"
            if len(words) > 1 and words[0] in FUNCTION_STARTS:
                yield f"{module.path}:{node.lineno}: {node.name}: name it by what one gets, not {words[0]!r}"


def catching_everything(module: Module) -> Iterator[str]:
    """Catch what you can act on; everything only at the top of a worker and of the API."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{module.path}:{node.lineno}: a bare except hides even a keyboard interrupt"
                continue
            broad = {"Exception", "BaseException"} & {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
            last = node.body[-1]
            cleans_up = isinstance(last, ast.Raise) and last.exc is None
            if broad and not cleans_up and module.path not in TOPS:
                yield f"{module.path}:{node.lineno}: except {broad.pop()}: only the tops named in tests/house/rules.py may"
        elif isinstance(node, ast.Call) and called(node).endswith("suppress"):
            suppressed = {argument.id for argument in node.args if isinstance(argument, ast.Name)}
            if suppressed & {"Exception", "BaseException"}:
                yield f"{module.path}:{node.lineno}: suppress everything: say what you can act on"


def purity(module: Module) -> Iterator[str]:
    """What an import contract cannot see: the clock of datetime, and IO by builtins and paths."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in IO_CALLS or name in CLOCK_CALLS:
            yield f"{module.path}:{node.lineno}: {name}(): translators are told, they never ask"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in FILE_METHODS:
            yield f"{module.path}:{node.lineno}: .{node.func.attr}(): the caller brings the bytes"


def money(module: Module) -> Iterator[str]:
    """No float near money or quantity: no conversion, no annotation; a time may be one."""
    if module.path in TIMES_ONLY:
        return
    about_time = {
        id(inner)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and TIME_NAME.search(node.name)
        for inner in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        if id(node) in about_time:
            continue
        if isinstance(node, ast.Call) and called(node) == "float":
            yield f"{module.path}:{node.lineno}: float(): use Decimal"
        elif isinstance(node, ast.AnnAssign | ast.arg) and _mentions_float(node.annotation):
            target = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            if not TIME_NAME.search(target):
                yield f"{module.path}:{node.lineno}: {target}: float; use Decimal"
        elif isinstance(node, ast.FunctionDef) and _mentions_float(node.returns):
            yield f"{module.path}:{node.lineno}: {node.name} returns a float; use Decimal"


def exact_json(module: Module) -> Iterator[str]:
    """A price in an ERP's JSON is read as Decimal, not as a float that was one on the way."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        reads = called(node) in {"json.loads", "json.load"} or (
            isinstance(node.func, ast.Attribute) and node.func.attr == "json"
        )
        if reads and not any(keyword.arg == "parse_float" for keyword in node.keywords):
            yield f"{module.path}:{node.lineno}: JSON numbers become floats; pass parse_float=Decimal"


def _mentions_float(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(
        isinstance(node, ast.Name) and node.id == "float" for node in ast.walk(annotation)
    )


def leftovers(module: Module) -> Iterator[str]:
    """What is not finished is left out, or is an issue; it is no comment."""
    for number, line in enumerate(module.text.splitlines(), start=1):
        if LEFTOVER.search(line):
            yield f"{module.path}:{number}: {line.strip()}"


def independence(module: Module) -> Iterator[str]:
    """The sample ERP stands for a system of somebody else: it knows nothing of ours."""
    for name in sorted(imported(module)):
        if name.startswith(("gateway.", "translators.")) and not name.startswith(("gateway.demo.sample_erp", *SHARED)):
            yield f"{module.path}: imports {name}; the sample ERP is a program of its own"


def _everywhere(path: str) -> bool:
    return True


def _in(*folders: str) -> Callable[[str], bool]:
    return lambda path: path.startswith(folders)


@dataclass(frozen=True)
class Rule:
    """A rule, the files it is for, and a sample (path, text) that breaks it."""

    complaints: Callable[[Module], Iterator[str]]
    is_for: Callable[[str], bool]
    broken_path: str
    broken_text: str


RULES = {
    "module length": Rule(
        module_length,
        lambda path: "/migrations/" not in path,
        "gateway/long.py",
        "x = 1\n" * (MODULE_LINES + 1),
    ),
    "module name": Rule(module_name, _everywhere, "gateway/helpers/amounts.py", ""),
    "class name": Rule(names, _everywhere, "gateway/x.py", "class DocumentManager: ...\n"),
    "function word": Rule(names, _everywhere, "gateway/x.py", "def read_message(): ...\n"),
    "function start": Rule(names, _everywhere, "gateway/x.py", "class A:\n    async def handle_order(self): ...\n"),
    "bare except": Rule(catching_everything, _everywhere, "gateway/x.py", "try: ...\nexcept: ...\n"),
    "broad except": Rule(
        catching_everything, _everywhere, "gateway/x.py", "try: ...\nexcept (OSError, Exception): ...\n"
    ),
    "broad suppress": Rule(
        catching_everything, _everywhere, "gateway/x.py", "with contextlib.suppress(Exception): ...\n"
    ),
    "clock": Rule(purity, _in("translators/"), "translators/x.py", "datetime.now(UTC)\n"),
    "open": Rule(purity, _in("translators/"), "translators/x.py", "open('x')\n"),
    "file method": Rule(purity, _in("translators/"), "translators/x.py", "p.read_text()\n"),
    "float call": Rule(
        money,
        _in("translators/canonical/", "translators/mapping/", "gateway/connectors/"),
        "gateway/connectors/x.py",
        "float('1')\n",
    ),
    "float field": Rule(
        money, _in("translators/canonical/"), "translators/canonical/x.py", "class A:\n    price: float | None = None\n"
    ),
    "float result": Rule(money, _in("translators/mapping/"), "translators/mapping/x.py", "def total() -> float: ...\n"),
    "float from JSON": Rule(exact_json, _in("gateway/connectors/"), "gateway/connectors/x.py", "answer.json()\n"),
    "leftover": Rule(leftovers, _everywhere, "gateway/x.py", "x = 1  # TO" + "DO: finish\n"),
    "sample ERP": Rule(
        independence,
        _in("gateway/demo/sample_erp"),
        "gateway/demo/sample_erp/x.py",
        "def f():\n    from gateway.errors import X\n",
    ),
}
