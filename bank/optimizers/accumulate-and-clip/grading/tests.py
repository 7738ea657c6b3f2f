import math

import reference
import torch
from grader.checks import Check
from grader.properties import accumulated_equals_large, reaches_every_parameter
from grader.testing import close, expect, test
from torch.nn import functional as F

# Everything runs in float64, where another order of the sums costs 1e-15. Dividing by the length plus 1e-6, as the library does, is
# left room for: it changes a step by a millionth, and five steps with momentum by some millionths.
NEAR = {"rtol": 1e-4, "atol": 5e-6}
PADDING = -100


def model_and_twin(candidate):
    """The submission's classifier and the judge's own with the same weights, both in float64."""
    net, twin = candidate.Classifier().double(), reference.Classifier().double()
    shapes = {name: tuple(value.shape) for name, value in twin.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in net.state_dict().items()}
    expect(Check(found == shapes, "Classifier should stay as it stood in the editor.", f"{found}", f"{shapes}"))
    twin.load_state_dict(net.state_dict())
    return net, twin


def some_parts(draw, sizes, padding=0.0, scale=1.0):
    """Parts of these sizes; about a share of `padding` of the targets is not counted, but the very first is."""
    parts = []
    for size in sizes:
        y = draw.integers(size, high=4)
        y[draw.uniform(size) < padding] = PADDING
        parts.append((draw.normal(size, 6, dtype=torch.float64, scale=scale), y))
    parts[0][1][0] = 1
    return parts


def whole_step(twin, optimizer, parts, max_norm):
    """The same step on one batch, by the library."""
    x, y = torch.cat([x for x, _ in parts]), torch.cat([y for _, y in parts])
    optimizer.zero_grad()
    loss = F.cross_entropy(twin(x), y)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(twin.parameters(), max_norm)
    optimizer.step()
    return float(loss.detach()), float(norm)


def follow(candidate, steps, max_norm=math.inf):
    """The submission steps through parts, the twin through whole batches; answers and parameters are compared."""
    net, twin = model_and_twin(candidate)
    one, other = candidate.build_optimizer(net), torch.optim.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    for number, parts in enumerate(steps, start=1):
        found = candidate.train_step(net, one, parts, max_norm)
        loss, norm = whole_step(twin, other, parts, max_norm)
        form = isinstance(found, list | tuple) and [type(value) for value in found] == [float, float]
        expect(Check(form, "train_step should return two Python floats.", f"{found!r}", f"({loss!r}, {norm!r})"))
        expect(close(found[0], loss, **NEAR, what=f"the loss of step {number}"))
        expect(close(found[1], norm, **NEAR, what=f"the length of the gradient in step {number}"))
        expect(close(net.state_dict(), twin.state_dict(), **NEAR, what=f"the state after step {number}"))


@test("four equal parts make the step of the whole batch", group="examples", points=1, visible=True)
def equal_parts(candidate, draw):
    follow(candidate, [some_parts(draw, (4, 4, 4, 4))])


@test("the loss and the length come back as floats", group="examples", points=1, visible=True)
def two_floats(candidate, draw):
    net, _ = model_and_twin(candidate)
    found = candidate.train_step(net, candidate.build_optimizer(net), some_parts(draw, (3,)), 1.0)
    assert [type(value) for value in found] == [float, float]


@test("parts of different sizes", group="accumulation", points=2, reveal="message")
def different_sizes(candidate, draw):
    for sizes in ((1, 7, 3), (9, 2), (5,)):
        follow(candidate, [some_parts(draw, sizes)])


@test("padding counts for nothing", group="accumulation", points=3, reveal="message")
def padding(candidate, draw):
    follow(candidate, [some_parts(draw, (6, 6, 6), padding=0.6)])
    parts = some_parts(draw, (4, 5, 3), padding=0.3)
    parts[1][1].fill_(PADDING)
    follow(candidate, [parts])


