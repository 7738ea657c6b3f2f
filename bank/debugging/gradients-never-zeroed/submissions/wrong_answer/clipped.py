"""Limits how far a wrong direction can lead."""

import math

import torch
from torch import nn
from torch.nn import functional as F

LEARNING_RATE = 0.3
EPOCHS = 40
BATCH_SIZE = 16


def make_moons(count, noise=0.1, seed=0):
    """`count` points of shape (count, 2) and their classes, 0 for the upper moon and 1 for the lower."""
    generator = torch.Generator().manual_seed(seed)
    angle = math.pi * torch.rand(count, generator=generator)
    lower = torch.arange(count) % 2
    upper_x, upper_y = torch.cos(angle), torch.sin(angle)
    x = torch.where(lower == 1, 1 - upper_x, upper_x)
    y = torch.where(lower == 1, 0.5 - upper_y, upper_y)
    return torch.stack([x, y], dim=1) + noise * torch.randn(count, 2, generator=generator), lower


def build_model():
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))


def build_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)


def train_step(model, optimizer, x, y):
    """One step of gradient descent on the loss of this batch alone; returns that loss, from before the step."""
    model.train()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def train(model, x, y, epochs=EPOCHS, seed=0):
    """Train in shuffled batches; returns the mean loss of each epoch."""
    optimizer = build_optimizer(model)
    generator = torch.Generator().manual_seed(seed)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(x), generator=generator).split(BATCH_SIZE):
            total += train_step(model, optimizer, x[rows], y[rows]) * len(rows)
        history.append(total / len(x))
    return history


@torch.no_grad()
def accuracy(model, x, y):
    """The share of the points that are put into the right class."""
    model.eval()
    return (model(x).argmax(dim=1) == y).float().mean().item()


def main():
    torch.manual_seed(0)
    x, y = make_moons(400)
    model = build_model()
    for epoch, loss in enumerate(train(model, x, y), start=1):
        if epoch in (1, 2, 5, 10, 20, 40):
            print(f"epoch {epoch:2}: loss {loss:.3f}")
    print(f"accuracy on new points: {accuracy(model, *make_moons(400, seed=1)):.3f}")


if __name__ == "__main__":
    main()
