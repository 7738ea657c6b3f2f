import reference
import torch
from grader.checks import Check
from grader.testing import case, close, compare, expect, test

DOUBLE = torch.float64
INT8 = torch.int8


def quantized(candidate, weight):
    found = candidate.quantize(weight)
    form = isinstance(found, list | tuple) and len(found) == 2
    expect(Check(form, "quantize should return two things: the integers and the scales.", f"{found!r}"[:200]))
    return found


def agrees(candidate, weight, what="the"):
    """In float64, where a quotient that is a tie only after rounding practically never happens."""
    (q, scale), (expected, scales) = quantized(candidate, weight), reference.quantize(weight)
    expect(close(scale, scales, what=f"{what} vector of scales"))
    expect(close(q, expected, what=f"{what} tensor of integers"))


def on_the_grid(draw, rows, width):
    """Integers with a 127 or −127 in each row, and scales that are powers of two: nothing is rounded anywhere."""
    q = draw.integers(rows, width, low=-127, high=128)
    q[torch.arange(rows), draw.integers(rows, high=width)] = 127 * (2 * draw.integers(rows, high=2) - 1)
    return q, 2.0 ** draw.integers(rows, low=-6, high=5)


@test("a row by hand", group="examples", points=1, visible=True)
def by_hand(candidate):
    q, scale = quantized(candidate, torch.tensor([[0.5, -12.7, 0.0, 6.36], [1.0, 0.25, -0.4, 0.0]], dtype=DOUBLE))
    expect(close(scale, torch.tensor([0.1, 1 / 127], dtype=DOUBLE), what="the vector of scales"))
    expect(close(q, torch.tensor([[5, -127, 0, 64], [127, 32, -51, 0]], dtype=INT8), what="the tensor of integers"))


@test("what lies on the grid comes back unchanged", group="examples", points=1, visible=True)
def round_trip(candidate, draw):
    q, scale = on_the_grid(draw, 5, 9)
    weight = q * scale[:, None]
    found = quantized(candidate, weight)
    expect(close(found, (q.to(INT8), scale), rtol=0.0, atol=0.0, what="the pair of integers and scales"))
    expect(close(candidate.dequantize(*found), weight, rtol=0.0, atol=0.0, what="what dequantize returns"))


@test("an integer product by hand", group="examples", points=1, visible=True)
def product_by_hand(candidate):
    q, scale = torch.tensor([[127, -2], [0, 3]], dtype=INT8), torch.tensor([0.5, 2.0])
    y = candidate.int8_linear(torch.tensor([[254.0, -2.0]]), q, scale, torch.tensor([1.0, -1.0]))
    expect(close(y, torch.tensor([[16132.0, -13.0]])))


@test("integers and scales of any weight", group="quantize", points=3, reveal="message")
def any_weight(candidate, draw):
    for rows, width, size in ((6, 17, 1.0), (1, 40, 1e-4), (12, 3, 1e3), (3, 1, 1.0)):
        agrees(candidate, draw.normal(rows, width, dtype=DOUBLE, scale=size), f"for a weight of shape ({rows}, {width}), the")


@test("ties go to the even neighbour", group="quantize", points=1, reveal="message")
def ties(candidate, draw):
    q = torch.arange(-127, 127, dtype=DOUBLE) + 0.5
    agrees(candidate, torch.cat([q, torch.tensor([127.0], dtype=DOUBLE)])[None] * 0.25, "for numbers half-way, the")


@test("a row of zeros", group="quantize", points=1, reveal="message")
def zeros(candidate, draw):
    weight = draw.normal(3, 5, dtype=DOUBLE)
    weight[1] = 0.0
    agrees(candidate, weight, "beside a row of zeros, the")


@test("at most half a step off", group="quantize", points=2, reveal="message")
def half_a_step(candidate, draw):
    for dtype in (torch.float32, DOUBLE):
        weight = draw.normal(8, 50, dtype=dtype)
        q, scale = quantized(candidate, weight)
        expect(close(scale, reference.quantize(weight)[1], what="the vector of scales"))
        back = candidate.dequantize(q, scale)
        expect(close(back, reference.dequantize(*reference.quantize(weight)), rtol=0.02, atol=0.1, what="what dequantize returns"))
        # A float32 quotient near 100 is known to 1e-5 of a step.
        steps = float(((back - weight).abs() / scale[:, None]).max())
        assert steps <= 0.5 + 1e-4, f"A weight is off by {steps:.3f} of its row's step."


