import math

import torch
from grader.checks import Check, same_form
from grader.testing import close, expect, is_a, test


def linear_task(draw, rows):
    """A noisy linear function of ten inputs; variance about 1, of which 0.01 is noise."""
    weights = draw.normal(10, 1)
    x = draw.normal(rows, 10)
    return x, x @ (weights / weights.norm()) + 0.1 * draw.normal(rows, 1)


def folded_task(draw, rows):
    """Depends on the size of one input and the sign of none of the others: no linear function follows it."""
    x = draw.normal(rows, 10)
    return x, 1.4 * x[:, :1].abs() + 0.5 * x[:, 1:2]


def error_of(candidate, net, x, y):
    """The mean squared error that the model really has, counted here."""
    predicted = candidate.predict(net, x)
    expect(same_form(predicted, y, "what predict returns"))
    return float(((predicted.detach() - y) ** 2).mean())


def is_plain_float(value):
    return type(value) is float and math.isfinite(value)


@test("the model maps ten numbers to one", group="examples", points=1, visible=True)
def ten_to_one(candidate, draw):
    net = candidate.build_model()
    assert is_a(net, "torch.nn.Module"), "build_model should return a torch.nn.Module."
    for rows in (5, 1):
        expect(same_form(net(draw.normal(rows, 10)), torch.zeros(rows, 1), "the model's output"))


@test("200 epochs bring the error below 0.25", group="examples", points=2, visible=True)
def it_learns(candidate, draw):
    x, y = linear_task(draw, 256)
    net = candidate.build_model()
    candidate.train(net, x, y, 200)
    error = error_of(candidate, net, x, y)
    assert error < 0.25, f"After 200 epochs the mean squared error is {error:.3f}. Predicting the mean gives about 1."


@test("train returns one falling float for each epoch", group="examples", points=1, visible=True)
def one_loss_for_each_epoch(candidate, draw):
    x, y = linear_task(draw, 256)
    losses = candidate.train(candidate.build_model(), x, y, 200)
    assert isinstance(losses, list), "train should return a list."
    assert len(losses) == 200
    assert all(is_plain_float(loss) for loss in losses), "Every loss should be a finite Python float."
    assert losses[-1] < losses[0] / 2, "The last loss should be less than half of the first."


@test("385 numbers are learned", group="model", points=1, reveal="message")
def number_of_parameters(candidate):
    count = sum(parameter.numel() for parameter in candidate.build_model().parameters())
    assert count == 385, f"The model has {count} parameters; 10 · 32 + 32 + 32 · 1 + 1 is 385."


@test("the hidden units are not linear", group="model", points=1, reveal="message")
def not_linear(candidate, draw):
    net = candidate.build_model().eval()
    a, b = draw.normal(64, 10, scale=3.0), draw.normal(64, 10, scale=3.0)
    # For every affine function f(a) + f(b) = f(a + b) + f(0); float32 keeps that to about 1e-6.
    at_a, at_b, at_both, at_zero = (net(x).detach() for x in (a, b, a + b, torch.zeros(64, 10)))
    bend = float((at_a + at_b - at_both - at_zero).abs().max())
    assert bend > 1e-3, "Without an activation between them, two linear layers are one linear layer."


@test("dropout works on the hidden units in training mode", group="model", points=1, reveal="message")
def dropout_in_training(candidate, draw):
    x = draw.normal(16, 10)
    dropping, plain = candidate.build_model(dropout=0.5).train(), candidate.build_model().train()
    assert not torch.equal(dropping(x), dropping(x)), "With dropout=0.5 two passes in training mode should differ."
    expect(close(plain(x), plain(x), what="with dropout=0, a second pass in training mode"))


@test("dropout keeps the mean of what the hidden units say", group="model", points=1, reveal="message")
def dropout_keeps_the_mean(candidate, draw):
    x = draw.normal(64, 10, scale=3.0)
    net = candidate.build_model(dropout=0.2)
    plain = net.eval()(x).detach()
    mean = net.train()(x.repeat(500, 1)).detach().view(500, 64, 1).mean(0)
    off, spread = float((mean - plain).square().mean().sqrt()), float(plain.std())
    # Chance leaves about 0.02 of the spread; units that are dropped and not made up for leave 0.2.
    assert off < 0.1 * spread, "Over 500 passes with dropout the mean output is not the output without it."


@test("each parameter of the given model learns", group="training", points=2, reveal="message")
def every_parameter_learns(candidate, draw):
    x, y = linear_task(draw, 128)
    net = candidate.build_model()
    before = {name: value.detach().clone() for name, value in net.named_parameters()}
    candidate.train(net, x, y, 5)
    still = [name for name, value in net.named_parameters() if torch.equal(value.detach(), before[name])]
    assert not still, f"Five epochs of training did not change {', '.join(still)}."


