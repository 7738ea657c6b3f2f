import torch
from torch import nn


def train_step(model, optimizer, x, y):
    model.train()
    logits = model(x)
    log_p = torch.log_softmax(logits, dim=-1)
    loss = -log_p[torch.arange(len(y)), y].mean()
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    return float(loss.detach())
