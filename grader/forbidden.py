"""Names that a question asks its candidates to do without: found under all their names, and made to say so when used.

A rule for honest answers, kept where honest code meets it. It is no wall: whoever digs in `gc` or in PyTorch's own
types finds another way, and reviewers see the code.
"""

from __future__ import annotations

import difflib
import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any, NoReturn

import torch

from grader.failure import FOLDER, Forbidden, is_theirs

#: Where PyTorch keeps its operations. One that is forbidden in any of these is forbidden in all of them.
OPERATIONS = (
    "torch",
    "torch.Tensor",
    "torch.nn.functional",
    "torch.special",
    "torch.linalg",
    "torch.fft",
    "torch.sparse",
    "torch.masked",
    "torch._VF",
    "torch._C._VariableFunctions",
    "torch._C._nn",
    "torch._C._special",
    "torch._C._linalg",
    "torch._refs",
    "torch._refs.nn.functional",
    "torch._refs.special",
    "torch.ops.aten",
)
#: An operation `name` is also found in place, as PyTorch's own kernel, and as an operator of tensors.
SPELLINGS = ("{}", "{}_", "_{}", "native_{}", "__{}__", "__r{}__", "__i{}__")

#: By the identity of a function or class, where PyTorch's modules hold it.
_objects: dict[int, list[Place]] = defaultdict(list)
#: By the holder's name, its operations. Both are filled once, before any fork.
_operations: dict[str, dict[str, Place]] = {}


@dataclass(frozen=True)
class Place:
    """One name of something: who holds it, under which attribute, and how people write that."""

    holder: Any
    attribute: str
    dotted: str


def note_places() -> None:
    """Look through PyTorch. Done once for all gradings, since touching so much would copy it for each of them."""
    for module in _modules("torch"):
        for name, value in list(vars(module).items()):
            if callable(value):
                _objects[id(value)].append(Place(module, name, f"{module.__name__}.{name}"))
    for dotted in OPERATIONS:
        place = resolve(dotted) if "." in dotted else None
        holder = getattr(place.holder, place.attribute) if place else torch
        _operations[dotted] = {
            name: Place(holder, name, f"{dotted}.{name}") for name in _operations_of(holder, dotted)
        }


def _operations_of(holder: Any, dotted: str) -> Iterator[str]:
    if dotted == "torch.ops.aten":
        # These come into being when they are first asked for, and asking for one that is not there is slow.
        names = torch._C._dispatch_get_all_op_names()
        yield from {name[6:].partition(".")[0] for name in names if name.startswith("aten::")}
        return
    # The one that asks another does not list what that has.
    for name in dir(torch._C._VariableFunctions if dotted == "torch._VF" else holder):
        value = getattr(holder, name, None)
        # `torch.special` is a module of that name, `Tensor.grad` a property: neither is an operation.
        if callable(value) and not isinstance(value, type | ModuleType):
            yield name


def _modules(package: str) -> list[ModuleType]:
    loaded = list(sys.modules.items())
    return [
        module
        for name, module in loaded
        if (name == package or name.startswith(f"{package}.")) and isinstance(module, ModuleType)
    ]


def _raise(used: str, listed: str) -> NoReturn:
    rule = json.dumps({"used": used, "listed": listed, **_use()})
    raise Forbidden(f"this question asks you to do without {listed}", rule)


