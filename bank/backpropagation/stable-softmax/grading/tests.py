import math

import reference
import torch
from grader.testing import case, close, compare, expect, test


@test("softmax turns three scores into probabilities", group="examples", points=1, visible=True)
def three_scores(candidate):
    expected = torch.tensor([0.09003057, 0.24472848, 0.66524094])
    expect(close(candidate.softmax(torch.tensor([1.0, 2.0, 3.0]), dim=0), expected, rtol=1e-5))


@test("logsumexp gives the two values of the statement", group="examples", points=1, visible=True)
def the_statement(candidate):
    scores = torch.tensor([[0.0, 0.0], [1000.0, 1000.0]])
    expected = torch.tensor([math.log(2.0), 1000.0 + math.log(2.0)])
    expect(close(candidate.logsumexp(scores, dim=1), expected, rtol=1e-6))


@test("softmax of one huge score keeps away from NaN", group="examples", points=1, visible=True)
def one_huge_score(candidate):
    expect(close(candidate.softmax(torch.tensor([[1000.0, 0.0]]), dim=-1), torch.tensor([[1.0, 0.0]])))


def ordinary(draw):
    return [
        case(draw.normal(6), dim=0),
        case(draw.normal(4, 7), dim=0),
        case(draw.normal(4, 7), dim=1),
        case(draw.normal(2, 3, 5), dim=-2),
        case(draw.normal(5, 1), dim=1),
        case(draw.normal(3, 4, dtype=torch.float64), dim=-1),
    ]


compare(
    "softmax",
    name="softmax matches along every dimension",
    group="values",
    points=2,
    against=reference.softmax,
    inputs=ordinary,
)

compare(
    "logsumexp",
    name="logsumexp matches along every dimension",
    group="values",
    points=2,
    against=reference.logsumexp,
    inputs=ordinary,
)


def large(draw):
    """Rows far apart from each other, so that one shift for the whole tensor does not do."""
    offsets = torch.tensor([[-3e4], [-200.0], [0.0], [150.0], [3e4]])
    return [case(draw.normal(5, 8, scale=20) + offsets, dim=1), case((draw.normal(5, 8) + offsets).T, dim=0)]


compare(
    "softmax",
    name="softmax stays accurate for large scores",
    group="stability",
    points=2,
    against=reference.softmax,
    inputs=large,
    because="Each row has its own largest score; subtracting it changes nothing but the size of the exponents.",
)

compare(
    "logsumexp",
    name="logsumexp stays accurate for large scores",
    group="stability",
    points=2,
    against=reference.logsumexp,
    inputs=large,
    because="What was taken out of the exponents has to be added back to the logarithm.",
)


@test("a masked class gets probability zero", group="stability", points=1, reveal="message")
def a_masked_class(candidate, draw):
    scores = draw.normal(4, 6)
    scores[:, 2] = -math.inf
    scores[1, 3:] = -math.inf
    expect(close(candidate.softmax(scores, dim=1), torch.softmax(scores, 1), what="softmax of a masked row"))
    expect(close(candidate.logsumexp(scores, dim=1), torch.logsumexp(scores, 1), what="logsumexp of a masked row"))


compare(
    "softmax",
    name="gradients flow through softmax",
    group="gradients",
    points=2,
    reveal="message",
    against=reference.softmax,
    inputs=lambda draw: [
        case(draw.normal(4, 7, dtype=torch.float64), dim=0),
        case(draw.normal(3, 5, dtype=torch.float64, scale=100) + 1000, dim=1),
    ],
    gradients=True,
)

compare(
    "logsumexp",
    name="gradients flow through logsumexp",
    group="gradients",
    points=2,
    reveal="message",
    against=reference.logsumexp,
    inputs=lambda draw: [
        case(draw.normal(4, 7, dtype=torch.float64), dim=0),
        case(draw.normal(3, 5, dtype=torch.float64, scale=100) - 1000, dim=1),
    ],
    gradients=True,
    because="The gradient of log-sum-exp is the softmax.",
)

compare(
    "softmax",
    name="non-contiguous scores give the same answer",
    group="details",
    points=1,
    against=reference.softmax,
    inputs=lambda draw: [case(draw.normal(4, 6), dim=0), case(draw.normal(2, 3, 4), dim=-1)],
    strided=True,
)


@test("a shift of all scores shifts logsumexp by as much", group="details", points=1, reveal="message")
def a_shift(candidate, draw):
    scores = draw.normal(3, 9, dtype=torch.float64)
    shifted, plain = candidate.logsumexp(scores + 500.0, dim=1), candidate.logsumexp(scores, dim=1)
    expect(close(shifted, plain + 500.0, rtol=1e-12, what="logsumexp of the shifted scores"))
