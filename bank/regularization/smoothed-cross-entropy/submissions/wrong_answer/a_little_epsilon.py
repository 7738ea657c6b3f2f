"""Hides the infinity, and bends loss and gradient."""

import torch


def loss_and_gradient(logits, target, smoothing=0.0, ignore_index=-100):
    if smoothing < 0 or smoothing > 1:
        raise ValueError(f"smoothing should lie between 0 and 1, and is {smoothing}")
    counted = target != ignore_index
    number = counted.sum()
    if number == 0:
        return logits.new_zeros(()), torch.zeros_like(logits)
    classes = logits.shape[1]
    q = torch.full_like(logits, smoothing / classes)
    label = target.masked_fill(~counted, 0).unsqueeze(1)
    q.scatter_add_(1, label, torch.full_like(label, 1, dtype=logits.dtype) * (1 - smoothing))
    log_p = (torch.softmax(logits, dim=1) + 1e-8).log()
    weight = counted.to(logits.dtype).unsqueeze(1) / number
    loss = -(weight * q * log_p).sum()
    gradient = weight * (log_p.exp() - q)
    return loss, gradient
