"""What was observed of a submission's training: the closed set of faults, and the only form in which facts travel.

Facts are gathered where candidate code runs, so whatever says to be one is hostile. Here is all that can come of it:
the name of a fault from a list, numbers and words from lists, and a line number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Faults that can be seen while code trains. Causes stand before what follows from them."""

    NO_GRADIENT = "no_gradient"
    GRADIENTS_NOT_ZEROED = "gradients_not_zeroed"
    CLEARED_BEFORE_STEP = "cleared_before_step"
    NO_OPTIMIZER_STEP = "no_optimizer_step"
    ANOTHER_MODEL_TRAINED = "another_model_trained"
    OPTIMIZER_MISSES_PARAMETERS = "optimizer_misses_parameters"
    SOFTMAX_BEFORE_CROSS_ENTROPY = "softmax_before_cross_entropy"
    NLL_WITHOUT_LOG_SOFTMAX = "nll_without_log_softmax"
    BROADCAST_LOSS = "broadcast_loss"
    LEFT_IN_EVAL = "left_in_eval"
    TRAINING_MODE_AT_EVALUATION = "training_mode_at_evaluation"
    GRAPH_GROWS = "graph_grows"
    LOSSES_KEEP_GRAPH = "losses_keep_graph"
    NAN_LOSS = "nan_loss"


#: A number, the sizes of a tensor, or a word of WORDS.
Value = int | float | str | tuple[int, ...]

LAYERS = (
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout",
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d",
)  # a table, read across  # fmt: skip
WORDS = (*LAYERS, "cross_entropy", "binary_cross_entropy_with_logits")

#: The names under which a fault's evidence may come; each has the type that NAMES gives it.
EVIDENCE: Mapping[Fault, tuple[str, ...]] = {
    Fault.NO_GRADIENT: ("reached", "missed", "parameters", "steps", "shape"),
    Fault.GRADIENTS_NOT_ZEROED: ("stale", "steps"),
    Fault.CLEARED_BEFORE_STEP: ("empty", "steps"),
    Fault.NO_OPTIMIZER_STEP: ("passes",),
    Fault.ANOTHER_MODEL_TRAINED: ("parameters", "passes"),
    Fault.OPTIMIZER_MISSES_PARAMETERS: ("missed", "parameters", "shape"),
    Fault.SOFTMAX_BEFORE_CROSS_ENTROPY: ("loss", "shape"),
    Fault.NLL_WITHOUT_LOG_SOFTMAX: ("shape",),
    Fault.BROADCAST_LOSS: ("shape", "table"),
    Fault.LEFT_IN_EVAL: ("layer", "quiet", "steps"),
    Fault.TRAINING_MODE_AT_EVALUATION: ("layer", "calls"),
    Fault.GRAPH_GROWS: ("nodes", "later", "passes"),
    Fault.LOSSES_KEEP_GRAPH: ("tensors",),
    Fault.NAN_LOSS: ("number", "value", "before", "first"),
}
_NUMBERS = ("value", "before", "first")
_SHAPES = ("shape", "table")
_TOLD = ("layer", "loss")

MOST_DIMENSIONS, LARGEST, LAST_LINE = 8, 10**12, 10**6


@dataclass(frozen=True)
class Fact:
    """A fault that was seen, with its evidence by name and the line of the submission's main file, if known."""

    fault: Fault
    values: Mapping[str, Value]
    line: int | None = None

    @classmethod
    def of(cls, fault: Fault, line: int | None = None, **values: Value) -> Fact:
        """A fact with its evidence as keywords."""
        return cls(fault, values, line)

    def to_dict(self) -> dict[str, Any]:
        """For the wire and for JSON."""
        return {"fault": self.fault.value, "values": dict(self.values), "line": self.line}


#: How a submission's text betrays that it trains. Without one of these there is nothing to observe.
TRAINING = (".backward", "optim")


def is_training(sources: Iterable[str]) -> bool:
    """Whether these texts can hold a training loop, so that watching them is worth anything."""
    return any(word in source for source in sources for word in TRAINING)


def read_facts(told: object) -> tuple[Fact, ...]:
    """The facts in what a candidate's process said, each fault once; everything else in it is left out."""
    items = told[: 2 * len(Fault)] if isinstance(told, list | tuple) else ()
    found = (fact for item in items if (fact := _fact(item)) is not None)
    once: dict[Fault, Fact] = {}
    for fact in found:
        once.setdefault(fact.fault, fact)
    return tuple(once.values())


def _fact(item: object) -> Fact | None:
    if type(item) is not dict or type(item.get("fault")) is not str:
        return None
    fault = Fault._value2member_map_.get(item["fault"])
    if not isinstance(fault, Fault) or type(item.get("values")) is not dict:
        return None
    return Fact(fault, dict(_values(fault, item["values"])), _line(item.get("line")))


def _values(fault: Fault, values: Mapping[str, object]) -> Iterator[tuple[str, Value]]:
    for name in EVIDENCE[fault]:
        value = _value(name, values.get(name))
        if value is not None:
            yield name, value


def _value(name: str, value: object) -> Value | None:
    if name in _SHAPES:
        return _shape(value)
    if name in _TOLD:
        return value if type(value) is str and value in WORDS else None
    if name in _NUMBERS:
        return _number(value)
    return value if _is_count(value) else None  # type: ignore[return-value]  # _is_count has just said so


def _number(value: object) -> float | None:
    """A float as it is; Python's whole numbers can be too large for one."""
    return value if type(value) is float and (abs(value) < 1e300 or not math.isfinite(value)) else None


def _shape(value: object) -> tuple[int, ...] | None:
    if type(value) not in (list, tuple):
        return None
    sizes: tuple[Any, ...] = tuple(value)  # type: ignore[arg-type]  # one of the two, as was just asked
    return sizes if len(sizes) <= MOST_DIMENSIONS and all(_is_count(size) for size in sizes) else None


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _line(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= LAST_LINE else None
