"""What a module is like, seen by running it. Imported by tests that the importer writes, inside the sandbox only."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import torch

from grader.beside import travels
from grader.modules import (
    SHARES,
    copies,
    directions_of,
    drawn,
    floats,
    inputs_of,
    root_mean_square,
    shift,
    slopes,
    split_arguments,
    stretch,
)

#: Entries of a state that are told one by one.
SHOWN = 40


@travels
def tried(source: Any) -> tuple[int, float]:
    """Build and call `source.Model` once: the bytes of its inputs, state and output, and the CPU seconds of the call.

    Self-contained: it runs as a submission does, under the limits of one, before anything of the source runs beside
    the judge.
    """
    import time

    import torch

    torch.manual_seed(1)
    given = source.get_init_inputs()
    named = given if isinstance(given, dict) else {}
    positional = [] if isinstance(given, dict) else list(given)
    if len(positional) == 2 and isinstance(positional[0], list | tuple) and isinstance(positional[1], dict):
        positional, named = positional
    model = source.Model(*positional, **named).eval()
    inputs = source.get_inputs()
    if isinstance(inputs, torch.Tensor):
        inputs = [inputs]
    if not isinstance(inputs, list | tuple):
        raise TypeError(f"get_inputs should return a list, and returns {type(inputs).__name__}")
    before = time.process_time()
    with torch.no_grad():
        output = model(*inputs)
    seconds = time.process_time() - before
    waiting, size = [*inputs, *model.state_dict().values(), output], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, torch.Tensor):
            size += value.numel() * value.element_size()
        elif isinstance(value, list | tuple | dict):
            waiting += list(value.values()) if isinstance(value, dict) else list(value)
    return size, seconds


def facts(source: ModuleType, seed: int) -> str:
    """JSON that says what the tests of a question about `source.Model` have to know; small by construction."""
    model, inputs = _model(source, seed), _inputs(source, seed)
    state = model.state_dict()
    return json.dumps(
        {
            "inputs": [_kind(value) for value in inputs],
            "state": [[name, _kind(value)] for name, value in list(state.items())[:SHOWN]],
            "entries": len(state),
            "parameters": sum(p.numel() for p in model.parameters()),
            "fresh": not _same(inputs, _inputs(source, seed + 1)),
            "steady": _is_steady(source, seed, train=False),
            "steady_training": _is_steady(source, seed, train=True),
            "trains_otherwise": _trains_otherwise(source, seed),
            "finite": all(bool(part.isfinite().all()) for part in floats(_output(source, seed))),
            "draws_aside": _draws_aside(source, seed),
            "stretches": _stretches(source, seed),
            "leaves_inputs": _leaves_inputs(source, seed),
            "differentiable": _slopes(source, seed) is not None,
            "share": _share(source, seed),
        }
    )


def _model(source: ModuleType, seed: int, *, train: bool = False) -> torch.nn.Module:
    positional, named = split_arguments(drawn(source.get_init_inputs, seed))
    model: torch.nn.Module = drawn(lambda: source.Model(*positional, **named), seed)
    shift(model, seed)
    return model.train(train)


def _inputs(source: ModuleType, seed: int) -> list[Any]:
    return inputs_of(drawn(source.get_inputs, seed))


def _output(source: ModuleType, seed: int, *, train: bool = False, noise: int = 0) -> Any:
    model, inputs = _model(source, seed, train=train), _inputs(source, seed)
    with torch.no_grad():
        return drawn(lambda: model(*inputs), seed + noise)


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    return f"{type(value).__name__} {repr(value)[:40]}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and torch.equal(one.nan_to_num(), other.nan_to_num())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)


def _is_steady(source: ModuleType, seed: int, *, train: bool) -> bool:
    """The same output whatever the generators hold when `forward` begins."""
    return _same(_output(source, seed, train=train), _output(source, seed, train=train, noise=1000))


def _trains_otherwise(source: ModuleType, seed: int) -> bool:
    """Training mode gives another output, or changes what the module holds."""
    model, inputs = _model(source, seed, train=True), _inputs(source, seed)
    before = [value.clone() for value in model.state_dict().values()]
    # Without gradients, as the output in evaluation mode: some kernels round differently with them.
    with torch.no_grad():
        output = drawn(lambda: model(*inputs), seed)
    after = list(model.state_dict().values())
    return not _same(output, _output(source, seed)) or not _same(before, after)


def _draws_aside(source: ModuleType, seed: int) -> bool:
    """The constructor draws something that the state does not hold: two modules with one state differ."""
    one, other = _model(source, seed), _model(source, seed + 1)
    other.load_state_dict(one.state_dict())
    inputs = _inputs(source, seed)
    with torch.no_grad():
        return not _same(
            drawn(lambda: one(*copies(inputs)), seed), drawn(lambda: other(*copies(inputs)), seed)
        )


def _stretches(source: ModuleType, seed: int) -> bool:
    """Larger inputs of both signs are new ones, and give finite outputs: a clamp or a ReLU has something to do."""
    inputs = _inputs(source, seed)
    stretched = stretch(inputs)
    try:
        with torch.no_grad():
            output = drawn(lambda: _model(source, seed)(*copies(stretched)), seed)
    except (RuntimeError, ValueError, IndexError):
        return False
    return not _same(inputs, stretched) and all(bool(part.isfinite().all()) for part in floats(output))


def _leaves_inputs(source: ModuleType, seed: int) -> bool:
    inputs = _inputs(source, seed)
    before = copies(inputs)
    with torch.no_grad():
        _model(source, seed)(*inputs)
    return _same(before, inputs)


def _slopes(
    source: ModuleType, seed: int, dtype: torch.dtype | None = None
) -> dict[str, torch.Tensor] | None:
    """Gradients by name, or None where there are none."""
    model, inputs = _converted(_model(source, seed), _inputs(source, seed), dtype)
    try:
        with torch.no_grad():
            output = drawn(lambda: model(*copies(inputs)), seed)
        torch.manual_seed(seed)
        found = slopes(model, inputs, directions_of(output, seed))
    except RuntimeError:
        return None
    return None if isinstance(found, str) else found


def _converted(
    model: torch.nn.Module, inputs: list[Any], dtype: torch.dtype | None
) -> tuple[torch.nn.Module, list[Any]]:
    if dtype is None:
        return model, inputs
    wide = [x.to(dtype) if isinstance(x, torch.Tensor) and x.is_floating_point() else x for x in inputs]
    return model.to(dtype), wide


def _share(source: ModuleType, seed: int) -> float:
    """How far the module's own rounding takes its output and gradients from those in float64, as `near` counts."""
    try:
        model, inputs = _converted(_model(source, seed), _inputs(source, seed), torch.float64)
        with torch.no_grad():
            exact = drawn(lambda: model(*inputs), seed)
        pairs = list(zip(floats(_output(source, seed)), floats(exact), strict=True))
        rough, fine = _slopes(source, seed), _slopes(source, seed, torch.float64)
        if rough is not None and fine is not None:
            pairs += [(rough[name], fine[name]) for name in rough]
        return max((_distance(one, other) for one, other in pairs), default=0.0)
    except (RuntimeError, ValueError, TypeError):
        # A module that insists on its dtype cannot be asked; the usual tolerance of the dtype has to do.
        return 0.0


def _distance(rough: torch.Tensor, fine: torch.Tensor) -> float:
    if rough.dtype not in SHARES or not rough.numel():
        return 0.0
    difference = (rough.double() - fine.double()).abs()
    size = fine.double().abs() + root_mean_square(fine)
    return float((difference / size.clamp(min=1e-30)).nan_to_num(0.0, 0.0, 0.0).max())
