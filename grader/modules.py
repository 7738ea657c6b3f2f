"""Comparing a module of the submission with one of the reference: the same arguments, state and inputs for both.

    twins = Twins(candidate.ModelNew, reference.Model, arguments, seed)
    expect(twins.same_state())
    expect(twins.same_output(make_inputs))

State crosses by `state_dict`, so both need the same names and shapes. Parameters are moved away from their initial
values first: a bias that begins at zero would hide that it is never added.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from grader.beside import beside, travels
from grader.candidate import Candidate, is_a
from grader.checks import PASSED, Check, close, kind_of

#: Tolerance by dtype, relative to each element and to the root mean square of its tensor.
SHARES = {torch.float64: 1e-7, torch.float32: 1e-4, torch.bfloat16: 1.6e-2, torch.float16: 4e-3}
#: How far parameters are moved, as a share of their size, or of this where they are smaller.
SHIFT, SMALLEST = 0.1, 0.5


class Twins:
    """A module of the submission and its counterpart. `arguments` are those of the constructor, `seed` draws."""

    def __init__(
        self,
        candidate: Candidate,
        entry: str,
        original: Callable[..., torch.nn.Module],
        arguments: Callable[[], Any],
        *,
        seed: int,
        share: float | None = None,
        shifted: bool = True,
        because: str = "",
    ) -> None:
        self._candidate, self._seed, self._share, self._because = candidate, seed, share, because
        positional, named = split_arguments(drawn(arguments, seed))
        self.original = drawn(lambda: original(*positional, **named), seed)
        self._fixed = _fixed_buffers(self.original, drawn(lambda: original(*positional, **named), seed + 1))
        candidate.seed_(seed)
        self.remote = getattr(candidate, entry)(*positional, **named)
        if shifted:
            shift(self.original, seed)
        self._loaded = False

    def same_state(self) -> Check:
        """Parameters and buffers with the same names, shapes and dtypes, and buffers that begin with the same values.

        Buffers that the original draws at random may begin as they like.
        """
        if not is_a(self.remote, "torch.nn.modules.module.Module"):
            return Check(False, f"It should be a torch.nn.Module, and is {kind_of(self.remote)}.")
        state = self.remote.state_dict()
        names = same_names(state, self.original.state_dict())
        if not names.ok:
            return names
        return self._told(
            self._near({name: state[name] for name in self._fixed}, self._fixed, "the fresh state")
        )

    def same_output(
        self, make: Callable[[], Any], *, train: bool = False, draws: int = 1, unchanged: bool = True
    ) -> Check:
        """The same output for the same inputs, left as they were if `unchanged`; for `train` the same buffers after it.

        Each of the `draws` goes to the same two modules, so that an answer that was remembered shows.
        """
        ready = self._ready(train)
        if not ready.ok:
            return ready
        for number in range(draws):
            check = self._same_call(make, self._seed + 1 + number, unchanged)
            if not check.ok:
                return self._told(check)
        if not train:
            return PASSED
        return self._told(
            self._near(self.remote.state_dict(), dict(self.original.state_dict()), "the state after the call")
        )

    def same_slopes(self, make: Callable[[], Any]) -> Check:
        """The same gradients, of a random projection of the output, for every floating-point input and parameter."""
        ready = self._ready(train=False)
        if not ready.ok:
            return ready
        inputs = inputs_of(drawn(make, self._seed + 1))
        directions = directions_of(self.original(*copies(inputs)), self._seed + 2)
        torch.manual_seed(self._seed)
        expected = slopes(self.original, copies(inputs), directions)
        self._candidate.seed_(self._seed)
        actual = beside(self._candidate, slopes)(self.remote, inputs, directions)
        if isinstance(actual, str):
            return self._told(
                Check(False, f"The output matches nothing that can be differentiated: {actual}.")
            )
        return self._told(self._near(actual, expected, "the gradients"))

    def _ready(self, train: bool) -> Check:
        """Both modules in one mode and with one state."""
        check = PASSED if self._loaded else self.same_state()
        if check.ok and not self._loaded:
            self.remote.load_state_dict(dict(self.original.state_dict()))
            if self._candidate.device_ != "cpu":
                self.remote.to(self._candidate.device_)
            self._loaded = True
        if check.ok:
            self.remote.train(train)
            self.original.train(train)
        return check

    def _same_call(self, make: Callable[[], Any], seed: int, unchanged: bool) -> Check:
        inputs = inputs_of(drawn(make, seed))
        expected = drawn(lambda: self.original(*copies(inputs)), seed)
        self._candidate.seed_(seed)
        how = {"strided": False, "cotangent": None, "device": None}
        answer = self._candidate.probe_(self.remote, inputs, {}, how)
        if type(answer) is not dict or not {"output", "changed"} <= answer.keys():
            return Check(False, "The call did not come back with a result.")
        check = self._near(answer["output"], expected, "the output")
        if check.ok and unchanged and answer["changed"]:
            return Check(False, "The call changes its inputs; they belong to the caller.")
        return check

    def _near(self, actual: Any, expected: Any, what: str) -> Check:
        return near(actual, expected, share=self._share, what=what)

    def _told(self, check: Check) -> Check:
        if check.ok or not self._because:
            return check
        return replace(check, message=f"{check.message} {self._because}")


def split_arguments(given: Any) -> tuple[list[Any], dict[str, Any]]:
    """Positional and named arguments from what describes them: a list, a dictionary, or a pair of these."""
    if isinstance(given, Mapping):
        return [], dict(given)
    items = list(given)
    if len(items) == 2 and isinstance(items[0], list | tuple) and isinstance(items[1], Mapping):
        return list(items[0]), dict(items[1])
    return items, {}


def inputs_of(given: Any) -> list[Any]:
    """The positional inputs of one call: a list, a tuple, or a single tensor."""
    if isinstance(given, list | tuple):
        return list(given)
    if isinstance(given, torch.Tensor):
        return [given]
    raise TypeError(f"the inputs of a call should be a list, and are {kind_of(given)}")


def drawn(make: Callable[[], Any], seed: int) -> Any:
    """What `make` returns with Python's, NumPy's and PyTorch's generators freshly seeded."""
    random.seed(seed)
    np.random.seed(seed & 0xFFFF_FFFF)
    torch.manual_seed(seed)
    return make()


