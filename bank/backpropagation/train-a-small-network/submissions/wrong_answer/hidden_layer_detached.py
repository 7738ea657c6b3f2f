"""The way back ends behind the hidden layer, which stays random."""

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.hidden = nn.Linear(10, 32)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        h = F.relu(self.hidden(x)).detach()
        return self.out(self.drop(h))


def build_model(dropout=0.0):
    return Net(dropout)


def train(model, x, y, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def predict(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)
