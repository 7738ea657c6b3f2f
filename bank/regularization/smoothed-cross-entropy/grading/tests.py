import reference
import torch
from grader.checks import Check
from grader.testing import close, expect, raises, test
from torch.nn import functional as F

DOUBLE = torch.float64


def library(logits, target, smoothing=0.0, ignore_index=-100):
    """PyTorch's loss and autograd's gradient, for lists in which something counts."""
    leaf = logits.clone().requires_grad_()
    loss = F.cross_entropy(leaf, target, label_smoothing=smoothing, ignore_index=ignore_index)
    return loss.detach(), torch.autograd.grad(loss, leaf)[0]


def pair(candidate, *arguments, **keywords):
    found = candidate.loss_and_gradient(*arguments, **keywords)
    form = isinstance(found, list | tuple) and len(found) == 2
    expect(Check(form, "The function should return two things: the loss and its gradient.", f"{found!r}"[:200]))
    return found


def agrees(candidate, logits, target, *more, against=library, **bound):
    loss, gradient = pair(candidate, logits, target, *more)
    expected_loss, expected_gradient = against(logits, target, *more)
    how = f"for logits of shape {tuple(logits.shape)}" + (f" and a smoothing of {more[0]:g}" if more else "")
    expect(close(loss, expected_loss, **bound, what=f"{how}, the loss"))
    expect(close(gradient, expected_gradient, **bound, what=f"{how}, the gradient"))


def some(draw, rows, classes, dtype=DOUBLE, scale=1.0):
    return draw.normal(rows, classes, dtype=dtype, scale=scale), draw.integers(rows, high=classes)


@test("two rows by hand", group="examples", points=1, visible=True)
def by_hand(candidate):
    logits, target = torch.tensor([[0.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1])
    loss, gradient = pair(candidate, logits, target)
    expect(close(loss, torch.tensor(0.6931472), what="the loss"))
    expect(close(gradient, torch.tensor([[-0.25, 0.25], [0.25, -0.25]]), what="the gradient"))


@test("without smoothing it is cross-entropy", group="examples", points=1, visible=True)
def plain(candidate, draw):
    agrees(candidate, *some(draw, 6, 5))


@test("a smoothing that is no share is refused", group="examples", points=1, visible=True)
def refused(candidate, draw):
    for smoothing in (-0.1, 1.1):
        with raises(ValueError):
            candidate.loss_and_gradient(*some(draw, 2, 3), smoothing)


@test("smoothed labels", group="smoothing", points=3, reveal="message")
def smoothed(candidate, draw):
    for rows, classes, smoothing in ((6, 5, 0.1), (9, 2, 0.3), (1, 7, 0.5), (4, 3, 0.9)):
        agrees(candidate, *some(draw, rows, classes), smoothing)


@test("all of the label smoothed away", group="smoothing", points=1, reveal="message")
def uniform(candidate, draw):
    agrees(candidate, *some(draw, 5, 4), 1.0)
    agrees(candidate, *some(draw, 3, 1), 0.4)


@test("ignored rows count for nothing", group="ignored rows", points=3, reveal="message")
def ignored(candidate, draw):
    for smoothing in (0.0, 0.2):
        logits, target = some(draw, 12, 5)
        target[draw.permutation(12)[:7]] = -100
        agrees(candidate, logits, target, smoothing)


@test("another number may stand for ignored", group="ignored rows", points=2, reveal="message")
def another_number(candidate, draw):
    logits, target = some(draw, 12, 5)
    target[:2] = torch.tensor([0, 3])
    for ignore_index in (0, 3, -1):
        marked = torch.where(target < 0, 1, target)
        marked[5] = ignore_index
        agrees(candidate, logits, marked, 0.1, ignore_index)


@test("nothing is left to count", group="ignored rows", points=1, reveal="message")
def nothing_counts(candidate, draw):
    logits = draw.normal(3, 4, dtype=DOUBLE)
    agrees(candidate, logits, torch.full((3,), -100), 0.1, against=reference.loss_and_gradient)


@test("large logits stay finite", group="stability", points=2, reveal="message")
def large(candidate, draw):
    agrees(candidate, *some(draw, 6, 5, scale=1e4), 0.1)
    logits, target = some(draw, 6, 5, torch.float32)
    agrees(candidate, logits + torch.tensor([[-3e3], [-90.0], [0.0], [89.0], [300.0], [1e4]]), target, 0.1, rtol=1e-3, atol=1e-5)


@test("the gradient of each row adds up to zero", group="properties", points=1, reveal="message")
def rows_add_up(candidate, draw):
    # Adding a constant to a row of logits changes no probability, so the loss has no slope in that direction.
    logits, target = some(draw, 8, 6)
    gradient = pair(candidate, logits, target, 0.2)[1]
    assert isinstance(gradient, torch.Tensor)
    expect(close(gradient.sum(dim=1), torch.zeros(8, dtype=DOUBLE), what="the sum of the gradient of each row"))


@test("the gradient predicts the change of the loss", group="properties", points=2, reveal="message")
def finite_differences(candidate, draw):
    logits, target = some(draw, 5, 4)
    target[2] = -100
    direction = draw.normal(5, 4, dtype=DOUBLE)
    gradient = pair(candidate, logits, target, 0.15)[1]
    ahead, behind = (pair(candidate, logits + step * direction, target, 0.15)[0] for step in (1e-5, -1e-5))
    assert all(isinstance(value, torch.Tensor) for value in (gradient, ahead, behind))
    # A central difference in float64: 1e-10 from its third derivative, 1e-11 from rounding.
    expect(close((gradient * direction).sum(), (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-8, what="the slope along a direction"))


@test("float32 in, float32 out, and nothing changed", group="details", points=1, reveal="message")
def details(candidate, draw):
    logits, target = some(draw, 7, 4, torch.float32)
    target[3] = -100
    theirs, labels = candidate.keep_(logits.clone()), candidate.keep_(target.clone())
    loss, gradient = pair(candidate, theirs, labels, 0.1)
    expected = library(logits, target, 0.1)
    expect(close(loss, expected[0], what="the loss in float32"))
    expect(close(gradient, expected[1], what="the gradient in float32"))
    expect(close(candidate.value_(theirs), logits, rtol=0.0, atol=0.0, what="`logits` after the call"))
    expect(close(candidate.value_(labels), target, what="`target` after the call"))
