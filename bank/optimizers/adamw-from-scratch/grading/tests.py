import reference
import torch
from grader.checks import Check
from grader.testing import close, expect, test

SHAPES = ((4, 3), (5,), (2, 1, 3), (1,))
DOUBLE = torch.float64
# Thirty steps of float32, each with a rounding error of 1e-7 of a parameter near 1.
SINGLE_NEAR = {"rtol": 1e-4, "atol": 2e-5}


def held(candidate, values):
    """Copies of the values as parameters in the submission's process, by handle."""
    handles = [candidate.keep_(value.clone()) for value in values]
    for handle in handles:
        handle.requires_grad_()
    return handles


def state_of(candidate, handles):
    return [candidate.value_(handle).detach() for handle in handles]


def own(values):
    return [value.clone().requires_grad_() for value in values]


def give(params, gradients):
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = None if gradient is None else gradient.clone()


def follow(candidate, values, gradients, library=reference.AdamW, near=None, rates=None, **settings):
    """Both optimizers take the same gradients; their parameters are compared after each step."""
    theirs, ours = held(candidate, values), own(values)
    one, other = candidate.AdamW(theirs, **settings), library(ours, **settings)
    for number, step in enumerate(gradients, start=1):
        if rates:
            one.lr = other.lr = rates[number - 1]
        give(theirs, step)
        give(ours, step)
        one.step()
        other.step()
        for index, (actual, expected) in enumerate(zip(state_of(candidate, theirs), ours, strict=True)):
            what = f"parameter {index} after {number} {'step' if number == 1 else 'steps'}"
            expect(close(actual, expected.detach(), **(near or {}), what=what))


def some(draw, steps, dtype=DOUBLE, scale=1.0, shapes=SHAPES):
    """Parameters, and gradients for each step."""
    values = [draw.normal(*shape, dtype=dtype) for shape in shapes]
    return values, [[draw.normal(*shape, dtype=dtype, scale=scale) for shape in shapes] for _ in range(steps)]


@test("the first step has the length of the learning rate", group="examples", points=1, visible=True)
def first_step(candidate):
    (p,) = held(candidate, [torch.tensor([1.0, 1.0, 1.0])])
    p.grad = torch.tensor([0.5, -200.0, 0.0])
    candidate.AdamW([p], lr=0.1, weight_decay=0.0).step()
    expect(close(candidate.value_(p), torch.tensor([0.9, 1.1, 1.0]), what="the parameter after one step with lr=0.1"))


@test("a gradient of zero leaves the decay", group="examples", points=1, visible=True)
def decay_alone(candidate):
    (p,) = held(candidate, [torch.tensor([2.0, -4.0])])
    p.grad = torch.zeros(2)
    optimizer = candidate.AdamW([p], lr=0.1, weight_decay=0.5)
    optimizer.step()
    expect(close(candidate.value_(p), torch.tensor([1.9, -3.8]), what="the parameter after one step"))


@test("ten steps of one parameter, in float64", group="examples", points=1, visible=True)
def ten_steps(candidate, draw):
    follow(candidate, *some(draw, 10, shapes=((3,),)), lr=0.05, weight_decay=0.0)


@test("the settings that are not given are the usual ones", group="trajectory", points=1, reveal="message")
def defaults(candidate, draw):
    follow(candidate, *some(draw, 12), library=torch.optim.AdamW)


@test("many steps with weight decay", group="trajectory", points=3, reveal="message")
def with_decay(candidate, draw):
    follow(candidate, *some(draw, 30), lr=0.05, weight_decay=0.4)


@test("other averages and a large epsilon", group="trajectory", points=2, reveal="message")
def far_from_the_defaults(candidate, draw):
    # An epsilon as large as the root of the average shows where it is added, and to what.
    for betas, eps in (((0.5, 0.6), 0.3), ((0.0, 0.9), 1.0), ((0.8, 0.0), 0.1)):
        follow(candidate, *some(draw, 8), library=torch.optim.AdamW, lr=0.02, betas=betas, eps=eps, weight_decay=0.1)


@test("gradients as small as epsilon", group="trajectory", points=1, reveal="message")
def small_gradients(candidate, draw):
    follow(candidate, *some(draw, 8, scale=1e-8), lr=0.1, weight_decay=0.0)


@test("thirty steps in float32", group="trajectory", points=1, reveal="message")
def in_single_precision(candidate, draw):
    follow(candidate, *some(draw, 30, torch.float32), near=SINGLE_NEAR, lr=0.01, weight_decay=0.1)


@test("a learning rate that changes", group="trajectory", points=1, reveal="message")
def a_schedule(candidate, draw):
    follow(candidate, *some(draw, 6), rates=[0.0, 0.3, 0.1, 0.01, 0.2, 0.0], lr=0.5, weight_decay=0.2)


@test("without a gradient a parameter waits", group="details", points=2, reveal="message")
def without_a_gradient(candidate, draw):
    values, gradients = some(draw, 6)
    for step, index in ((0, 0), (1, 0), (2, 1), (4, 0), (4, 2)):
        gradients[step][index] = None
    follow(candidate, values, gradients, library=torch.optim.AdamW, lr=0.1, weight_decay=0.3)


@test("gradients keep their values, parameters their identity", group="details", points=1, reveal="message")
def in_place(candidate, draw):
    values, (first, second) = some(draw, 2)
    theirs = held(candidate, values)
    optimizer = candidate.AdamW(theirs, lr=0.1)
    for gradients in (first, second):
        give(theirs, gradients)
        result = optimizer.step()
        message = f"step() should return nothing; it returns {result!r}."
        expect(Check(result is None, message, repr(result), "None"))
        kept = [theirs_.grad for theirs_ in theirs]
        expect(close(kept, gradients, rtol=0.0, atol=0.0, what="the gradients after a step"))
    assert all(bool(handle.requires_grad) for handle in theirs), "Parameters should still require gradients."
    for after, before in zip(state_of(candidate, theirs), values, strict=True):
        assert not torch.equal(after, before), "The tensors that were handed over should have moved, in place."
