import torch
from grader.checks import Check
from grader.properties import cached_equals_full, causal
from grader.testing import close, expect, is_a, raises, test
from torch.nn import functional as F

LAYERS = ("q_proj", "k_proj", "v_proj", "out_proj")
DOUBLE = torch.float64
# float32 adds up some hundred products here: errors near 1e-6, which atol leaves room for where a result is near 0.
SINGLE_NEAR = {"rtol": 1e-4, "atol": 2e-5}


def weights(draw, width, dtype=DOUBLE):
    """Random weights for the four layers, sized so that features stay near variance 1; no bias is zero."""
    shapes = {"weight": (width, width), "bias": (width,)}
    return {
        f"{layer}.{part}": draw.normal(*shape, dtype=dtype, scale=1.5 * width**-0.5)
        for layer in LAYERS
        for part, shape in shapes.items()
    }


def module(candidate, draw, width=12, heads=3, dtype=DOUBLE):
    """A module of the submission's with known weights in it, and the weights."""
    net = candidate.CachedAttention(width, heads)
    assert is_a(net, "torch.nn.Module"), "CachedAttention should be a torch.nn.Module."
    state = weights(draw, width, dtype)
    expect(Check(set(net.state_dict()) == set(state), "The module should have the four linear layers and nothing else."))
    net = net.double() if dtype is DOUBLE else net
    net.load_state_dict(state)
    return net, state