@test("accumulated changes equal those of the large batch", group="accumulation", points=1, reveal="message")
def property_of_accumulation(candidate, draw):
    parts = some_parts(draw, (2, 8, 1, 5), padding=0.3)
    net, twin = model_and_twin(candidate)
    start = {name: value.clone() for name, value in twin.state_dict().items()}
    candidate.train_step(net, candidate.build_optimizer(net), parts, math.inf)
    whole_step(twin, torch.optim.SGD(twin.parameters(), lr=0.5), parts, math.inf)
    moved, expected = net.state_dict(), twin.state_dict()
    assert isinstance(moved, dict)
    changes = {name: moved[name] - value for name, value in start.items()}
    expect(accumulated_equals_large(changes, {name: expected[name] - value for name, value in start.items()}))


@test("each forward pass sees one part", group="accumulation", points=2, reveal="message")
def one_part_at_a_time(candidate, draw):
    net, _ = model_and_twin(candidate)
    candidate.train_step(net, candidate.build_optimizer(net), some_parts(draw, (3, 5, 2), padding=0.2), 1.0)
    expect(close(list(net.sizes), [3, 5, 2], what="the list of rows in each forward pass"))


@test("a long gradient is shortened as a whole", group="clipping", points=3, reveal="message")
def clipped(candidate, draw):
    for max_norm in (0.1, 0.5):
        follow(candidate, [some_parts(draw, (4, 6, 2), scale=3.0)], max_norm)


@test("a short gradient keeps its length", group="clipping", points=1, reveal="message")
def not_stretched(candidate, draw):
    follow(candidate, [some_parts(draw, (4, 6, 2), padding=0.2)], max_norm=1000.0)


@test("five steps with momentum", group="steps", points=2, reveal="message")
def five_steps(candidate, draw):
    # With momentum, a length that is clipped in some steps only changes every later one.
    follow(candidate, [some_parts(draw, (3, 8, 2), padding=0.2, scale=2.0) for _ in range(5)], max_norm=0.5)


@test("what lies in .grad takes no part", group="steps", points=1, reveal="message")
def stale_gradients(candidate, draw):
    net, twin = model_and_twin(candidate)
    # A backward pass of another loss leaves something in every parameter.
    expect(reaches_every_parameter(net, draw.normal(8, 6, dtype=torch.float64)))
    parts = some_parts(draw, (4, 3))
    candidate.train_step(net, candidate.build_optimizer(net), parts, math.inf)
    whole_step(twin, torch.optim.SGD(twin.parameters(), lr=0.5), parts, math.inf)
    expect(close(net.state_dict(), twin.state_dict(), **NEAR, what="the state after the step"))


@test("frozen parameters stay", group="steps", points=1, reveal="message")
def frozen(candidate, draw):
    net, twin = model_and_twin(candidate)
    net.layers[0].requires_grad_(False)
    twin.layers[0].requires_grad_(False)
    parts = some_parts(draw, (4, 3))
    loss, norm = candidate.train_step(net, candidate.build_optimizer(net), parts, 0.05)
    expected = whole_step(twin, torch.optim.SGD(twin.parameters(), lr=0.5), parts, 0.05)
    expect(close((loss, norm), expected, **NEAR, what="what train_step returns with a frozen layer"))
    expect(close(net.state_dict(), twin.state_dict(), **NEAR, what="the state after the step"))


def with_these_weights(module):
    """The classifier with the same weights on either side, its optimizer, and the function to call."""
    torch.manual_seed(0)
    net = module.Classifier()
    net.load_state_dict(reference.Classifier().state_dict())
    return net, module.build_optimizer(net), module.train_step


@test("memory of one part and not of the batch", group="memory", points=2, reveal="message")
def memory_of_a_part(draw, measure):
    # Who adds up the losses and calls backward once keeps the graphs of all parts until then.
    def step(subject, parts):
        net, optimizer, train_step = subject
        return train_step(net, optimizer, parts, math.inf)

    def parts():
        return ([(draw.normal(20_000, 6), draw.integers(20_000, high=4)) for _ in range(24)],)

    shares = {1.5: 1.0, 4.0: 0.5}
    return measure.memory(step, parts, against="part_by_part", shares=shares, prepare=with_these_weights, rtol=1e-3)
