from grader.testing import test


@test("the loss falls", points=1, visible=True)
def the_loss_falls(candidate, draw):
    losses = candidate.train(draw.normal(64, 10), draw.normal(64, 1))
    assert len(losses) == 100
    assert losses[-1] < losses[0]
