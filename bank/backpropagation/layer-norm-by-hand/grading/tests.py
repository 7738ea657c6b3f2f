import torch
from grader.checks import Check
from grader.testing import close, expect, test
from torch.nn import functional as F

DOUBLE, SINGLE = torch.float64, torch.float32
NAMES = ("x", "weight", "bias")


def inputs(draw, *shape, dtype=DOUBLE):
    """Rows, scales around 1 of either sign, shifts, and a slope that comes from above."""
    width = shape[-1]
    x = draw.normal(*shape, dtype=dtype, scale=2.0) + 0.7
    return x, draw.normal(width, dtype=dtype) + 0.3, draw.normal(width, dtype=dtype), draw.normal(*shape, dtype=dtype)


def library(x, weight, bias, grad, eps=1e-5):
    """PyTorch's result and autograd's gradients."""
    leaves = [value.clone().requires_grad_() for value in (x, weight, bias)]
    y = F.layer_norm(leaves[0], (x.shape[-1],), leaves[1], leaves[2], eps)
    return y.detach(), torch.autograd.grad(y, leaves, grad)


def forward(candidate, *arguments):
    found = candidate.layer_norm_forward(*arguments)
    form = isinstance(found, list | tuple) and len(found) == 2
    expect(Check(form, "layer_norm_forward should return two things: y and the cache.", f"{found!r}"[:200]))
    return found


def backward(candidate, grad, cache):
    found = candidate.layer_norm_backward(grad, cache)
    form = isinstance(found, list | tuple) and len(found) == 3
    expect(Check(form, "layer_norm_backward should return three gradients.", f"{found!r}"[:200]))
    return found


def agrees(candidate, x, weight, bias, grad, *eps, **bound):
    y, cache = forward(candidate, x, weight, bias, *eps)
    expected, slopes = library(x, weight, bias, grad, *eps)
    where = f"for x of shape {tuple(x.shape)}"
    expect(close(y, expected, **bound, what=f"{where}, y"))
    for name, actual, slope in zip(NAMES, backward(candidate, grad, cache), slopes, strict=True):
        expect(close(actual, slope, **bound, what=f"{where}, the gradient of `{name}`"))


@test("two rows by hand", group="examples", points=1, visible=True)
def by_hand(candidate):
    x = torch.tensor([[1.0, 3.0], [10.0, 10.0]])
    y, _ = forward(candidate, x, torch.tensor([2.0, 2.0]), torch.tensor([0.0, 1.0]), 0.0001)
    expect(close(y, torch.tensor([[-1.9999, 2.9999], [0.0, 1.0]]), what="y"))


@test("the forward pass agrees with the library", group="examples", points=1, visible=True)
def forward_agrees(candidate, draw):
    x, weight, bias, grad = inputs(draw, 4, 6)
    expect(close(forward(candidate, x, weight, bias)[0], library(x, weight, bias, grad)[0], what="y"))


@test("the gradients of weight and bias agree with autograd", group="examples", points=1, visible=True)
def parameters_agree(candidate, draw):
    x, weight, bias, grad = inputs(draw, 4, 6)
    found = backward(candidate, grad, forward(candidate, x, weight, bias)[1])
    for name, actual, slope in list(zip(NAMES, found, library(x, weight, bias, grad)[1], strict=True))[1:]:
        expect(close(actual, slope, what=f"the gradient of `{name}`"))


@test("the gradient of x agrees with autograd", group="gradients", points=4, reveal="message")
def input_agrees(candidate, draw):
    for shape in ((4, 6), (1, 3), (7, 16)):
        agrees(candidate, *inputs(draw, *shape))


@test("any number of dimensions in front", group="shapes", points=2, reveal="message")
def dimensions(candidate, draw):
    for shape in ((5,), (2, 3, 4), (2, 1, 3, 5), (3, 1), (6, 6, 6)):
        agrees(candidate, *inputs(draw, *shape))


@test("epsilon stands under the root", group="values", points=2, reveal="message")
def epsilon(candidate, draw):
    for eps in (1.0, 0.1, 1e-12):
        agrees(candidate, *inputs(draw, 3, 5), eps)
    x, weight, bias, grad = inputs(draw, 3, 5)
    agrees(candidate, 1e-2 * x, weight, bias, grad)


