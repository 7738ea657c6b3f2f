"""Looks for the fault in the capacity."""

import math

import torch
from torch import nn

LEARNING_RATE = 0.01
EPOCHS = 60
BATCH_SIZE = 32


def make_days(count, seed=0):
    """Measurements of shape (count, 3), each between -1 and 1, and loads of shape (count,), about of variance 1."""
    generator = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand(count, 3, generator=generator) - 1
    load = 1.5 * x[:, 0] ** 2 + torch.sin(math.pi * x[:, 1]) - 0.8 * x[:, 2] + 0.5
    return x, load + 0.05 * torch.randn(count, generator=generator)


def build_model():
    return nn.Sequential(nn.Linear(3, 128), nn.Tanh(), nn.Linear(128, 1))


def batch_loss(model, x, y):
    """The mean squared error of the model on x (n, 3) with the loads y (n,): a scalar to differentiate."""
    predicted = model(x)
    return ((predicted - y) ** 2).mean()


def train(model, x, y, epochs=EPOCHS, seed=0):
    """Train in shuffled batches; returns the mean loss of each epoch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    generator = torch.Generator().manual_seed(seed)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(x), generator=generator).split(BATCH_SIZE):
            loss = batch_loss(model, x[rows], y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        history.append(total / len(x))
    return history


@torch.no_grad()
def predict(model, x):
    """Loads of shape (n,) for measurements of shape (n, 3)."""
    return model(x).squeeze(1)


def error(model, x, y):
    """The root of the mean squared error."""
    return (predict(model, x) - y).square().mean().sqrt().item()


def main():
    torch.manual_seed(0)
    x, y = make_days(400)
    model = build_model()
    for epoch, loss in enumerate(train(model, x, y), start=1):
        if epoch in (1, 2, 5, 10, 20, 40, 60):
            print(f"epoch {epoch:2}: loss {loss:.3f}")
    new_x, new_y = make_days(400, seed=1)
    print(f"error on new days: {error(model, new_x, new_y):.3f}")
    print(f"predictions: {predict(model, new_x[:5]).tolist()}")
    print(f"measured:    {new_y[:5].tolist()}")


if __name__ == "__main__":
    main()
