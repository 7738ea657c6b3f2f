import reference
import torch
from grader.checks import same_form
from grader.testing import case, close, compare, expect, test


def some_mask(draw, *shape):
    """About two thirds True, and the diagonal always, so that no row is without a key."""
    allowed = draw.uniform(*shape) < 0.66
    return allowed | torch.eye(shape[-2], shape[-1], dtype=torch.bool)


def triple(draw, *lead, queries=5, keys=7, width=8, values=6, dtype=torch.float32, scale=1.0):
    """A query, a key and a value with the same leading dimensions; scores have a deviation of scale ** 2."""
    return (
        draw.normal(*lead, queries, width, dtype=dtype, scale=scale),
        draw.normal(*lead, keys, width, dtype=dtype, scale=scale),
        draw.normal(*lead, keys, values, dtype=dtype),
    )


@test("the three examples of the statement", group="examples", points=1, visible=True)
def the_statement(candidate):
    query, key, value = torch.zeros(1, 4), torch.ones(3, 4), torch.tensor([[1.0], [2.0], [6.0]])
    expect(close(candidate.attention(query, key, value), torch.tensor([[3.0]]), what="without a mask, the result"))
    for row, expected in (([True, True, False], 1.5), ([False, False, False], 0.0)):
        actual = candidate.attention(query, key, value, torch.tensor([row]))
        expect(close(actual, torch.tensor([[expected]]), what=f"with the mask {row}, the result"))


compare(
    "attention",
    name="one sequence without a mask",
    group="examples",
    points=1,
    visible=True,
    against=reference.attention,
    inputs=lambda draw: [case(*triple(draw)), case(*triple(draw, queries=1, keys=1))],
    rtol=1e-4,
    atol=1e-5,
    because="Scores are divided by the square root of the width, and each query's weights add up to 1.",
)

compare(
    "attention",
    name="one sequence with a mask",
    group="examples",
    points=2,
    visible=True,
    against=reference.attention,
    inputs=lambda draw: [case(*triple(draw), some_mask(draw, 5, 7))],
    rtol=1e-4,
    atol=1e-5,
    because="True stands for a pair that may attend; the softmax is over these alone.",
)

compare(
    "attention",
    name="widths from 1 to 64",
    group="values",
    points=1,
    reveal="message",
    against=reference.attention,
    inputs=lambda draw: [case(*triple(draw, width=width, values=3)) for width in (1, 3, 64)],
    rtol=1e-4,
    atol=1e-5,
    because="The scale is the square root of the width of queries and keys, not of the values.",
)

compare(
    "attention",
    name="batches and heads",
    group="values",
    points=2,
    reveal="message",
    against=reference.attention,
    inputs=lambda draw: [
        case(*triple(draw, 3)),
        case(*triple(draw, 2, 4), some_mask(draw, 2, 4, 5, 7)),
        case(*triple(draw, 2, 3, 2), None),
    ],
    rtol=1e-4,
    atol=1e-5,
)


def of_different_leads(draw):
    """Keys and values that heads share, masks for the whole batch and for one position each."""
    query, _, _ = triple(draw, 2, 4)
    _, key, value = triple(draw, 2, 1)
    padding = torch.arange(7) < torch.tensor([[3], [7]])
    return [
        case(query, key, value),
        case(query, key, value, some_mask(draw, 5, 7)),
        case(query, key, value, padding[:, None, None, :]),
        case(query, key[0, 0], value[0, 0], some_mask(draw, 4, 5, 7)),
    ]


compare(
    "attention",
    name="leading dimensions and masks broadcast",
    group="values",
    points=2,
    reveal="message",
    against=reference.attention,
    inputs=of_different_leads,
    rtol=1e-4,
    atol=1e-5,
)


def empty_rows(draw, dtype):
    mask = some_mask(draw, 2, 5, 7)
    mask[0, 1] = mask[1, 0] = mask[1, 4] = False
    return [case(*triple(draw, 2, dtype=dtype), mask)]


