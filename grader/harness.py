"""What runs beside candidate code: it answers the judge's requests and knows nothing else.

It holds no test and no expected value. Whatever candidate code does to it, the judge sees only what comes over the
wire, and takes that for hostile.
"""

from __future__ import annotations

import operator
import os
import random
import resource
import socket
import sys
import tempfile
import types
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
import torch
from torch.autograd import backward

from grader import cuda
from grader.encoding import Handle, encode
from grader.failure import FOLDER, describe, name_of
from grader.forbidden import refuse
from grader.loading import feed, import_submission, run_own, write
from grader.probe import probe
from grader.sandbox.jail import MEGABYTE, lower
from grader.sandbox.policy import DEVICE_THREADS
from grader.watch.watch import Watch
from grader.wire import Closed, Wire

REQUEST, VALUE, RAISED = 1, 2, 3

#: Memory that an allocator may reserve beyond the limit before it is refused; use is watched from outside.
HEADROOM_MB = 256

#: Private memory that a fork starts with; set by the forkserver, which can still read it from /proc.
_inherited_bytes = 0


def remember_inherited(size: int) -> None:
    """Say how much writable memory every fork begins with, so that a limit counts only what comes on top."""
    global _inherited_bytes
    _inherited_bytes = size


def serve(descriptor: int, *, is_spare: bool) -> None:
    """Answer requests until the judge hangs up. One that has to wait for work uses the time to warm up."""
    _fresh_streams()
    # The forkserver looked for a folder when it could not see this one.
    tempfile.tempdir = FOLDER
    if is_spare:
        warm_up()
    harness = _Harness(Wire(socket.socket(fileno=descriptor)))
    try:
        harness.run()
    except Closed:
        os._exit(0)


def warm_up() -> None:
    """Touch what an answer will touch: the first write to each page that is shared with the forkserver copies it."""
    scope: dict[str, Any] = {}
    exec(compile("def double(x):\n    return 2 * x\n", "warm-up", "exec"), scope)  # noqa: S102 - our own text
    how = {"strided": False, "cotangent": torch.ones(2, 2), "device": "cpu"}
    encode(probe(scope["double"], (torch.ones(2, 2),), {}, how))


def _fresh_streams() -> None:
    """The forkserver's own streams have its buffers; these are empty, and never fail on what is printed."""
    sys.stdin = _stream(0, "r")
    # By lines, so that what a loop prints is seen while it runs.
    sys.stdout = _stream(1, "w", buffering=1)
    sys.stderr = _stream(2, "w", buffering=1)


def _stream(descriptor: int, mode: str, buffering: int = -1) -> Any:
    return open(descriptor, mode, buffering, encoding="utf-8", errors="backslashreplace", closefd=False)


