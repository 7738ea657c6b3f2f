import math

import reference
import torch
from grader.checks import Check, same_form
from grader.testing import close, expect, test

# Some dozen steps of Adam in float32: errors of 1e-7 that each step makes a little larger.
NEAR = {"rtol": 1e-3, "atol": 1e-3}


def days(draw, count):
    """Fresh measurements as the script's `make_days` draws them."""
    x = draw.uniform(count, 3, low=-1.0)
    load = 1.5 * x[:, 0] ** 2 + torch.sin(math.pi * x[:, 1]) - 0.8 * x[:, 2] + 0.5
    return x, load + 0.05 * draw.normal(count)


def twin_of(net):
    """The judge's own model with the same weights."""
    twin = reference.build_model()
    shapes = {name: tuple(value.shape) for name, value in twin.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in net.state_dict().items()}
    expect(Check(found == shapes, "build_model should build the model of the script.", f"{found}", f"{shapes}"))
    twin.load_state_dict(net.state_dict())
    return twin


@test("after training the error on new days is small", group="symptom", points=2, visible=True)
def small_error(candidate, draw, seed):
    net = candidate.build_model()
    candidate.train(net, *days(draw, 400), seed=seed)
    x, y = days(draw, 200)
    predicted = candidate.predict(net, x)
    expect(same_form(predicted, y, "what predict returns"))
    off = float((predicted - y).square().mean().sqrt())
    assert off < 0.35, f"The root mean squared error is {off:.3f}. Always predicting the mean has about 1."


@test("a perfect prediction has a loss of zero", group="cause", points=2, visible=True)
def perfect(candidate, draw):
    net = candidate.build_model()
    x, _ = days(draw, 8)
    y = twin_of(net)(x).detach().squeeze(1)
    loss = candidate.batch_loss(net, x, y)
    expect(same_form(loss, y.mean(), "the loss"))
    loss = loss.item()
    assert loss < 1e-8, f"With the model's own outputs as loads, the loss is {loss:.4g}."


@test("the loss is the mean squared error", group="cause", points=3, reveal="message")
def mean_squared_error(candidate, draw):
    net = candidate.build_model()
    twin = twin_of(net)
    for count in (1, 2, 7, 32):
        x, y = days(draw, count)
        loss = candidate.batch_loss(net, x, y)
        expected = reference.batch_loss(twin, x, y).detach()
        expect(close(loss, expected, rtol=1e-4, atol=1e-5, what=f"the loss of a batch of {count}"))


@test("days with high and with low loads are told apart", group="symptom", points=2, reveal="message")
def told_apart(candidate, draw, seed):
    x, y = days(draw, 160)
    net = candidate.build_model()
    candidate.train(net, x, y, seed=seed)
    predicted = candidate.predict(net, x)
    expect(same_form(predicted, y, "what predict returns"))
    gap, true_gap = (float(z[y > y.mean()].mean() - z[y <= y.mean()].mean()) for z in (predicted, y))
    # After 300 steps a sound model has most of the gap; one that predicts the mean has none of it.
    message = f"Predictions for the two halves are {gap:.3f} apart; the loads are {true_gap:.3f} apart."
    expect(Check(gap > true_gap / 2, message, f"{gap:.3f}", f"{true_gap:.3f}"))


@test("training goes the way of the script without its fault", group="nothing else changed", points=3, reveal="message")
def the_same_way(candidate, draw, seed):
    # 100 rows: the last batch of an epoch is smaller than the others.
    x, y = days(draw, 100)
    net = candidate.build_model()
    twin = twin_of(net)
    history = candidate.train(net, x, y, epochs=3, seed=seed)
    expect(close(history, reference.train(twin, x, y, 3, seed), **NEAR, what="the losses of three epochs"))
    expect(close(net.state_dict(), twin.state_dict(), **NEAR, what="the state after three epochs"))


@test("train has sixty epochs and a fixed order unless it is told otherwise", group="nothing else changed", points=1, reveal="message")
def defaults(candidate, draw):
    x, y = days(draw, 34)
    net = candidate.build_model()
    twin = twin_of(net)
    history = candidate.train(net, x, y)
    assert len(history) == 60
    expect(close(history[:5], reference.train(twin, x, y, 5), **NEAR, what="the losses of the first five epochs"))


@test("predict and error count as before", group="nothing else changed", points=1, reveal="message")
def as_before(candidate, draw):
    net = candidate.build_model()
    twin = twin_of(net)
    for count in (1, 20):
        x, y = days(draw, count)
        expected = reference.predict(twin, x)
        expect(close(candidate.predict(net, x), expected, rtol=1e-4, atol=1e-5, what="what predict returns"))
        off = reference.error(twin, x, y)
        expect(close(candidate.error(net, x, y), off, rtol=1e-4, atol=1e-5, what="the error"))