@test("opposite weights have opposite integers", group="quantize", points=1, reveal="message")
def symmetric(candidate, draw):
    weight = draw.normal(5, 30, dtype=DOUBLE)
    (q, scale), (other, same) = quantized(candidate, weight), quantized(candidate, -weight)
    assert isinstance(q, torch.Tensor) and q.dtype == INT8, "The integers should be int8."
    expect(close(other, -q, what="the tensor of integers of −w"))
    expect(close(same, scale, what="the vector of scales of −w"))
    assert int(q.min()) >= -127, "−128 is never used."


compare(
    "dequantize",
    name="dequantize can be differentiated by its scales",
    group="quantize",
    points=1,
    reveal="message",
    against=reference.dequantize,
    gradients=True,
    inputs=lambda draw: [case(draw.integers(4, 6, low=-127, high=128).to(INT8), draw.uniform(4, low=0.1, dtype=DOUBLE))],
)


@test("the product of the integers, scaled", group="product", points=3, reveal="message")
def product(candidate, draw):
    for shape in ((4, 20, 7), (1, 5, 3), (6, 64, 2)):
        n, d, r = shape
        x, bias = draw.normal(n, d, dtype=DOUBLE, scale=3.0), draw.normal(r, dtype=DOUBLE)
        q, scale = reference.quantize(draw.normal(r, d, dtype=DOUBLE))
        for more in ((), (bias,)):
            actual, expected = candidate.int8_linear(x, q, scale, *more), reference.int8_linear(x, q, scale, *more)
            expect(close(actual, expected, what=f"the product of {n} × {d} with {r} × {d} numbers"))


@test("thousands of the largest products", group="product", points=2, reveal="message")
def long_sums(candidate, draw):
    signs = 2 * draw.integers(3, 1, high=2) - 1
    q = (127 * signs).expand(3, 5000).to(INT8).contiguous()
    x = 254.0 * (2 * draw.integers(2, 1, high=2) - 1) * torch.ones(2, 5000)
    # 5000 · 127 · 127 = 80,645,000 does not fit into 16 bits, and float32 knows it to 1 in 10⁷.
    expected = x.double() @ (q.double() * 0.5).T
    expect(close(candidate.int8_linear(x, q, torch.full((3,), 0.5)), expected.float(), rtol=1e-5))


@test("rows of x have scales of their own", group="accuracy", points=2, reveal="message")
def rows_of_x(candidate, draw):
    x = draw.normal(6, 40, dtype=DOUBLE) * (10.0 ** torch.arange(-3, 3, dtype=DOUBLE))[:, None]
    q, scale = reference.quantize(draw.normal(5, 40, dtype=DOUBLE))
    y = candidate.int8_linear(x, q, scale)
    alone = [candidate.int8_linear(row[None], q, scale) for row in x]
    assert all(isinstance(part, torch.Tensor) for part in alone)
    expect(close(y, torch.cat(alone), what="a batch, against its rows one by one,"))


@test("near the product of the numbers themselves", group="accuracy", points=1, reveal="message")
def near(candidate, draw):
    x, weight = draw.normal(16, 128), draw.normal(24, 128)
    weight[3] *= 100.0
    y, exact = candidate.int8_linear(x, *quantized(candidate, weight)), x @ weight.T
    expect(close(y, exact, rtol=1e9, what="the product"))
    off = (y - exact).square().mean(0).sqrt() / exact.square().mean(0).sqrt()
    # Steps of 3/127 in both factors: 0.9 % of the size of a result, about equal in every row. One scale for all gives over 20 %.
    assert float(off.max()) < 0.05, f"A row of the product is off by {float(off.max()):.3f} of its size."


@test("forms, and inputs that keep their values", group="details", points=1, reveal="message")
def details(candidate, draw):
    x, weight = draw.normal(3, 8), draw.normal(4, 8)
    q, scale = reference.quantize(weight)
    bias = draw.normal(4)
    values = {"weight": weight, "x": x, "q": q, "scale": scale, "bias": bias}
    theirs = {name: candidate.keep_(value.clone()) for name, value in values.items()}
    quantized(candidate, theirs["weight"])
    candidate.dequantize(theirs["q"], theirs["scale"])
    y = candidate.int8_linear(theirs["x"], theirs["q"], theirs["scale"], theirs["bias"])
    expect(close(y, reference.int8_linear(x, q, scale, bias), rtol=1e-4, atol=1e-3, what="the product in float32"))
    for name, value in values.items():
        expect(close(candidate.value_(theirs[name]), value, rtol=0.0, atol=0.0, what=f"`{name}` after the calls"))
