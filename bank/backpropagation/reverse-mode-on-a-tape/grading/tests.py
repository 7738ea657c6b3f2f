import torch
from grader.checks import Check
from grader.testing import close, expect, raises, test

# Some dozens of float64 operations in the order of the tape: 1e-13. A difference quotient reaches 1e-9 at best.
NEAR = {"rtol": 1e-10, "atol": 1e-12}


def library(tape, inputs):
    """The same tape with PyTorch's numbers and autograd."""
    leaves = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in inputs]
    one, two = (torch.exp, torch.log, torch.tanh, torch.relu), (torch.add, torch.sub, torch.mul, torch.div)
    known = dict(zip(("exp", "log", "tanh", "relu", "add", "sub", "mul", "div"), one + two, strict=True))
    values = []
    for name, *rest in tape:
        if name == "input":
            values.append(leaves[rest[0]] * 1.0)
        elif name == "constant":
            values.append(torch.tensor(rest[0], dtype=torch.float64))
        elif name == "power":
            values.append(values[rest[0]] ** rest[1])
        else:
            values.append(known[name](*(values[line] for line in rest)))
    slopes = torch.autograd.grad(values[-1], leaves, allow_unused=True)
    return float(values[-1].detach()), [0.0 if slope is None else float(slope) for slope in slopes]


def answer(candidate, tape, inputs):
    found = candidate.value_and_gradient(tape, inputs)
    form = isinstance(found, list | tuple) and len(found) == 2 and isinstance(found[1], list | tuple)
    floats = form and all(type(number) is float for number in (found[0], *found[1]))
    expect(Check(floats, "A float and a list of floats should be returned.", f"{found!r}"[:200]))
    return found


def agrees(candidate, tape, inputs, what):
    value, gradient = answer(candidate, tape, inputs)
    expected_value, expected = library(tape, inputs)
    expect(close(value, expected_value, **NEAR, what=f"{what}: the value"))
    expect(close(list(gradient), expected, **NEAR, what=f"{what}: the gradient"))


def numbers(draw, count, low=-2.0, high=2.0):
    return draw.uniform(count, low=low, high=high, dtype=torch.float64).tolist()


def any_tape(draw, inputs, length):
    """A random tape whose numbers stay small: operations read inputs, and results that a tanh has squeezed."""
    tape, small = [("input", n) for n in range(inputs)], list(range(inputs))
    picks = draw.integers(length, 3, high=10**6).tolist()
    for name, one, other in picks:
        i, j = small[one % len(small)], small[other % len(small)]
        operation = ("add", "sub", "mul", "relu", "exp")[name % 5]
        tape.append((operation, i, j) if name % 5 < 3 else (operation, i))
        tape.append(("tanh", len(tape) - 1))
        small.append(len(tape) - 1)
    # All that was computed takes part.
    for line in range(len(tape) - 1):
        tape.append(("add", len(tape) - 1, line))
    return tape


@test("the example of the statement", group="examples", points=1, visible=True)
def the_example(candidate):
    tape = [("input", 0), ("input", 1), ("mul", 0, 1), ("add", 2, 0)]
    expect(close(tuple(answer(candidate, tape, [3.0, 5.0])), (18.0, [6.0, 3.0]), what="the pair"))


@test("one operation at a time", group="examples", points=2, visible=True)
def one_operation(candidate, draw):
    for name in ("add", "sub", "mul", "div"):
        agrees(candidate, [("input", 0), ("input", 1), (name, 0, 1)], numbers(draw, 2, low=0.5), name)
    for name in ("exp", "log", "tanh"):
        agrees(candidate, [("input", 0), (name, 0)], numbers(draw, 1, low=0.5), name)
    for base, exponent in ((1.7, 3.0), (0.6, -1.5), (-1.2, 2), (2.5, 0.5)):
        agrees(candidate, [("input", 0), ("power", 0, exponent)], [base], f"power {exponent}")
    for value in (1.5, -1.5):
        agrees(candidate, [("input", 0), ("relu", 0)], [value], f"relu at {value}")


@test("chains of operations", group="gradients", points=2, reveal="message")
def chains(candidate, draw):
    tape = [("input", 0), ("tanh", 0), ("constant", 2.5), ("sub", 2, 1), ("log", 3), ("power", 4, 2.0), ("exp", 5)]
    agrees(candidate, tape, numbers(draw, 1), "exp(log(2.5 − tanh x)²)")
    tape = [("input", 0), ("input", 1), ("exp", 1), ("div", 0, 2), ("constant", -0.3), ("mul", 3, 4), ("tanh", 5)]
    agrees(candidate, tape, numbers(draw, 2), "tanh(−0.3 x / exp z)")


