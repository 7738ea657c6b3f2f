from grader.properties import overfits
from grader.testing import close, expect, test


@test("the loss falls", points=1, visible=True)
def the_loss_falls(candidate, draw):
    losses = candidate.train(draw.normal(64, 10), draw.normal(64, 1))
    expect(close(len(losses), 100, what="the number of losses"))
    expect(overfits(losses, to=0.99))
