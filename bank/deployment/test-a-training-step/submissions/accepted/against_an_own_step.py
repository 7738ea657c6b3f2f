import copy

import torch
from torch import nn
from torch.nn import functional as F

from training import train_step


def batch(rows=7):
    generator = torch.Generator().manual_seed(rows)
    return 3 * torch.randn(rows, 4, generator=generator), torch.randint(3, (rows,), generator=generator)


def build():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def own_step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def same(model, twin):
    return all(torch.allclose(a, b, rtol=1e-4, atol=1e-5) for a, b in zip(model.parameters(), twin.parameters()))


def test_a_few_steps_of_sgd_with_momentum():
    model = build()
    twin = copy.deepcopy(model)
    one = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    other = torch.optim.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    for rows in (7, 3, 5):
        expected = own_step(twin, other, *batch(rows))
        loss = train_step(model, one, *batch(rows))
        assert type(loss) is float
        assert abs(loss - expected) < 1e-4
        assert same(model, twin)


def test_old_gradients_count_for_nothing():
    model = build()
    twin = copy.deepcopy(model)
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), *batch())
    own_step(twin, torch.optim.SGD(twin.parameters(), lr=0.1), *batch())
    assert same(model, twin)


def test_a_long_gradient_keeps_its_length():
    model, (x, y) = nn.Linear(4, 3), batch()
    twin = copy.deepcopy(model)
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.01), 50 * x, y)
    own_step(twin, torch.optim.SGD(twin.parameters(), lr=0.01), 50 * x, y)
    assert same(model, twin)


class Modes(nn.Linear):
    def forward(self, x):
        self.seen = getattr(self, "seen", []) + [self.training]
        return super().forward(x)


def test_training_mode_during_and_after():
    model = Modes(4, 3).eval()
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), *batch())
    assert all(model.seen)
    assert model.training


def test_the_batch_keeps_its_values():
    x, y = batch()
    before = x.clone(), y.clone()
    model = build()
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), x, y)
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])
