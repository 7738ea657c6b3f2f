"""Faults in words, for the person who wrote the code: what it is, why it hurts, where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.facts import Fault


@dataclass(frozen=True)
class Words:
    """How a fault is told.

    `evidence` pairs a label and a form. Both are filled with values, and a pair that lacks one of them is left out.
    """

    title: str
    text: str
    evidence: tuple[tuple[str, str], ...]


WORDS: Mapping[Fault, Words] = {
    Fault.NO_GRADIENT: Words(
        "Parameters get no gradient",
        "No gradient arrives where the way back is cut: by `no_grad`, `detach()`, `item()`, `.data`, or by a "
        "layer that the forward pass never calls. Follow the way from the loss to the parameters.",
        (
            ("parameters that the loss reaches", "{reached}"),
            ("parameters of the optimizer without a gradient", "{missed} of {parameters}"),
            ("the first of them has the shape", "{shape}"),
            ("optimizer steps watched", "{steps}"),
        ),
    ),
    Fault.GRADIENTS_NOT_ZEROED: Words(
        "Gradients of earlier steps are still there",
        "`backward()` adds to what lies in `.grad`, so each step also goes along the directions of all "
        "steps before it. Clear the gradients once for every step, before `backward()`: "
        "`optimizer.zero_grad()`.",
        (("watched steps that used an old gradient once more", "{stale} of {steps}"),),
    ),
    Fault.CLEARED_BEFORE_STEP: Words(
        "Gradients are cleared before the step can use them",
        "`backward()` had left gradients, and when the optimizer made its step they were gone. Clear "
        "them before `backward()` or after `step()`, not between the two.",
        (("steps that found no gradient", "{empty} of {steps}"),),
    ),
    Fault.NO_OPTIMIZER_STEP: Words(
        "Gradients are computed and never used",
        "There is an optimizer, but its `step()` is not called, and the parameters are what they were. "
        "Call it after `backward()`.",
        (
            ("backward passes", "{passes}"),
            ("optimizer steps", "0"),
            ("parameters changed", "0"),
        ),
    ),
    Fault.ANOTHER_MODEL_TRAINED: Words(
        "The model that was handed over is not the one that learns",
        "The backward passes reached other parameters than those of the argument, which stayed as it "
        "was. Look for a copy, or for a second model that is built inside.",
        (
            ("backward passes", "{passes}"),
            ("parameters of the given model that they reached", "0 of {parameters}"),
        ),
    ),
    Fault.OPTIMIZER_MISSES_PARAMETERS: Words(
        "The optimizer does not hold all parameters",
        "These parameters get gradients, but no optimizer that makes a step was given them, so they "
        "stay as they are. Look at what is handed to the optimizer.",
        (
            ("parameters that no optimizer holds", "{missed} of {parameters}"),
            ("the first of them has the shape", "{shape}"),
        ),
    ),
    Fault.SOFTMAX_BEFORE_CROSS_ENTROPY: Words(
        "The loss is given probabilities where it expects logits",
        "This loss applies softmax or sigmoid by itself. Applied twice, it flattens the output, the "
        "loss cannot come near zero and gradients are small. Hand it the raw output.",
        (
            ("the loss", "{loss}"),
            ("already squashed, of the shape", "{shape}"),
        ),
    ),
    Fault.NLL_WITHOUT_LOG_SOFTMAX: Words(
        "nll_loss is given something else than log-probabilities",
        "It only picks numbers and changes their sign; without `log_softmax` before it the loss has no "
        "lower bound or no useful slope. Use `log_softmax`, or `cross_entropy` on the raw output.",
        (("what it was given has the shape", "{shape}"),),
    ),
    Fault.BROADCAST_LOSS: Words(
        "Prediction and target have different shapes, and the loss compares each with each",
        "Broadcasting makes a table of all pairs out of a column and a row, and the best answer to "
        "that is the mean. Give both the same shape before they are subtracted.",
        (
            ("the prediction has the shape", "{shape}"),
            ("what is averaged has the shape", "{table}"),
        ),
    ),
    Fault.LEFT_IN_EVAL: Words(
        "The model is trained in evaluation mode",
        "In it dropout drops nothing and batch normalization keeps its old statistics. Call "
        "`model.train()` where training begins, and again after each evaluation.",
        (("optimizer steps with {layer} in evaluation mode", "{quiet} of {steps}"),),
    ),
    Fault.TRAINING_MODE_AT_EVALUATION: Words(
        "The model predicts in training mode",
        "In it dropout is random and batch normalization looks at the other rows of the batch, so the"
        " answer for a row depends on chance or on its company. Call `model.eval()` before predicting.",
        (("calls of a {layer} in training mode, with gradients switched off", "{calls}"),),
    ),
    Fault.GRAPH_GROWS: Words(
        "Each backward pass goes through all steps before it",
        "Something keeps the graph of earlier steps: a sum of losses, or a state that is carried "
        "along. Add numbers instead (`loss.item()`), or cut the way back with `detach()`.",
        (
            ("operations behind the loss at the first pass", "{nodes}"),
            ("at pass {passes}", "{later}"),
        ),
    ),
    Fault.LOSSES_KEEP_GRAPH: Words(
        "Losses are kept as tensors with everything that they were computed from",
        "Each of them holds the graph of its step in memory. Keep numbers: `loss.item()`.",
        (("tensors with a graph among what was returned", "{tensors}"),),
    ),
    Fault.NAN_LOSS: Words(
        "The loss stops being a number",
        "From then on every parameter is NaN. If the loss grew before, the steps are too large; if it"
        " came at once, look for a logarithm, a root or a division at zero.",
        (
            ("loss at backward pass {number}", "{value}"),
            ("loss one earlier", "{before}"),
            ("the first loss", "{first}"),
        ),
    ),
}
