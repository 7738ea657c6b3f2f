import torch
from grader.checks import Check, same_form
from grader.properties import deterministic_in_eval, unchanged
from grader.testing import close, expect, is_a, raises, test

DOUBLE = torch.float64


def layer(candidate, p):
    module = candidate.Dropout(p)
    assert is_a(module, "torch.nn.Module"), "Dropout should be a torch.nn.Module."
    return module.train()


def away_from_zero(draw, *shape, dtype=torch.float32):
    """Inputs that are nowhere zero, so that a zero in the output was put there."""
    x = draw.uniform(*shape, low=0.5, high=2.0, dtype=dtype)
    return x * (2 * draw.integers(*shape, high=2) - 1)


def kept(output, x):
    """Where the output is not zero; its form is checked first."""
    expect(same_form(output, x, "the output"))
    return output.detach() != 0


def share_is(kept_share, p, count):
    # Six standard deviations of a count of independent draws: a right answer misses that once in 5·10⁸ times.
    room = 6 * (p * (1 - p) / count) ** 0.5
    message = f"With p={p:g}, {1 - kept_share:.4f} of {count} numbers are zero."
    expect(Check(abs(kept_share - (1 - p)) <= room, message, f"{1 - kept_share:.4f}", f"{p:g} ± {room:.4f}"))


@test("evaluation mode hands the input on", group="examples", points=1, visible=True)
def evaluation(candidate, draw):
    x = draw.normal(4, 6)
    expect(close(layer(candidate, 0.5).eval()(x), x, rtol=0.0, atol=0.0, what="the output in evaluation mode"))


@test("what survives is made larger", group="examples", points=1, visible=True)
def survivors(candidate, draw):
    for p, factor in ((0.5, 2.0), (0.75, 4.0), (0.2, 1.25)):
        x = away_from_zero(draw, 30, 20)
        output = layer(candidate, p)(x)
        alive = kept(output, x)
        expect(close(output.detach(), torch.where(alive, factor * x, 0 * x), what=f"with p={p:g}, the output"))


@test("a p that is no probability is refused", group="examples", points=1, visible=True)
def refused(candidate):
    for p in (-0.1, 1.5):
        with raises(ValueError):
            candidate.Dropout(p)


@test("the share of zeros is p", group="mask", points=2, reveal="message")
def share(candidate, draw):
    for p in (0.1, 0.3, 0.8):
        x = away_from_zero(draw, 200, 100)
        share_is(float(kept(layer(candidate, p)(x), x).float().mean()), p, x.numel())
    x = away_from_zero(draw, 200, 100)
    share_is(float(kept(candidate.Dropout().train()(x), x).float().mean()), 0.5, x.numel())


@test("each number is dropped by itself", group="mask", points=2, reveal="message")
def each_by_itself(candidate, draw):
    x = away_from_zero(draw, 64, 48, 40)
    alive = kept(layer(candidate, 0.5)(x), x)
    for dim in range(3):
        lines = alive.movedim(dim, -1).flatten(0, 1)
        mixed = bool((lines.any(dim=1) & ~lines.all(dim=1)).all())
        assert mixed, f"Numbers along dimension {dim} are dropped together."
        # Two neighbours agree in half of all cases when they are independent.
        agree = (lines[:, 1:] == lines[:, :-1]).float()
        share_is(float(agree.mean()), 0.5, agree.numel())


@test("each pass draws a new mask", group="mask", points=2, reveal="message")
def new_masks(candidate, draw):
    module, x = layer(candidate, 0.5), away_from_zero(draw, 100, 100)
    first, second = kept(module(x), x), kept(module(x), x)
    share_is(float((first == second).float().mean()), 0.5, x.numel())
    other = kept(layer(candidate, 0.5)(x), x)
    share_is(float((first == other).float().mean()), 0.5, x.numel())


@test("the caller's seed repeats the mask", group="mask", points=1, reveal="message")
def seeded(candidate, draw, seed):
    module, x = layer(candidate, 0.4), away_from_zero(draw, 20, 10)
    candidate.seed_(seed)
    first = module(x).detach()
    candidate.seed_(seed)
    expect(close(module(x).detach(), first, rtol=0.0, atol=0.0, what="the output after the same seed"))


@test("the gradient goes where the activation went", group="gradients", points=3, reveal="message")
def gradient(candidate, draw):
    for p in (0.25, 0.5, 1.0):
        x, slope = away_from_zero(draw, 12, 9, dtype=DOUBLE), draw.normal(12, 9, dtype=DOUBLE)
        answer = candidate.probe_(layer(candidate, p), (x,), {}, {"strided": False, "cotangent": slope})
        alive = kept(answer["output"], x)
        expect(Check(isinstance(answer["gradients"], list), "The output is cut off from the input: no gradient."))
        expected = torch.where(alive, slope / (1 - p), 0 * slope) if p < 1 else 0 * slope
        expect(close(answer["gradients"][0], expected, what=f"with p={p:g}, the gradient of `x`"))


@test("nothing is dropped with p = 0, everything with p = 1", group="edges", points=2, reveal="message")
def edges(candidate, draw):
    x = away_from_zero(draw, 40, 50)
    expect(close(layer(candidate, 0.0)(x), x, what="with p=0, the output in training mode"))
    expect(close(layer(candidate, 1.0)(x), torch.zeros(40, 50), what="with p=1, the output in training mode"))
    expect(close(layer(candidate, 1.0).eval()(x), x, what="with p=1, the output in evaluation mode"))


@test("modes can be changed back and forth", group="modes", points=2, reveal="message")
def modes(candidate, draw):
    module, x = layer(candidate, 0.5), away_from_zero(draw, 20, 30)
    expect(deterministic_in_eval(module, x))
    assert not bool(kept(module.train()(x), x).all()), "After train() again, numbers should be dropped."
    expect(close(module.eval()(x), x, what="the output after eval() again"))
    answer = candidate.probe_(module, (x,), {}, {"strided": False, "cotangent": x})
    expect(close(answer["gradients"], [x], what="the gradients in evaluation mode"))


@test("every shape and dtype comes back as it went in", group="details", points=1, reveal="message")
def forms(candidate, draw):
    for shape, dtype in (((7,), DOUBLE), ((2, 3, 4), torch.float16), ((1, 1), torch.bfloat16), ((3, 0), DOUBLE)):
        x = draw.normal(*shape, dtype=torch.float32).to(dtype)
        expect(same_form(layer(candidate, 0.5)(x), x, "the output"))


@test("the input keeps its values", group="details", points=1, reveal="message")
def input_is_left_alone(candidate, draw):
    expect(unchanged(layer(candidate, 0.5), away_from_zero(draw, 20, 10)))
