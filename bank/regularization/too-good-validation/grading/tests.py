import reference
import torch
from grader.checks import Check
from grader.testing import close, expect, test

KEYS = ("accuracy", "columns", "weights", "intercept")
# Sums over a few hundred numbers in float64, and a system of 20 equations: 1e-12, whatever the order.
NEAR = {"rtol": 1e-6, "atol": 1e-8}


def noise(draw, count=80, width=1000):
    """Values and classes that have nothing to do with each other."""
    return draw.normal(count, width, dtype=torch.float64), draw.integers(count, high=2)


def signal(draw, count=200, width=60):
    """The class depends on three columns; columns differ in place and spread."""
    x = draw.normal(count, width, dtype=torch.float64)
    y = (x[:, 3] - x[:, 17] + x[:, 40] + 0.3 * draw.normal(count, dtype=torch.float64) > 0).long()
    return x * draw.uniform(width, low=0.1, high=9.0, dtype=torch.float64) + 5 * draw.normal(width, dtype=torch.float64), y


def evaluated(candidate, x, y, *seed):
    found = candidate.evaluate(x, y, *seed)
    form = isinstance(found, dict) and set(found) == set(KEYS)
    expect(Check(form, "evaluate should return the same four things as before.", f"{found!r}"[:200], f"{KEYS}"))
    return found


def same_model(found, expected, what):
    for key in ("columns", "weights", "intercept"):
        expect(close(found[key], expected[key], **NEAR, what=f"{what}, {key!r}"))


@test("noise is predicted as well as by a coin", group="symptom", points=2, visible=True)
def a_coin(candidate, draw):
    x, y = noise(draw)
    scores = [evaluated(candidate, x, y, seed)["accuracy"] for seed in range(12)]
    mean = sum(scores) / len(scores)
    # Twelve splits of 80 rows: a standard deviation of at most 0.1 about 0.5; the script as it was has about 0.87.
    assert mean < 0.75, f"On values that say nothing about the class, the mean validation accuracy is {mean:.2f}."


@test("a signal is still found", group="symptom", points=1, visible=True)
def a_signal(candidate, draw):
    x, y = signal(draw)
    scores = [evaluated(candidate, x, y, seed)["accuracy"] for seed in range(4)]
    assert sum(scores) / 4 > 0.75, f"Three columns decide the class, and the accuracies are {scores}."


@test("the model does not depend on validation labels", group="cause", points=3, reveal="message")
def labels(candidate, draw, seed):
    for x, y in (noise(draw, 60, 200), signal(draw, 100)):
        _, validation = reference.split(len(x), seed)
        other = y.clone()
        other[validation] = 1 - other[validation]
        before, after = evaluated(candidate, x, y, seed), evaluated(candidate, x, other, seed)
        same_model(after, before, "after other labels for the validation rows")
        flipped = f"{after['accuracy']:.3f}", f"{1 - before['accuracy']:.3f}"
        expect(close(after["accuracy"], 1 - before["accuracy"], what=f"with flipped labels ({flipped[0]}), the accuracy"))


@test("the model does not depend on validation values", group="cause", points=3, reveal="message")
def values(candidate, draw, seed):
    for x, y in (noise(draw, 60, 200), signal(draw, 100)):
        _, validation = reference.split(len(x), seed)
        other = x.clone()
        other[validation] = 7.0 * other[validation] + 30.0
        before, after = evaluated(candidate, x, y, seed), evaluated(candidate, other, y, seed)
        same_model(after, before, "after other values in the validation rows")


@test("each row is validated by itself", group="cause", points=2, reveal="message")
def by_itself(candidate, draw):
    # Validation rows brought to their own mean and spread would be judged as if they were training rows.
    x, y = signal(draw, 120)
    _, validation = reference.split(120, 3)
    x[validation] = 0.3 * x[validation] + 2.0
    found, expected = evaluated(candidate, x, y, 3), reference.evaluate(x, y, 3)
    expect(close(found["accuracy"], expected["accuracy"], what="the accuracy on validation rows from elsewhere"))


@test("everything is what the script would find without its fault", group="nothing else changed", points=3, reveal="message")
def the_same(candidate, draw, seed):
    for x, y in (noise(draw, 61, 300), signal(draw)):
        found, expected = evaluated(candidate, x, y, seed), reference.evaluate(x, y, seed)
        same_model(found, expected, "the result's")
        expect(close(found["accuracy"], expected["accuracy"], what="the accuracy"))
    expect(close(evaluated(candidate, x, y), reference.evaluate(x, y), **NEAR, what="the result for the seed that is not given"))


@test("the parts do what they did", group="nothing else changed", points=2, reveal="message")
def parts(candidate, draw, seed):
    for count in (80, 33):
        expect(close(candidate.split(count, seed), reference.split(count, seed), what=f"the split of {count} rows"))
    x, y = signal(draw, 90)
    x[:, 5] = 2.0
    expect(close(candidate.best_features(x, y), reference.best_features(x, y), what="the best columns"))
    expect(close(candidate.fit(x[:, :9], y), reference.fit(x[:, :9], y), **NEAR, what="what fit returns"))


@test("the tables keep their values", group="nothing else changed", points=1, reveal="message")
def inputs_are_left_alone(candidate, draw):
    x, y = signal(draw, 60)
    theirs, classes = candidate.keep_(x.clone()), candidate.keep_(y.clone())
    evaluated(candidate, theirs, classes, 1)
    expect(close(candidate.value_(theirs), x, rtol=0.0, atol=0.0, what="x after evaluate"))
    expect(close(candidate.value_(classes), y, what="y after evaluate"))