class _Harness:
    """Objects of the candidate's that the judge holds by number, and the requests that concern them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._objects: dict[int, Any] = {}
        self._last = 0
        self._module: types.ModuleType | None = None
        self._device = "cpu"
        self._watch: Watch | None = None

    def run(self) -> NoReturn:
        while True:
            _, (operation, arguments, keywords, dropped) = self._wire.receive()
            for number in dropped:
                self._objects.pop(number, None)
            try:
                kind, answer = VALUE, self._perform(operation, arguments, keywords)
            except BaseException as error:  # noqa: BLE001 - SystemExit and its like are answers too
                kind, answer = RAISED, describe(error)
            _flush()
            self._reply(kind, answer)

    def _reply(self, kind: int, answer: Any) -> None:
        try:
            self._wire.send(kind, answer)
        except (TypeError, ValueError) as error:
            self._wire.send(RAISED, describe(error))

    def _perform(self, operation: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        action: Callable[..., Any] = getattr(self, f"do_{operation}")
        result = action(*self._import(arguments), **self._import(keywords))
        if self._device != "cpu":
            # What it was asked for is done when the device has done it: the judge's clock stops with the answer.
            cuda.wait()
        return self._export(result)

    def do_load(self, files: dict[str, str], data: dict[str, bytes], job: dict[str, Any]) -> dict[str, Any]:
        """Import the submission; returns its entry points, None for one that is missing or cannot be called."""
        self._prepare(files, data, job)
        self._module = import_submission(files)
        found = {name: _reach(self._module, name) for name in job["entry_points"]}
        return {name: Kept(entry) if callable(entry) else None for name, entry in found.items()}

    def _prepare(self, files: Mapping[str, str], data: Mapping[str, bytes], job: Mapping[str, Any]) -> None:
        """Everything that has to be in place before a line of the submission runs."""
        for path, content in data.items():
            write(path, content)
        self._device = job["device"]
        _lower_limits(job["limits"], self._device)
        self.do_seed(job["seed"])
        torch.compile = _refusal(
            "torch.compile needs a compiler, which the sandbox does not have; run without it"
        )
        refuse(job["forbid"])
        if job["watch"]:
            self._watch = Watch()
            self._watch.install(files.values())

    def do_run(
        self, files: dict[str, str], data: dict[str, bytes], job: dict[str, Any], own: dict[str, str]
    ) -> None:
        """Run the submission for its author to see, with own lines after it and own text to read."""
        self._prepare(files, data, job)
        if own["stdin"]:
            feed(own["stdin"])
            sys.stdin = _stream(0, "r")
        self.do_call(run_own, files, own["snippet"])

    def do_module(self) -> Any:
        return Kept(self._module)

    def do_names(self, prefix: str) -> dict[str, bool]:
        """The module's names that begin so, in the order in which they were defined, and whether each can be called."""
        return {
            name: callable(value) for name, value in vars(self._module).items() if name.startswith(prefix)
        }

    def do_define(self, source: str, name: str) -> Any:
        """Run a text of the judge's own, and hold what it defines under this name."""
        scope: dict[str, Any] = {}
        exec(source, scope)  # noqa: S102 - it came from the judge
        return Kept(scope[name])

    def do_seed(self, seed: int) -> None:
        _seed(seed)
        if self._device != "cpu":
            cuda.seed(seed)

    def do_get(self, target: Any, name: str) -> Any:
        return getattr(target, name)

    def do_set(self, target: Any, name: str, value: Any) -> None:
        setattr(target, name, value)

    def do_call(self, target: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Any:
        if self._watch is None:
            return target(*arguments, **keywords)
        return self._watch.calling(target, arguments, keywords)

    def do_facts(self) -> list[dict[str, Any]]:
        """What was observed since this was last asked, see `grader.facts`."""
        return [] if self._watch is None else self._watch.facts()

    def do_item(self, target: Any, key: Any) -> Any:
        return target[key]

    def do_set_item(self, target: Any, key: Any, value: Any) -> None:
        target[key] = value

    def do_length(self, target: Any) -> int:
        return operator.index(len(target))

    def do_truth(self, target: Any) -> bool:
        return bool(target)

    def do_contains(self, target: Any, item: Any) -> bool:
        return bool(item in target)

    def do_iterate(self, target: Any) -> Any:
        return Kept(iter(target))

    def do_next(self, target: Any) -> Any:
        return next(target)

    def do_describe(self, target: Any) -> str:
        return str(repr(target))[:2000]

    def do_keep(self, value: Any) -> Any:
        """Hold a value here, so that the judge can hand the very same object to several calls."""
        return Kept(value)

    def do_value(self, target: Any) -> Any:
        """By value what is otherwise held."""
        return target

    def do_reach(self, model: Any, *inputs: Any) -> dict[str, bool]:
        """Which parameters a backward pass from the output reaches with something other than zero."""
        parameters = dict(model.named_parameters())
        for parameter in parameters.values():
            parameter.grad = None
        # By the name that was bound before any question could forbid it.
        backward(model(*inputs).square().sum())
        return {name: p.grad is not None and bool(p.grad.count_nonzero()) for name, p in parameters.items()}

    def do_probe(self, target: Callable[..., Any], arguments: Any, keywords: Any, how: dict[str, Any]) -> Any:
        """One call, watched: its output, gradients for a given cotangent, and which inputs it changed."""
        return probe(target, arguments, keywords, {**how, "device": how.get("device") or self._device})

    def _export(self, value: Any, depth: int = 0) -> Any:
        """By value what has one; anything else stays here and travels as a handle."""
        if isinstance(value, Kept):
            return self._hold(value.value)
        simple = _plain_value(value)
        if type(simple) in (list, tuple, set, frozenset) and depth < 16:
            return type(simple)(self._export(item, depth + 1) for item in simple)
        if type(simple) is dict and depth < 16:
            return {
                self._export(key, depth + 1): self._export(item, depth + 1) for key, item in simple.items()
            }
        try:
            encode(simple)
        except (TypeError, ValueError):
            return self._hold(value)
        return simple

    def _hold(self, value: Any) -> Handle:
        self._last += 1
        self._objects[self._last] = value
        kind = type(value)
        return Handle(self._last, _describe_kind(value), tuple(name_of(base) for base in kind.__mro__)[:32])

    def _import(self, value: Any) -> Any:
        if type(value) is Handle:
            return self._objects[value.number]
        if type(value) in (list, tuple):
            return type(value)(self._import(item) for item in value)
        if type(value) is dict:
            return {key: self._import(item) for key, item in value.items()}
        if isinstance(value, torch.Tensor) and self._device != "cpu":
            return cuda.to_device(value, self._device)
        return value


class Kept:
    """Marks a result that stays here although it could travel."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _plain_value(value: Any) -> Any:
    """Subclasses of what travels, as what they are a subclass of; their own methods are not asked."""
    if isinstance(value, torch.Tensor) and type(value) not in (torch.Tensor, torch.nn.Parameter):
        with torch._C.DisableTorchFunctionSubclass():
            value = torch.Tensor.as_subclass(value, torch.Tensor)
    if isinstance(value, torch.Tensor):
        return cuda.to_host(value)
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    for kind in (tuple, list, dict):
        if isinstance(value, kind) and type(value) not in (kind, torch.Size):
            return kind(value)
    return value


def _describe_kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{value.layout} tensor on {value.device} with {value.dtype}".replace("torch.", "")
    return type(value).__name__


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001, S112 - a stream that the candidate replaced or closed
            continue


def _seed(seed: int) -> None:
    """A fork copies the state of every generator; without this all gradings would draw the same."""
    random.seed(seed)
    np.random.seed(seed & 0xFFFF_FFFF)
    # Not torch.manual_seed: it notes the stack for each kind of device, which takes longer than most tests.
    torch.default_generator.manual_seed(seed)


def _lower_limits(limits: Mapping[str, Any], device: str) -> None:
    """What depends on the question. These bound single processes; the tree is watched from outside."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits["cpu_seconds"]) + 1
    # A second between them: at the hard limit the kernel kills without saying which limit it was.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    lower(resource.RLIMIT_FSIZE, limits["file_mb"] * MEGABYTE)
    if device != "cpu":
        # CUDA maps far more than it uses, which only a limit of what is used can tell from the candidate's.
        lower(resource.RLIMIT_NPROC, limits["processes"] + 1 + DEVICE_THREADS)
        cuda.bound(limits["gpu_memory_mb"])
        return
    lower(resource.RLIMIT_NPROC, limits["processes"] + 1)
    lower(resource.RLIMIT_DATA, _inherited_bytes + (limits["memory_mb"] + HEADROOM_MB) * MEGABYTE)


def _refusal(message: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(message)

    return refuse


def _reach(module: types.ModuleType, dotted: str) -> Any:
    found: Any = module
    for name in dotted.split("."):
        found = getattr(found, name, None)
    return found
