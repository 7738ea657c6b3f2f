"""The tests ask for behaviour and never look at the source: any honest cure passes."""

import torch

import reference
from grader.testing import case, close, compare, expect, test


def batch(draw, *, real):
    mask = (torch.arange(6) < real).expand(4, 6).clone()
    return draw.normal(4, 6, 5), draw.integers(4, 6, high=5), mask


@test("the loss does not depend on how much padding there is", group="symptom", points=2, visible=True)
def padding_is_free(candidate, draw):
    logits, target, mask = batch(draw, real=3)
    padded = candidate.masked_loss(logits, target, mask)
    cut = candidate.masked_loss(logits[:, :3], target[:, :3], mask[:, :3])
    expect(close(padded, cut, what="the loss of the padded batch"))


compare(
    "masked_loss",
    name="is the mean over real tokens, with its gradient",
    group="cause",
    points=2,
    reveal="message",
    against=reference.masked_loss,
    gradients=True,
    inputs=lambda draw: [case(*batch(draw, real=real)) for real in (1, 4)],
)

compare(
    "masked_loss",
    name="does what it did where nothing is padded",
    group="nothing else changed",
    points=1,
    against=reference.masked_loss,
    gradients=True,
    inputs=lambda draw: [case(*batch(draw, real=6))],
)
