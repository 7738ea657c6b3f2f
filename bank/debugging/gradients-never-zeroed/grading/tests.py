import reference
import torch
from grader.checks import Check
from grader.testing import close, expect, test

# A few dozen steps in float32, summed in whatever order: errors of 1e-7 that each step makes a little larger.
NEAR = {"rtol": 1e-3, "atol": 1e-4}


def state_of(net):
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def twin_of(net):
    """The judge's own model with the same weights."""
    twin = reference.build_model()
    shapes = {name: tuple(value.shape) for name, value in twin.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in net.state_dict().items()}
    expect(Check(found == shapes, "build_model should build the model of the script.", f"{found}", f"{shapes}"))
    twin.load_state_dict(state_of(net))
    return twin


def batch(draw, count=16):
    return reference.moons(draw, count)


@test("after training the loss is low", group="symptom", points=2, visible=True)
def the_loss_is_low(candidate, draw, seed):
    x, y = reference.moons(draw, 400)
    history = candidate.train(candidate.build_model(), x, y, seed=seed)
    assert history[-1] < 0.15, f"The mean loss of the last epoch is {history[-1]:.3f}; it should be below 0.15."


@test("a step depends on its batch alone", group="cause", points=3, visible=True)
def a_step_on_this_batch_alone(candidate, draw):
    start = state_of(candidate.build_model())
    one, other = batch(draw), batch(draw)

    def step(*earlier):
        net = candidate.build_model()
        optimizer = candidate.build_optimizer(net)
        for x, y in earlier:
            candidate.train_step(net, optimizer, x, y)
        net.load_state_dict(start)
        candidate.train_step(net, optimizer, *other)
        return state_of(net)

    clean, stale = step(), step(one)
    what = "the state after a step that follows another one, from the same parameters and on the same batch,"
    expect(close(stale, clean, **NEAR, what=what))
    assert not torch.equal(clean["0.weight"], start["0.weight"]), "A step should move the parameters."


@test("train returns the loss of each epoch", group="symptom", points=1, visible=True)
def one_loss_for_each_epoch(candidate, draw, seed):
    x, y = reference.moons(draw, 40)
    assert len(candidate.train(candidate.build_model(), x, y, epochs=3, seed=seed)) == 3
    assert len(candidate.train(candidate.build_model(), x, y)) == 40


@test("new points are put into the right class", group="symptom", points=1, reveal="message")
def new_points(candidate, draw, seed):
    net = candidate.build_model()
    candidate.train(net, *reference.moons(draw, 400), seed=seed)
    share = candidate.accuracy(net, *reference.moons(draw, 400))
    assert share > 0.93, f"After training, {share:.3f} of 400 new points are classified correctly."


@test("many steps are plain gradient descent", group="cause", points=3, reveal="message")
def many_steps(candidate, draw):
    net = candidate.build_model()
    twin, optimizer = twin_of(net), candidate.build_optimizer(net)
    for number in range(1, 13):
        x, y = batch(draw)
        loss, expected = candidate.train_step(net, optimizer, x, y), reference.train_step(twin, x, y)
        expect(close(loss, expected, **NEAR, what=f"the loss returned by step {number}"))
    expect(close(state_of(net), twin.state_dict(), **NEAR, what="the state after 12 steps"))


@test("a second training starts clean", group="cause", points=2, reveal="message")
def a_second_training(candidate, draw, seed):
    x, y = reference.moons(draw, 48)
    net = candidate.build_model()
    start = state_of(net)
    first, trained = candidate.train(net, x, y, epochs=2, seed=seed), state_of(net)
    net.load_state_dict(start)
    expect(close(candidate.train(net, x, y, epochs=2, seed=seed), first, **NEAR, what="the losses of the second training"))
    expect(close(state_of(net), trained, **NEAR, what="the state after the second training"))


@test("training goes the way of the script without its fault", group="nothing else changed", points=3, reveal="message")
def the_same_way(candidate, draw, seed):
    # 100 points: the last batch of an epoch is smaller than the others.
    x, y = reference.moons(draw, 100)
    net = candidate.build_model()
    twin = twin_of(net)
    history = candidate.train(net, x, y, epochs=3, seed=seed)
    expect(close(history, reference.train(twin, x, y, 3, seed), **NEAR, what="the losses of three epochs"))
    expect(close(state_of(net), twin.state_dict(), **NEAR, what="the state after three epochs"))


@test("accuracy counts as before", group="nothing else changed", points=1, reveal="message")
def accuracy_counts(candidate, draw):
    net = candidate.build_model()
    x, y = reference.moons(draw, 64)
    before = state_of(net)
    with torch.no_grad():
        expected = float((twin_of(net)(x).argmax(dim=1) == y).float().mean())
    expect(close(candidate.accuracy(net, x, y), expected, rtol=0.0, atol=1e-6, what="accuracy"))
    expect(close(state_of(net), before, what="the model's state after accuracy"))
