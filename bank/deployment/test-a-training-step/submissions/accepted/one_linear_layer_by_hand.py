"""A linear layer in float64, whose gradient is written down; no second optimizer is needed."""

import torch
from torch import nn

from training import train_step

X = torch.tensor([[1.0, -2.0], [0.5, 4.0], [-3.0, 1.0], [2.0, 2.0], [0.0, -1.0]], dtype=torch.float64)
Y = torch.tensor([0, 2, 1, 1, 0])


class Watched(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[0.2, -0.1], [0.4, 0.3], [-0.5, 0.6]], dtype=torch.float64))
        self.modes = []

    def forward(self, x):
        self.modes.append(self.training)
        return x @ self.weight.T


def loss_and_gradient(weight, x, y):
    log_p = torch.log_softmax(x @ weight.T, dim=1)
    wanted = nn.functional.one_hot(y, 3).to(x.dtype)
    return -(wanted * log_p).sum().item() / len(y), (log_p.exp() - wanted).T @ x / len(y)


def run(optimizer_class, move, **settings):
    model = Watched().eval()
    optimizer = optimizer_class(model.parameters(), **settings)
    weight, velocity = model.weight.detach().clone(), torch.zeros(3, 2, dtype=torch.float64)
    for scale in (1.0, 10.0):
        model.weight.grad = torch.full_like(model.weight, 5.0)
        x, y = scale * X, Y.clone()
        loss = train_step(model, optimizer, x, y)
        expected, slope = loss_and_gradient(weight, scale * X, Y)
        weight, velocity = move(weight, velocity, slope)
        assert type(loss) is float and abs(loss - expected) < 1e-9
        assert torch.allclose(model.weight.detach(), weight)
        assert torch.equal(x, scale * X) and torch.equal(y, Y)
        assert model.training and all(model.modes)
        model.eval()


def test_sgd():
    run(torch.optim.SGD, lambda w, v, g: (w - 0.1 * g, v), lr=0.1)


def test_momentum():
    def move(w, v, g):
        v = 0.9 * v + g
        return w - 0.1 * v, v

    run(torch.optim.SGD, move, lr=0.1, momentum=0.9)
