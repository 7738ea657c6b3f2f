"""Goes back through the sum of all losses so far, whose first summands have changed by then."""

import torch
from torch import nn
from torch.nn import functional as F


def build_model(dropout=0.0):
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 1))


def train(model, x, y, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    losses, total = [], 0.0
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        total = total + loss
        total.backward(retain_graph=True)
        optimizer.step()
        losses.append(loss.item())
    return losses


def predict(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)
