import torch
from grader.testing import case, close, compare, expect, raises, test
from torch.nn import functional as F

# Sums of up to about a hundred products, in whatever order: 1e-6 in float32.
ROOM = {"rtol": 1e-4, "atol": 2e-5}
DOUBLE = torch.float64


def library_conv(x, weight, bias=None, stride=1, padding=0):
    return F.conv2d(x, weight, bias, stride=stride, padding=padding)


def library_pool(x, size, stride=None):
    return F.max_pool2d(x, size, stride)


@test("a kernel is not turned round", group="examples", points=1, visible=True)
def not_turned(candidate):
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    weight = torch.tensor([[[[1.0, 0.0], [0.0, -2.0]]]])
    expected = torch.tensor([[[[-10.0, -11.0, -12.0], [-14.0, -15.0, -16.0], [-18.0, -19.0, -20.0]]]])
    expect(close(candidate.conv2d(x, weight), expected))


@test("padding and stride decide the shape", group="examples", points=1, visible=True)
def shapes(candidate):
    y = candidate.conv2d(torch.zeros(2, 3, 8, 11), torch.zeros(4, 3, 3, 3), torch.ones(4), stride=2, padding=1)
    expect(close(y, torch.ones(2, 4, 4, 6)))


@test("the largest of each window", group="examples", points=1, visible=True)
def pooled(candidate):
    x = torch.tensor([[[[1.0, 5.0, -1.0, -2.0], [3.0, 2.0, -4.0, -3.0]]]])
    expect(close(candidate.max_pool2d(x, 2), torch.tensor([[[[5.0, -1.0]]]])))


compare(
    "conv2d",
    name="one step at a time, no padding",
    group="convolution",
    points=3,
    reveal="message",
    against=library_conv,
    inputs=lambda draw: [
        case(draw.normal(2, 3, 6, 7), draw.normal(4, 3, 3, 3), draw.normal(4)),
        case(draw.normal(1, 1, 5, 5), draw.normal(1, 1, 5, 5), draw.normal(1)),
        case(draw.normal(2, 4, 3, 5), draw.normal(3, 4, 1, 1), draw.normal(3)),
        case(draw.normal(3, 2, 7, 5), draw.normal(2, 2, 2, 4), draw.normal(2)),
        case(draw.normal(1, 2, 4, 9), draw.normal(5, 2, 3, 1)),
    ],
    **ROOM,
)

compare(
    "conv2d",
    name="with a stride",
    group="convolution",
    points=2,
    reveal="message",
    against=library_conv,
    inputs=lambda draw: [
        case(draw.normal(2, 3, 9, 8), draw.normal(4, 3, 3, 3), draw.normal(4), stride=2),
        case(draw.normal(1, 2, 10, 7), draw.normal(2, 2, 2, 3), draw.normal(2), stride=3),
        case(draw.normal(1, 2, 3, 6), draw.normal(2, 2, 3, 2), stride=4),
    ],
    because="The last window is the last one that fits; what is left over at the edge is not used.",
    **ROOM,
)

compare(
    "conv2d",
    name="with padding",
    group="convolution",
    points=2,
    reveal="message",
    against=library_conv,
    inputs=lambda draw: [
        case(draw.normal(2, 3, 5, 6), draw.normal(4, 3, 3, 3), draw.normal(4), padding=1),
        case(draw.normal(1, 2, 2, 4), draw.normal(3, 2, 5, 3), draw.normal(3), padding=2),
        case(draw.normal(1, 1, 4, 2), draw.normal(1, 1, 3, 6), draw.normal(1), padding=2),
        case(draw.normal(2, 2, 7, 6), draw.normal(2, 2, 3, 4), draw.normal(2), 2, 3),
        case(draw.normal(1, 1, 1, 1), draw.normal(1, 1, 3, 3), padding=1),
    ],
    **ROOM,
)