@test("a line that is used twice", group="gradients", points=3, reveal="message")
def used_twice(candidate, draw):
    (x,) = numbers(draw, 1, low=0.5)
    agrees(candidate, [("input", 0), ("mul", 0, 0)], [x], "x · x")
    agrees(candidate, [("input", 0), ("div", 0, 0)], [x], "x / x")
    agrees(candidate, [("input", 0), ("exp", 0), ("mul", 0, 1), ("add", 2, 1), ("mul", 3, 0)], [x], "(x eˣ + eˣ) x")
    diamond = [("input", 0), ("tanh", 0), ("exp", 1), ("mul", 1, 1), ("sub", 2, 3), ("add", 4, 1), ("mul", 5, 2)]
    agrees(candidate, diamond, [x], "a graph whose paths part and meet")


@test("an input that several lines read, or none", group="gradients", points=2, reveal="message")
def inputs_read_twice(candidate, draw):
    x = numbers(draw, 3)
    agrees(candidate, [("input", 2), ("input", 0), ("input", 2), ("mul", 0, 1), ("mul", 3, 2)], x, "x₂ x₀ x₂")
    agrees(candidate, [("input", 1), ("exp", 0), ("input", 0)], x, "a last line that is an input")
    found = tuple(answer(candidate, [("input", 1), ("constant", 4.0)], x))
    expect(close(found, (4.0, [0.0, 0.0, 0.0]), what="the pair for a last line that is a constant"))


@test("lines after which nothing comes", group="gradients", points=1, reveal="message")
def dead_ends(candidate, draw):
    tape = [("input", 0), ("exp", 0), ("mul", 0, 1), ("tanh", 0), ("mul", 2, 2), ("relu", 3)]
    agrees(candidate, tape, numbers(draw, 1), "a tape with lines that the result does not use")


@test("the derivative of relu at zero is zero", group="gradients", points=1, reveal="message")
def relu_at_zero(candidate):
    tape = [("input", 0), ("relu", 0), ("input", 1), ("add", 1, 2)]
    expect(close(tuple(answer(candidate, tape, [0.0, 2.0])), (2.0, [0.0, 1.0]), what="the pair"))


@test("random tapes", group="gradients", points=3, reveal="message")
def random_tapes(candidate, draw):
    for inputs, length in ((1, 6), (3, 10), (5, 25)):
        agrees(candidate, any_tape(draw, inputs, length), numbers(draw, inputs), f"a random tape of {inputs} inputs")


@test("as many paths as atoms", group="cost", points=2, reveal="message")
def many_paths(candidate):
    # 200 doublings: 2²⁰⁰ paths lead from the result to the input.
    tape = [("input", 0), *(("add", line, line) for line in range(200)), ("constant", 2.0**-200), ("mul", 200, 201)]
    expect(close(tuple(answer(candidate, tape, [0.75])), (0.75, [1.0]), **NEAR, what="the pair"))


@test("twenty thousand lines", group="cost", points=1, reveal="message")
def long_tape(candidate):
    tape = [("input", 0), ("constant", 1e-4), *(("add", line, 1) if line != 1 else ("add", 0, 1) for line in range(1, 20000))]
    value, gradient = answer(candidate, tape, [1.0])
    expect(close(value, 1.0 + 19999 * 1e-4, rtol=1e-9, what="the value"))
    expect(close(list(gradient), [1.0], what="the gradient"))


@test("two thousand inputs in one pass", group="cost", points=1, reveal="message")
def many_inputs(candidate, draw):
    x = numbers(draw, 2000)
    tape = [("input", n) for n in range(2000)] + [("mul", 0, 0)]
    for n in range(1, 2000):
        tape += [("mul", n, n), ("add", len(tape) - 1, len(tape))]
    value, gradient = answer(candidate, tape, x)
    expect(close(value, sum(number**2 for number in x), rtol=1e-9, what="the sum of 2000 squares"))
    expect(close(list(gradient), [2 * number for number in x], **NEAR, what="its gradient"))


@test("a tape that cannot be read is refused", group="details", points=2, reveal="message")
def refused(candidate):
    for line in (("sin", 0), ("add", 0, 1), ("mul", 2, 0), ("exp", 1), ("tanh", -1), ("power", 1, 2.0)):
        with raises(ValueError):
            candidate.value_and_gradient([("input", 0), line], [1.0])