@test("train switches dropout on", group="training", points=1, reveal="message")
def dropout_while_training(candidate, draw):
    x, y = linear_task(draw, 128)
    net = candidate.build_model(dropout=0.5).eval()
    losses = candidate.train(net, x, y, 200)[-10:]
    assert all(is_plain_float(loss) for loss in losses), "Every loss should be a finite Python float."
    late, error = sum(losses) / 10, error_of(candidate, net, x, y)
    # With half of its units the model is off by two to five times as much as with all; switched off, the two agree.
    message = "With dropout=0.5 the loss of training is that of the model without dropout."
    expect(Check(late > 1.5 * error, message, f"{late:.4f} in the last ten epochs", f"more than {1.5 * error:.4f}"))


@test("a folded target on 90 rows is learned", group="training", points=2, reveal="message")
def a_folded_target(candidate, draw):
    x, y = folded_task(draw, 90)
    net = candidate.build_model()
    candidate.train(net, x, y, 200)
    error = error_of(candidate, net, x, y)
    assert error < 0.5, (
        f"After 200 epochs the mean squared error on the training rows is {error:.3f}; the mean alone gives about 1."
    )


@test("the last loss is the mean squared error", group="training", points=1, reveal="message")
def true_losses(candidate, draw):
    x, y = linear_task(draw, 256)
    net = candidate.build_model()
    # Targets four times as large: their error is too, sixteenfold, and stands out from rounding.
    last = candidate.train(net, x, 4 * y, 30)[-1]
    error = error_of(candidate, net, x, 4 * y)
    # Measured during an epoch and after it: generous, and far from a sum over rows or batches.
    near = is_plain_float(last) and error / 3 - 0.2 <= last <= 3 * error + 0.2
    message = "The last loss is far from the mean squared error that the model has after the epoch."
    expect(Check(near, message, f"{last!r}", f"about {error:.4f}"))
    net = candidate.build_model()
    before = error_of(candidate, net, x, 4 * y)
    first = candidate.train(net, x, 4 * y, 1)[0]
    after = error_of(candidate, net, x, 4 * y)
    message = "The loss of a first epoch is far from the mean squared errors before and after it."
    near = is_plain_float(first) and min(before, after) / 2 <= first <= 2 * max(before, after)
    expect(Check(near, message, f"{first!r}", f"between {after:.4f} and {before:.4f}"))


@test("predict keeps no graph", group="prediction", points=1, reveal="message")
def no_graph(candidate, draw):
    x = draw.normal(7, 10)
    net = candidate.build_model()
    how = {"strided": False, "cotangent": torch.ones(7, 1)}
    answer = candidate.probe_(candidate.predict, (net, x), {}, how)
    expect(same_form(answer["output"], torch.zeros(7, 1), "what predict returns"))
    # The watched call says in words that the output does not require a gradient, or lists gradients.
    assert isinstance(answer["gradients"], str), "What predict returns still requires a gradient."


@test("predict switches dropout off", group="prediction", points=2, reveal="message")
def no_dropout(candidate, draw):
    x = draw.normal(32, 10)
    net = candidate.build_model(dropout=0.5)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.train()
    first = candidate.predict(net, x)
    net.train()
    expect(close(candidate.predict(net, x), first, what="a second prediction of the same rows"))
    expect(close(first, net.eval()(x).detach(), what="predict, against the model in evaluation mode,"))
    expect(close(net.state_dict(), before, what="the model's state after predict"))


@test("the seed decides, and the caller sets it", group="details", points=1, reveal="message")
def the_seed_decides(candidate, draw, seed):
    x, y = linear_task(draw, 64)

    def run():
        net = candidate.build_model(dropout=0.2)
        return candidate.train(net, x, y, 3), candidate.predict(net, x)

    candidate.seed_(seed)
    first = run()
    candidate.seed_(seed)
    # The same operations on the same numbers; the bound is there for a sum that threads add in another order.
    expect(close(run(), first, rtol=1e-4, atol=1e-6, what="a second run after the same seed"))
    one, other = (candidate.predict(candidate.build_model(), x) for _ in range(2))
    assert not torch.equal(one, other), "Two models built one after the other start from the same weights."


@test("x and y keep their values", group="details", points=1, reveal="message")
def inputs_are_left_alone(candidate, draw):
    x, y = linear_task(draw, 40)
    x = 5 * x + 2
    theirs, targets = candidate.keep_(x.clone()), candidate.keep_(y.clone())
    net = candidate.build_model()
    candidate.train(net, theirs, targets, 2)
    candidate.predict(net, theirs)
    expect(close(candidate.value_(theirs), x, rtol=0.0, atol=0.0, what="x after training"))
    expect(close(candidate.value_(targets), y, rtol=0.0, atol=0.0, what="y after training"))