compare(
    "conv2d",
    name="gradients of image, kernels and bias",
    group="gradients",
    points=3,
    reveal="message",
    against=library_conv,
    gradients=True,
    inputs=lambda draw: [
        case(
            draw.normal(2, 3, 6, 5, dtype=DOUBLE),
            draw.normal(4, 3, 3, 2, dtype=DOUBLE),
            draw.normal(4, dtype=DOUBLE),
            stride=2,
            padding=1,
        ),
        case(draw.normal(1, 2, 4, 4, dtype=DOUBLE), draw.normal(3, 2, 3, 3, dtype=DOUBLE)),
    ],
)

compare(
    "max_pool2d",
    name="pooling with windows that touch",
    group="pooling",
    points=2,
    reveal="message",
    against=library_pool,
    inputs=lambda draw: [
        case(draw.normal(2, 3, 6, 8), 2),
        case(draw.normal(1, 2, 7, 5) - 5.0, 3),
        case(draw.normal(2, 1, 4, 4), 4),
        case(draw.normal(1, 2, 3, 3), 1),
    ],
    because="Rows and columns that do not fill a window are left out.",
)

compare(
    "max_pool2d",
    name="pooling with a stride of its own",
    group="pooling",
    points=2,
    reveal="message",
    against=library_pool,
    inputs=lambda draw: [
        case(draw.normal(2, 3, 7, 8), 3, 2),
        case(draw.normal(1, 2, 6, 5) - 5.0, 3, stride=1),
        case(draw.normal(1, 2, 9, 7), 2, stride=3),
    ],
)

compare(
    "max_pool2d",
    name="the gradient goes to the largest",
    group="gradients",
    points=2,
    reveal="message",
    against=library_pool,
    gradients=True,
    inputs=lambda draw: [
        case(draw.normal(2, 2, 6, 6, dtype=DOUBLE), 2),
        case(draw.normal(1, 2, 7, 7, dtype=DOUBLE) - 4, 3, stride=2),
    ],
    because="An element that is the largest of several windows collects a gradient from each.",
)


@test("an image that moves moves the result", group="properties", points=1, reveal="message")
def equivariance(candidate, draw):
    x, weight = draw.normal(1, 2, 9, 9, dtype=DOUBLE), draw.normal(3, 2, 3, 3, dtype=DOUBLE)
    y, moved = candidate.conv2d(x, weight), candidate.conv2d(x.roll((2, 1), dims=(2, 3)), weight)
    # Away from the edges that the roll wraps round.
    assert isinstance(y, torch.Tensor) and isinstance(moved, torch.Tensor)
    expect(close(moved[:, :, 2:, 1:], y[:, :, :-2, :-1], what="the result for an image moved by two rows and a column"))


@test("what does not fit is refused", group="edges", points=2, reveal="message")
def refused(candidate, draw):
    for x, weight, padding in (
        (draw.normal(1, 2, 3, 5), draw.normal(1, 2, 4, 2), 0),
        (draw.normal(1, 2, 5, 3), draw.normal(1, 2, 2, 6), 1),
        (draw.normal(1, 2, 5, 5), draw.normal(1, 3, 2, 2), 0),
        (draw.normal(1, 2, 5, 5), draw.normal(1, 1, 2, 2), 0),
    ):
        with raises(ValueError):
            candidate.conv2d(x, weight, None, 1, padding)
    for shape in ((1, 1, 2, 5), (1, 1, 5, 2)):
        with raises(ValueError):
            candidate.max_pool2d(draw.normal(*shape), 3)


compare(
    "conv2d",
    name="images that are not contiguous",
    group="edges",
    points=1,
    reveal="message",
    against=library_conv,
    strided=True,
    inputs=lambda draw: [case(draw.normal(2, 3, 5, 6), draw.normal(2, 3, 3, 3), draw.normal(2), padding=1)],
    **ROOM,
)


@test("one large image in reasonable time", group="speed", points=2, reveal="message")
def in_time(draw, measure):
    # A slice for each place of the kernel is as fast as one product here; a window for each place of the image is some
    # ten times slower.
    return measure.time(
        lambda module, x, weight: module.conv2d(x, weight, padding=1),
        lambda: (draw.normal(4, 16, 48, 48), draw.normal(32, 16, 3, 3)),
        against="one_product",
        shares={4.0: 1.0, 100.0: 0.5},
        **ROOM,
    )