def stretch(given: Any) -> list[Any]:
    """Floating-point inputs, four times as far from their mean: what lay between 0 and 1 has both signs then."""
    return [
        4 * (x - x.mean()) if isinstance(x, torch.Tensor) and x.is_floating_point() and x.numel() else x
        for x in inputs_of(given)
    ]


def shift(module: torch.nn.Module, seed: int) -> None:
    """Move parameters and running statistics away from where they begin."""
    generator = torch.Generator().manual_seed(seed & 0x7FFF_FFFF_FFFF_FFFF)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.is_floating_point():
                size = parameter.double().square().mean().sqrt().clamp(min=SMALLEST)
                parameter.add_(SHIFT * size.to(parameter.dtype) * _noise(parameter, generator))
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer += SHIFT * _noise(buffer, generator)
            if name.endswith("running_var"):
                buffer *= (1 + SHIFT * _noise(buffer, generator)).abs()


def _fixed_buffers(one: torch.nn.Module, other: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Buffers of the state that do not depend on the seed, as they begin."""
    state, buffers = one.state_dict(), dict(other.named_buffers())
    same = (name for name, value in buffers.items() if name in state and torch.equal(value, state[name]))
    return {name: state[name].clone() for name in same}


def _noise(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like.dtype)


@travels
def slopes(model: Any, inputs: list[Any], directions: list[Any]) -> Any:
    """Gradients of the output's projection by name, or text saying why there are none. Self-contained: it also
    runs beside the submission.

    `directions` has one tensor for each floating-point tensor of the output, in order. Inputs are `input 0`,
    `input 1` ...; parameters have their own names. One that the output does not depend on has gradient zero.
    """
    import torch

    def flat(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return [value] if value.is_floating_point() else []
        if isinstance(value, dict):
            value = list(value.values())
        return [part for item in value for part in flat(item)] if isinstance(value, list | tuple) else []

    given = [
        x.detach().clone().requires_grad_(x.is_floating_point()) if isinstance(x, torch.Tensor) else x
        for x in inputs
    ]
    outputs = flat(model(*given))
    if [tuple(o.shape) for o in outputs] != [tuple(d.shape) for d in directions]:
        return "its tensors have other shapes than expected"
    pairs = [(o, d.to(o.dtype)) for o, d in zip(outputs, directions, strict=True) if o.requires_grad]
    if not pairs:
        return "it is cut off from its inputs and parameters"
    wanted = {f"input {n}": x for n, x in enumerate(given) if isinstance(x, torch.Tensor) and x.requires_grad}
    wanted |= {name: p for name, p in model.named_parameters() if p.requires_grad}
    found = torch.autograd.grad(
        [o for o, _ in pairs], list(wanted.values()), [d for _, d in pairs], allow_unused=True
    )
    return {
        name: torch.zeros_like(x) if slope is None else slope
        for (name, x), slope in zip(wanted.items(), found, strict=True)
    }


def near(actual: Any, expected: Any, *, share: float | None = None, what: str = "the result") -> Check:
    """Like `close`, with a tolerance that knows the size of each tensor: an element may be off by `share` of itself
    plus `share` of the root mean square of its tensor. NaN matches NaN. By default the dtype sets the share.
    """
    if isinstance(expected, torch.Tensor):
        bound = _share(expected, share)
        atol = bound * float(root_mean_square(expected)) if bound else None
        return close(actual, expected, rtol=bound or None, atol=atol, equal_nan=True, what=what)
    if isinstance(expected, Mapping):
        form = close(
            sorted(map(str, actual)) if isinstance(actual, dict) else actual, sorted(map(str, expected))
        )
        if not form.ok or not isinstance(actual, dict):
            return Check(False, f"{what} should have the entries {', '.join(map(str, expected))}.")
        pairs = [(f"{key!r} of {what}", actual[key], expected[key]) for key in expected]
        return _first_failure(pairs, share)
    if isinstance(expected, list | tuple):
        if not isinstance(actual, list | tuple) or len(actual) != len(expected):
            found = f"{len(actual)} items" if isinstance(actual, list | tuple) else kind_of(actual)
            return Check(False, f"{what} should have {len(expected)} items, and is {found}.")
        numbered = zip(range(len(expected)), actual, expected, strict=True)
        return _first_failure([(f"item {n} of {what}", one, other) for n, one, other in numbered], share)
    return close(actual, expected, rtol=share, equal_nan=True, what=what)


def _first_failure(pairs: Sequence[tuple[str, Any, Any]], share: float | None) -> Check:
    checks = (near(actual, expected, share=share, what=what) for what, actual, expected in pairs)
    return next((check for check in checks if not check.ok), PASSED)


def _share(expected: torch.Tensor, share: float | None) -> float:
    if not expected.is_floating_point():
        return 0.0
    usual = SHARES.get(expected.dtype, SHARES[torch.float32])
    return usual if share is None else max(share, usual if expected.dtype is not torch.float32 else 0.0)


def root_mean_square(tensor: torch.Tensor) -> torch.Tensor:
    """Over the finite elements; zero where there are none."""
    finite = tensor.detach().double()[tensor.detach().isfinite()]
    return finite.square().mean().sqrt() if finite.numel() else torch.zeros(())


def same_names(actual: Any, expected: Mapping[str, torch.Tensor]) -> Check:
    """Two states have the same names, and under each the same shape and dtype."""
    if not isinstance(actual, dict):
        return Check(False, "state_dict() does not give a dictionary.")
    for name in expected:
        if name not in actual:
            return Check(False, f"state_dict() lacks {name!r}.", ", ".join(actual), ", ".join(expected))
    for name in actual:
        if name not in expected:
            message = f"state_dict() has {name!r}, which the original does not have."
            return Check(False, message, ", ".join(map(str, actual)), ", ".join(expected))
    return next((check for check in _forms(actual, expected) if not check.ok), PASSED)


def _forms(actual: Mapping[str, Any], expected: Mapping[str, torch.Tensor]) -> Iterator[Check]:
    for name, wanted in expected.items():
        found = actual[name]
        if not isinstance(found, torch.Tensor):
            yield Check(False, f"{name!r} of the state is {kind_of(found)}, not a tensor.")
        elif (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
            yield Check(False, f"{name!r} of the state is {kind_of(found)}; expected is {kind_of(wanted)}.")


def directions_of(output: Any, seed: int) -> list[torch.Tensor]:
    """Random tensors to project the output on, one for each floating-point tensor in it."""
    generator = torch.Generator().manual_seed(seed & 0x7FFF_FFFF_FFFF_FFFF)
    return [_noise(tensor, generator) for tensor in floats(output)]


def floats(value: Any) -> Iterator[torch.Tensor]:
    """Every floating-point tensor in lists, tuples and dictionaries, in order."""
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from floats(item)


def copies(inputs: Sequence[Any]) -> list[Any]:
    """The same inputs, tensors of their own."""
    return [x.detach().clone() if isinstance(x, torch.Tensor) else x for x in inputs]
