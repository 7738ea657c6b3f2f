"""Each test catches one mistake. What is visible shows in Run; hidden tests show their name only."""

import torch

import reference
from grader.testing import case, compare, test


@test("keeps the shape", points=1, visible=True)
def keeps_the_shape(candidate):
    out = candidate.rms_norm(torch.ones(2, 3, 4), torch.ones(4), 1e-6)
    assert out.shape == (2, 3, 4)


compare(
    "rms_norm",
    name="matches on ordinary values",
    points=2,
    visible=True,
    against=reference.rms_norm,
    inputs=lambda draw: [case(draw.normal(5, 8), draw.normal(8), 1e-6)],
)

compare(
    "rms_norm",
    name="has the right gradients, with three dimensions",
    points=2,
    against=reference.rms_norm,
    gradients=True,
    inputs=lambda draw: [case(draw.normal(2, 5, 8, scale=3.0), draw.normal(8), 1e-6)],
)

compare(
    "rms_norm",
    name="adds eps inside the root",
    points=2,
    reveal="message",
    against=reference.rms_norm,
    inputs=lambda draw: [case(draw.normal(3, 8, scale=0.1), draw.normal(8), 0.05)],
    because="With values this small, eps is no longer negligible: where it stands matters.",
)

compare(
    "rms_norm",
    name="stays finite on zeros",
    points=1,
    against=reference.rms_norm,
    gradients=True,
    inputs=lambda draw: [case(torch.zeros(2, 8), draw.normal(8), 1e-6)],
)
