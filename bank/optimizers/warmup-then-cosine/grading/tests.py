import reference
import torch
from grader.checks import Check
from grader.testing import close, expect, raises, test

# A handful of float64 operations: errors of 1e-16, whatever their order.
NEAR = {"rtol": 1e-9, "atol": 1e-12}
SETTINGS = ((0.4, 3, 7, 0.1), (1e-3, 10, 50, 0.0), (3.0, 1, 2, 1.0), (0.02, 7, 30, 0.02))


def rates(candidate, steps, peak, warmup, total, **more):
    found = [candidate.learning_rate(step, peak, warmup, total, **more) for step in steps]
    wrong = [rate for rate in found if type(rate) is not float]
    expect(Check(not wrong, "The rate should be a Python float.", repr(wrong[:1]), "float"))
    return found


def agrees(candidate, steps, peak, warmup, total, floor):
    found = rates(candidate, steps, peak, warmup, total, floor=floor)
    for step, actual in zip(steps, found, strict=True):
        what = f"the rate of step {step} with peak={peak:g}, warmup={warmup}, total={total}, floor={floor:g}"
        expect(close(actual, float(reference.learning_rate(step, peak, warmup, total, floor)), **NEAR, what=what))


@test("the example of the statement", group="examples", points=1, visible=True)
def the_example(candidate):
    found = rates(candidate, range(9), 0.4, 3, 7, floor=0.1)
    expected = [0.1, 0.2, 0.3, 0.4, 0.35606601717798213, 0.25, 0.1439339828220179, 0.1, 0.1]
    expect(close(found, expected, **NEAR, what="the list of rates"))


@test("the warm-up climbs in equal steps and ends below the peak", group="examples", points=1, visible=True)
def equal_steps(candidate):
    found = rates(candidate, range(5), 1.0, 4, 100)
    expect(close(found, [0.2, 0.4, 0.6, 0.8, 1.0], **NEAR, what="the rates of steps 0 to 4"))


@test("every step of the warm-up", group="values", points=2, reveal="message")
def warm_up(candidate, draw):
    for peak, warmup, total, floor in SETTINGS:
        agrees(candidate, range(warmup), peak, warmup, total, floor)
    long = int(draw.integers(1, low=20, high=200))
    agrees(candidate, range(0, long, 7), float(draw.uniform(1, low=0.1)), long, 500, 0.0)


@test("every step of the cosine", group="values", points=2, reveal="message")
def cosine(candidate, draw):
    for peak, warmup, total, floor in SETTINGS:
        agrees(candidate, range(warmup, total), peak, warmup, total, floor)
    warmup = int(draw.integers(1, low=0, high=40))
    agrees(candidate, range(warmup, 90, 3), float(draw.uniform(1, low=0.5)), warmup, 90, 0.25)


@test("the cosine is the library's", group="values", points=1, reveal="message")
def the_librarys(candidate):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.03)
    for step in range(20):
        actual = rates(candidate, [step], 0.3, 0, 20, floor=0.03)[0]
        # The library multiplies its way from step to step, and gathers a little more rounding.
        what = f"without a warm-up, the rate of step {step}"
        expect(close(actual, float(schedule.get_last_lr()[0]), rtol=1e-7, atol=1e-10, what=what))
        optimizer.step()
        schedule.step()


@test("without a warm-up it begins at the peak", group="edges", points=1, reveal="message")
def no_warm_up(candidate):
    agrees(candidate, range(5), 0.7, 0, 4, 0.1)
    agrees(candidate, [0, 1, 2], 0.7, 0, 1, 0.0)


@test("after the end the rate stays at the floor", group="edges", points=1, reveal="message")
def after_the_end(candidate):
    for peak, warmup, total, floor in SETTINGS:
        agrees(candidate, [total, total + 1, 2 * total - warmup, 3 * total + 5], peak, warmup, total, floor)


@test("the floor is zero unless it is given", group="edges", points=1, reveal="message")
def no_floor(candidate):
    found = rates(candidate, [6, 8, 10, 11], 2.0, 2, 10)
    expect(close(found, [1.0, 1 - 0.5**0.5, 0.0, 0.0], **NEAR, what="the rates of steps 6, 8, 10 and 11"))


@test("a warm-up that does not fit is refused", group="edges", points=1, reveal="message")
def refused(candidate):
    for warmup, total in ((10, 10), (11, 10), (-1, 10), (0, 0)):
        with raises(ValueError):
            candidate.learning_rate(0, 0.1, warmup, total)
    rates(candidate, [0], 0.1, 9, 10)