def _use() -> dict[str, Any]:
    """The line of the submission that led here, and whether it names what is forbidden itself."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    first = frame
    while frame is not None and not is_theirs(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return {"line": 0, "file": "", "direct": False}
    file = frame.f_code.co_filename[len(FOLDER) + 1 :]
    return {"line": frame.f_lineno, "file": file, "direct": frame is first}


def resolve(dotted: str) -> Place:
    """Where a name lies; LookupError when nothing of this name is there."""
    first, *steps = dotted.split(".")
    holder = _module(first)
    for depth, step in enumerate(steps[:-1], start=2):
        found = getattr(holder, step, None)
        holder = _module(".".join(dotted.split(".")[:depth])) if found is None else found
    if not steps or not hasattr(holder, steps[-1]):
        raise LookupError(dotted)
    return Place(holder, steps[-1], dotted)


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise LookupError(name) from error


def unknown(names: list[str]) -> list[str]:
    """Those that name nothing."""
    return [name for name in names if not _is_known(name)]


def nearest(dotted: str) -> str:
    """What somebody may have meant who wrote a name that does not exist, or nothing."""
    holder, _, name = dotted.rpartition(".")
    try:
        place = resolve(holder)
        known = dir(getattr(place.holder, place.attribute))
    except LookupError:
        known = dir(sys.modules[holder]) if holder in sys.modules else []
    close = difflib.get_close_matches(name, known, n=1)
    return f"{holder}.{close[0]}" if close else ""


def _is_known(name: str) -> bool:
    try:
        resolve(name)
    except LookupError:
        return False
    return True


def refuse(names: list[str]) -> None:
    """Put something that refuses in the place of each of these names, and of all other names of the same thing.

    What does not exist needs no refusing: check asks authors to mend it, and a release of before may have it, or name
    what a later PyTorch no longer has.
    """
    for listed in filter(_is_known, names):
        for place in list(_all_places(resolve(listed))):
            _put(place, listed)


def _all_places(place: Place) -> Iterator[Place]:
    """The name itself, the same operation elsewhere, and whatever else in PyTorch is the very same object."""
    for twin in [place, *_same_operation(place)]:
        yield twin
        if not _is_lazy(twin):
            yield from _objects.get(id(getattr(twin.holder, twin.attribute)), ())


def _same_operation(place: Place) -> Iterator[Place]:
    holder, _, name = place.dotted.rpartition(".")
    if name not in _operations.get(holder, ()):
        return
    for operations in _operations.values():
        for spelling in SPELLINGS:
            if twin := operations.get(spelling.format(name.strip("_"))):
                yield twin


def _is_lazy(place: Place) -> bool:
    return place.dotted.startswith("torch.ops.")


def _put(place: Place, listed: str) -> None:
    if place.dotted.startswith("torch._C._VariableFunctions."):
        _open_variable_functions()
        place = Place(torch._C._VariableFunctions, place.attribute, place.dotted)
    value = None if _is_lazy(place) else getattr(place.holder, place.attribute)
    if isinstance(value, type) and not issubclass(value, Refusing):
        setattr(place.holder, place.attribute, _refusing_class(value, place.dotted, listed))
    elif not isinstance(value, Refusal | type):
        setattr(place.holder, place.attribute, _refusal(place, listed))


def _open_variable_functions() -> None:
    """PyTorch's own holder of its functions cannot be changed; one that asks it for everything else can."""
    holder: Any = torch._C._VariableFunctions
    if not isinstance(holder, _Stand):
        torch._C._VariableFunctions = _Stand(holder)  # type: ignore[assignment]  # declared as a class


class _Stand:
    def __init__(self, behind: Any) -> None:
        self._behind = behind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)


class Refusal:
    """Stands where a function was. Overloads such as `aten.softmax.int` refuse as well."""

    def __init__(self, used: str, listed: str) -> None:
        self.used, self.listed = used, listed

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        _raise(self.used, self.listed)

    def __getattr__(self, name: str) -> Refusal:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _refusal(place: Place, listed: str) -> Any:
    refusal = Refusal(place.dotted, listed)
    if not isinstance(place.holder, type):
        return refusal

    def method(*arguments: Any, **keywords: Any) -> NoReturn:
        refusal(*arguments, **keywords)

    # Operators look for a method on the class, which only a function becomes.
    return method


class Refusing:
    """A base of the classes that stand where forbidden ones were."""


def _refusing_class(original: type, used: str, listed: str) -> type:
    """Still a subclass, so that `isinstance` and inheriting from it work; making one is what it refuses."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        _raise(used, listed)

    return type(original)(original.__name__, (original, Refusing), {"__new__": refuse, "__init__": refuse})


def told(rule: str, because: str) -> str:
    """A use of a forbidden name in words. `rule` came from a submission's process, and may be anything."""
    try:
        use = json.loads(rule)
        line, file, direct = int(use["line"]), str(use["file"])[:200], use["direct"] is True
        used, listed = str(use["used"])[:200], str(use["listed"])[:200]
    except (ValueError, KeyError, TypeError):
        return ""
    where = f"Line {line} of {file}" if line else "The submission"
    alias = "" if used == listed else f", another name of `{listed}`"
    what = f"uses `{used}`{alias}" if direct else f"calls something that uses `{used}`{alias}"
    reason = because or "This question asks you to write it yourself."
    return f"{where} {what}, which is forbidden here. {reason}"
