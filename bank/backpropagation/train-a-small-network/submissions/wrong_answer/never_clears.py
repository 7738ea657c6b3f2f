"""Every step goes along all gradients so far."""

import torch
from torch import nn
from torch.nn import functional as F


def build_model(dropout=0.0):
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 1))


def train(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    model.train()
    losses = []
    for _ in range(epochs):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def predict(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)
