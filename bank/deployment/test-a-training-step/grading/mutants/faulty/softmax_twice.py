import torch
from torch.nn import functional as F


def train_step(model, optimizer, x, y):
    model.train()
    optimizer.zero_grad()
    logits = model(x)
    F.cross_entropy(torch.softmax(logits, dim=1), y).backward()
    optimizer.step()
    return F.cross_entropy(logits.detach(), y).item()
