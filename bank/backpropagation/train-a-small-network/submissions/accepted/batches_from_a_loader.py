"""The textbook way: a DataLoader, SGD with momentum, the mode put back after predicting."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build_model(dropout: float = 0.0) -> nn.Module:
    return nn.Sequential(
        nn.Linear(10, 32),
        nn.Tanh(),
        nn.Dropout(p=dropout),
        nn.Linear(32, 1),
    )


def train(model, x, y, epochs):
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    history = []
    for _ in range(epochs):
        model.train()
        total, count = 0.0, 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            count += len(inputs)
        history.append(total / count)
    return history


@torch.inference_mode()
def predict(model, x):
    was_training = model.training
    model.eval()
    predictions = model(x)
    model.train(was_training)
    return predictions