@test("rows of equal features", group="values", points=1, reveal="message")
def equal_features(candidate, draw):
    x, weight, bias, grad = inputs(draw, 3, 4)
    x[1] = 2.5
    agrees(candidate, x, weight, bias, grad)


@test("a mean far larger than the spread", group="values", points=2, reveal="message")
def large_mean(candidate, draw):
    x, weight, bias, grad = inputs(draw, 4, 32, dtype=SINGLE)
    x = x + torch.tensor([[2e3], [-5e3], [8e3], [0.0]])
    y, slopes = library(*(value.double() for value in (x, weight, bias, grad)))
    found, cache = forward(candidate, x, weight, bias)
    # A float32 near 8000 is known to 5e-4, and so are a mean of such numbers and what is left without it.
    expect(close(found, y.float(), rtol=5e-3, atol=5e-3, what="y"))
    for name, actual, slope in zip(NAMES, backward(candidate, grad, cache), slopes, strict=True):
        expect(close(actual, slope.float(), rtol=5e-3, atol=2e-2, what=f"the gradient of `{name}`"))


@test("float32 in, float32 out", group="values", points=1, reveal="message")
def single_precision(candidate, draw):
    # Sums of up to a hundred products in float32: errors near 1e-6, where results may be near 0.
    agrees(candidate, *inputs(draw, 12, 8, dtype=SINGLE), rtol=1e-4, atol=2e-5)


@test("the gradient of x has no part along the constant", group="properties", points=1, reveal="message")
def no_constant_part(candidate, draw):
    # A constant added to a row changes nothing, so the gradient of each row adds up to zero.
    x, weight, bias, grad = inputs(draw, 5, 8)
    found = backward(candidate, grad, forward(candidate, x, weight, bias)[1])[0]
    assert isinstance(found, torch.Tensor)
    expect(close(found.sum(-1), torch.zeros(5, dtype=DOUBLE), what="the sum of the gradient of each row"))


@test("the gradients predict the change of the loss", group="properties", points=2, reveal="message")
def finite_differences(candidate, draw):
    x, weight, bias, grad = inputs(draw, 3, 5)
    values = (x, weight, bias)
    found = backward(candidate, grad, forward(candidate, *values)[1])
    directions = [draw.normal(*value.shape, dtype=DOUBLE) for value in values]
    ends = []
    for step in (1e-5, -1e-5):
        y = forward(candidate, *(value + step * way for value, way in zip(values, directions, strict=True)))[0]
        ends.append((y * grad).sum())
    slope = sum((one * way).sum() for one, way in zip(found, directions, strict=True))
    # A central difference in float64: its third derivative costs 1e-9 or so, rounding 1e-11.
    expect(close(slope, (ends[0] - ends[1]) / 2e-5, rtol=1e-5, atol=1e-6, what="the slope along a direction"))


@test("two forward passes before the first backward", group="cache", points=2, reveal="message")
def own_caches(candidate, draw):
    first, second = inputs(draw, 3, 6), inputs(draw, 3, 6)
    caches = [forward(candidate, *values[:3])[1] for values in (first, second)]
    for values, cache in ((first, caches[0]), (second, caches[1]), (first, caches[0])):
        slopes = library(*values)[1]
        for name, actual, slope in zip(NAMES, backward(candidate, values[3], cache), slopes, strict=True):
            expect(close(actual, slope, what=f"with its own cache, the gradient of `{name}`"))


@test("inputs keep their values", group="details", points=1, reveal="message")
def inputs_are_left_alone(candidate, draw):
    values = inputs(draw, 4, 5)
    theirs = [candidate.keep_(value.clone()) for value in values]
    backward(candidate, theirs[3], forward(candidate, *theirs[:3])[1])
    for name, value, kept in zip((*NAMES, "grad"), values, theirs, strict=True):
        expect(close(candidate.value_(kept), value, rtol=0.0, atol=0.0, what=f"`{name}` after both passes"))