compare(
    "attention",
    name="a query without any key gets zeros",
    group="masks",
    points=2,
    reveal="message",
    against=reference.attention,
    inputs=lambda draw: [*empty_rows(draw, torch.float32), case(*triple(draw, 2), torch.zeros(5, 7) > 0)],
    rtol=1e-4,
    atol=1e-5,
    because="A row of minus infinities has no softmax: 0 / 0.",
)


@test("masked keys and values leave no trace", group="masks", points=1, reveal="message")
def no_trace(candidate, draw):
    query, key, value = triple(draw, 2)
    mask = torch.ones(5, 7, dtype=torch.bool)
    mask[:, 2] = mask[:, 6] = False
    before = candidate.attention(query, key, value, mask)
    key[:, [2, 6]], value[:, [2, 6]] = 100 * draw.normal(2, 2, 8), 100 * draw.normal(2, 2, 6)
    # Zero weights add exact zeros: nothing may differ but the rounding of a sum in another order.
    expect(close(candidate.attention(query, key, value, mask), before, rtol=1e-5, atol=1e-6))


def towering(draw):
    """The masked key has by far the largest score, then the allowed ones are far below zero."""
    query = torch.full((1, 4), 20.0)
    key = torch.stack([torch.full((4,), level) for level in (20.0, 0.1, 0.0, -0.1)])
    low = torch.stack([torch.full((4,), level) for level in (0.0, -400.0, -400.03125, -500.0)])
    mask = torch.tensor([[False, True, True, True]])
    return [case(query, key, draw.normal(4, 3), mask), case(query, low, draw.normal(4, 3), mask)]


compare(
    "attention",
    name="a masked key may have the largest score",
    group="masks",
    points=2,
    reveal="message",
    against=reference.attention,
    inputs=towering,
    # The scores of some -16,000 are exact in float32, in whatever order they are computed.
    rtol=1e-3,
    atol=1e-3,
    because="Masked scores must not decide over the others, neither before the softmax nor within it.",
)

compare(
    "attention",
    name="large scores stay finite and accurate",
    group="stability",
    points=2,
    reveal="message",
    against=reference.attention,
    inputs=lambda draw: [
        case(*triple(draw, 2, scale=12.0)),
        case(*triple(draw, 2, scale=12.0), some_mask(draw, 5, 7)),
    ],
    rtol=2e-3,
    atol=2e-3,
    because="The exponential of 300 is beyond float32; the bound of 0.002 leaves room for scores known to 0.0001.",
)

compare(
    "attention",
    name="gradients, with and without a mask",
    group="gradients",
    points=3,
    reveal="message",
    against=reference.attention,
    inputs=lambda draw: [
        case(*triple(draw, 2, dtype=torch.float64)),
        case(*triple(draw, 2, 3, dtype=torch.float64), some_mask(draw, 5, 7)),
        case(*triple(draw, dtype=torch.float64, scale=40.0)),
    ],
    gradients=True,
)

compare(
    "attention",
    name="gradients past queries without any key",
    group="gradients",
    points=2,
    reveal="message",
    against=reference.attention,
    inputs=lambda draw: empty_rows(draw, torch.float64),
    gradients=True,
    because="A NaN that is replaced in the result can still come back in the gradient.",
)


@test("the dtype is kept", group="details", points=1, reveal="message")
def dtype_is_kept(candidate, draw):
    mask = some_mask(draw, 5, 7)
    for dtype in (torch.float64, torch.bfloat16):
        query, key, value = triple(draw, 2, dtype=torch.float64)
        actual = candidate.attention(query.to(dtype), key.to(dtype), value.to(dtype), mask)
        expected = reference.attention(query, key, value, mask)
        expect(same_form(actual, expected.to(dtype)))
        # bfloat16 has 8 bits: scores of 3 are known to 0.02, and so are the weights, relatively.
        bound = 0.15 if dtype is torch.bfloat16 else 1e-9
        expect(close(actual.double(), expected, rtol=0.0, atol=bound, what=f"the result in {dtype}"))


compare(
    "attention",
    name="non-contiguous arguments give the same answer",
    group="details",
    points=1,
    against=reference.attention,
    inputs=lambda draw: [case(*triple(draw, 2), some_mask(draw, 5, 7))],
    strided=True,
    rtol=1e-4,
    atol=1e-5,
)
