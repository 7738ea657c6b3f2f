import reference
import torch
from grader.checks import Check, same_form
from grader.testing import close, expect, is_a, raises, test

# float32 adds up some hundred products here: errors near 1e-6, which atol leaves room for where a result is near 0.
NEAR = {"rtol": 1e-4, "atol": 2e-5}


def module(candidate, width, heads, state=None):
    """A module of the submission's with known weights in it."""
    net = candidate.MultiHeadAttention(width, heads)
    assert is_a(net, "torch.nn.Module"), "MultiHeadAttention should be a torch.nn.Module."
    if state is None:
        return net
    net = net.double() if state["q_proj.weight"].dtype is torch.float64 else net
    found = {name: tuple(value.shape) for name, value in net.state_dict().items()}
    for name, value in state.items():
        has = found.get(name)
        message = f"The module should have a parameter {name} of shape {tuple(value.shape)}."
        expect(Check(has == tuple(value.shape), message, f"{has or sorted(found)}", f"{tuple(value.shape)}"))
    net.load_state_dict(state, False)
    return net


def three_inputs(draw, batch, queries, keys, width, dtype=torch.float32):
    return tuple(draw.normal(batch, count, width, dtype=dtype) for count in (queries, keys, keys))


def causal(length):
    return torch.ones(length, length, dtype=torch.bool).tril()


def some_mask(draw, *shape):
    """About two thirds True; the first key is always allowed, so that no row is empty."""
    mask = draw.uniform(*shape) < 0.66
    mask[..., 0] = True
    return mask


def matches(candidate, draw, width, heads, inputs, mask=None, **bound):
    """Compare with the library under the same random weights."""
    state = reference.weights(draw, width, inputs[0].dtype)
    net = module(candidate, width, heads, state)
    actual = net(*inputs) if mask is None else net(*inputs, mask)
    expected = reference.attention(state, heads, *inputs, mask).detach()
    expect(close(actual, expected, **(bound or NEAR), what=f"with {heads} heads of width {width // heads}, the result"))


@test("self-attention keeps the shape", group="examples", points=1, visible=True)
def keeps_the_shape(candidate, draw):
    x = draw.normal(2, 5, 16)
    expect(same_form(module(candidate, 16, 4)(x, x, x), x))


@test("one head agrees with the library", group="examples", points=1, visible=True)
def one_head(candidate, draw):
    x = draw.normal(2, 5, 8)
    matches(candidate, draw, 8, 1, (x, x, x))


@test("a width that the heads do not divide is refused", group="examples", points=1, visible=True)
def refuses_a_remainder(candidate):
    with raises(ValueError):
        candidate.MultiHeadAttention(10, 3)


@test("4 (D² + D) parameters are learned", group="module", points=1, reveal="message")
def number_of_parameters(candidate):
    for width, heads in ((8, 2), (12, 3)):
        sizes = {name: value.numel() for name, value in module(candidate, width, heads).named_parameters()}
        expected, count = 4 * (width**2 + width), sum(sizes.values())
        message = f"For a width of {width} the module has {count} parameters."
        expect(Check(count == expected, message, ", ".join(sorted(sizes)), f"{expected} in {', '.join(reference.NAMES)}"))


@test("many heads agree with the library", group="values", points=3, reveal="message")
def many_heads(candidate, draw):
    for width, heads in ((12, 2), (16, 4), (12, 4), (8, 8)):
        x = draw.normal(3, 6, width)
        matches(candidate, draw, width, heads, (x, x, x))


@test("three different inputs agree with the library", group="values", points=2, reveal="message")
def cross_attention(candidate, draw):
    for batch, queries, keys in ((2, 4, 7), (1, 7, 4), (3, 1, 5), (2, 5, 1)):
        matches(candidate, draw, 12, 3, three_inputs(draw, batch, queries, keys, 12))