def heads_of(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def project(state, layer, x):
    return F.linear(x, state[f"{layer}.weight"], state[f"{layer}.bias"])


def at_once(state, heads, x, keys_and_values=None):
    """The whole sequence in one piece by the library; other keys and values (B, T, D) may be given."""
    keys, values = keys_and_values or (project(state, "k_proj", x), project(state, "v_proj", x))
    q, k, v = (heads_of(value, heads) for value in (project(state, "q_proj", x), keys, values))
    together = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
    return project(state, "out_proj", together)


def call(net, x, cache=None):
    found = net(x) if cache is None else net(x, cache)
    form = isinstance(found, list | tuple) and len(found) == 2
    expect(Check(form, "forward should return two things: the output and the cache.", f"{found!r}"[:200]))
    return found


def in_parts(net, x, sizes):
    """The outputs for parts of these sizes, each with the cache of the one before."""
    outputs, cache = [], None
    for part in x.split(sizes, dim=1):
        output, cache = call(net, part, cache)
        outputs.append(output)
    assert all(isinstance(output, torch.Tensor) for output in outputs), "The output should be a tensor."
    return outputs


@test("without a cache it is causal attention", group="examples", points=1, visible=True)
def no_cache(candidate, draw):
    net, state = module(candidate, draw)
    x = draw.normal(2, 5, 12, dtype=DOUBLE)
    expect(close(call(net, x)[0], at_once(state, 3, x), what="the output"))


@test("one position at a time gives what the whole gives", group="examples", points=2, visible=True)
def step_by_step(candidate, draw):
    net, _ = module(candidate, draw)
    x = draw.normal(2, 6, 12, dtype=DOUBLE)
    expect(cached_equals_full(call(net, x)[0], in_parts(net, x, [1] * 6)))


@test("a width that the heads do not divide is refused", group="examples", points=1, visible=True)
def refused(candidate):
    with raises(ValueError):
        candidate.CachedAttention(10, 4)


@test("many heads and one", group="values", points=2, reveal="message")
def heads(candidate, draw):
    for width, count in ((8, 1), (12, 4), (6, 6)):
        net, state = module(candidate, draw, width, count)
        x = draw.normal(3, 7, width, dtype=DOUBLE)
        expect(close(call(net, x)[0], at_once(state, count, x), what=f"with {count} heads, the output"))


@test("a prompt, then one position at a time", group="cache", points=2, reveal="message")
def prompt_then_steps(candidate, draw):
    net, state = module(candidate, draw)
    x = draw.normal(2, 9, 12, dtype=DOUBLE)
    outputs = in_parts(net, x, [5, 1, 1, 1, 1])
    expect(close(torch.cat(outputs, dim=1), at_once(state, 3, x), what="the output in parts"))


@test("parts of any size", group="cache", points=3, reveal="message")
def any_parts(candidate, draw):
    net, state = module(candidate, draw)
    for sizes in ([2, 5], [1, 4, 3], [3, 3, 3], [6, 2, 1]):
        x = draw.normal(2, sum(sizes), 12, dtype=DOUBLE)
        outputs = in_parts(net, x, sizes)
        expect(close(torch.cat(outputs, dim=1), at_once(state, 3, x), what=f"the output in parts of {sizes}"))


@test("keys and values are computed once", group="cache", points=3, reveal="message")
def computed_once(candidate, draw):
    # Other weights before the second call: what is cached keeps what the first weights made of it.
    net, state = module(candidate, draw)
    old, new = draw.normal(2, 4, 12, dtype=DOUBLE), draw.normal(2, 3, 12, dtype=DOUBLE)
    _, cache = call(net, old)
    later = weights(draw, 12)
    net.load_state_dict(later)
    kept = [torch.cat([project(state, f"{n}_proj", old), project(later, f"{n}_proj", new)], dim=1) for n in "kv"]
    expected = at_once(later, 3, torch.cat([old, new], dim=1), kept)[:, 4:]
    what = "after the weights were exchanged, the output for new positions with the cache of the old ones"
    expect(close(call(net, new, cache)[0], expected, what=what))


@test("a cache can be continued in two directions", group="cache", points=2, reveal="message")
def two_directions(candidate, draw):
    net, state = module(candidate, draw)
    start, one, other = (draw.normal(1, count, 12, dtype=DOUBLE) for count in (4, 3, 3))
    _, cache = call(net, start)
    for way in (one, other, one):
        whole = at_once(state, 3, torch.cat([start, way], dim=1))
        expect(close(torch.cat(in_parts_from(net, way, cache), dim=1), whole[:, 4:], what="the output after a shared start"))


def in_parts_from(net, x, cache):
    outputs = []
    for part in x.split(1, dim=1):
        output, cache = call(net, part, cache)
        outputs.append(output)
    return outputs


@test("two sequences in turn", group="cache", points=2, reveal="message")
def in_turn(candidate, draw):
    net, state = module(candidate, draw)
    texts = [draw.normal(2, 4, 12, dtype=DOUBLE), draw.normal(1, 4, 12, dtype=DOUBLE)]
    caches, outputs = [None, None], [[], []]
    for position in range(4):
        for index, text in enumerate(texts):
            output, caches[index] = call(net, text[:, position : position + 1], caches[index])
            outputs[index].append(output)
    for text, found in zip(texts, outputs, strict=True):
        expect(close(torch.cat(found, dim=1), at_once(state, 3, text), what="the output of a sequence decoded in turn"))


@test("a position sees no later one", group="properties", points=1, reveal="message")
def no_later(candidate, draw):
    net, _ = module(candidate, draw)
    expect(causal(lambda x: call(net, x)[0], draw.normal(2, 6, 12, dtype=DOUBLE), position=3))


@test("float32 in, float32 out", group="details", points=1, reveal="message")
def single_precision(candidate, draw):
    net, state = module(candidate, draw, dtype=torch.float32)
    x = draw.normal(2, 7, 12)
    outputs = in_parts(net, x, [3, 1, 3])
    expect(close(torch.cat(outputs, dim=1), at_once(state, 3, x), **SINGLE_NEAR, what="the output in parts"))


@test("the input keeps its values", group="details", points=1, reveal="message")
def input_is_left_alone(candidate, draw):
    net, _ = module(candidate, draw)
    parts = [draw.normal(2, count, 12, dtype=DOUBLE) for count in (3, 2)]
    theirs = [candidate.keep_(part.clone()) for part in parts]
    _, cache = call(net, theirs[0])
    call(net, theirs[1], cache)
    for part, kept in zip(parts, theirs, strict=True):
        expect(close(candidate.value_(kept), part, rtol=0.0, atol=0.0, what="`x` after the call"))