@test("one mask for the whole batch", group="masks", points=2, reveal="message")
def mask_for_the_batch(candidate, draw):
    x = draw.normal(3, 6, 12)
    matches(candidate, draw, 12, 3, (x, x, x), causal(6))
    matches(candidate, draw, 12, 4, three_inputs(draw, 4, 5, 7, 12), some_mask(draw, 5, 7))


@test("a mask for each example", group="masks", points=2, reveal="message")
def mask_for_each_example(candidate, draw):
    # As many examples as heads among them: a mask on the wrong dimension would still broadcast.
    for batch, heads in ((3, 2), (4, 4), (1, 3)):
        mask = some_mask(draw, batch, 5, 7)
        matches(candidate, draw, 12, heads, three_inputs(draw, batch, 5, 7, 12), mask)


@test("what comes later changes nothing before it", group="properties", points=1, reveal="message")
def causal_invariance(candidate, draw):
    net = module(candidate, 16, 4, reference.weights(draw, 16))
    x, mask = draw.normal(2, 6, 16), causal(6)
    later = x.clone()
    later[:, 4:] = draw.normal(2, 2, 16)
    before, after = net(x, x, x, mask), net(later, later, later, mask)
    expect(close(after[:, :4], before[:, :4].detach(), **NEAR, what="the part before the change"))
    assert not torch.equal(after[:, 4:], before[:, 4:]), "The part that was changed should have another result."


@test("shuffled positions give shuffled results", group="properties", points=1, reveal="message")
def permutation_equivariance(candidate, draw):
    net = module(candidate, 16, 4, reference.weights(draw, 16))
    x, order = draw.normal(2, 7, 16), draw.permutation(7)
    shuffled = x[:, order]
    expect(close(net(shuffled, shuffled, shuffled), net(x, x, x).detach()[:, order], **NEAR, what="the shuffled result"))


@test("gradients of the three inputs, in float64", group="gradients", points=2, reveal="message")
def gradients(candidate, draw):
    state = reference.weights(draw, 12, torch.float64)
    mask, slope = some_mask(draw, 2, 4, 5), draw.normal(2, 4, 12, dtype=torch.float64)
    inputs = three_inputs(draw, 2, 4, 5, 12, torch.float64)
    answer = candidate.probe_(module(candidate, 12, 3, state), (*inputs, mask), {}, {"strided": False, "cotangent": slope})
    leaves = [x.clone().requires_grad_() for x in inputs]
    output = reference.attention(state, 3, *leaves, mask)
    expect(close(answer["output"], output.detach(), what="the result in float64"))
    assert not isinstance(answer["gradients"], str), "The result is cut off from the inputs: it requires no gradient."
    expected = torch.autograd.grad(output, leaves, slope)
    for name, actual, right in zip(("query", "key", "value"), answer["gradients"], expected, strict=True):
        expect(close(actual, right, what=f"forward matches; the gradient of `{name}`"))


@test("large scores stay finite and accurate", group="details", points=1, reveal="message")
def large_scores(candidate, draw):
    x = 12 * draw.normal(2, 6, 16)
    # Scores of several hundred are known to about 1e-4 in float32, and so are the weights.
    matches(candidate, draw, 16, 2, (x, x, x), causal(6), rtol=5e-3, atol=2e-2)


@test("the inputs keep their values", group="details", points=1, reveal="message")
def inputs_are_left_alone(candidate, draw):
    net = module(candidate, 8, 2, reference.weights(draw, 8))
    values = (*three_inputs(draw, 2, 4, 5, 8), some_mask(draw, 4, 5))
    theirs = [candidate.keep_(value.clone()) for value in values]
    first = net(*theirs)
    for name, value, kept in zip(("query", "key", "value", "mask"), values, theirs, strict=True):
        expect(close(candidate.value_(kept), value, rtol=0.0, atol=0.0, what=f"`{name}` after the call"))
    expect(close(net(*values), first.detach(), **NEAR, what="a second call with the same arguments"))
