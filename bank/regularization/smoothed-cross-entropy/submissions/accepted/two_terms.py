"""Never builds the targets: the loss is a mixture of the label's term and the mean of all terms."""

import torch


def loss_and_gradient(logits, target, smoothing=0.0, ignore_index=-100):
    if not 0.0 <= smoothing <= 1.0:
        raise ValueError("smoothing must be between 0 and 1")
    gradient = torch.zeros_like(logits)
    index = (target != ignore_index).nonzero()[:, 0]
    if index.numel() == 0:
        return torch.zeros((), dtype=logits.dtype), gradient
    z, y = logits[index], target[index]
    norm = torch.logsumexp(z, dim=1)
    at_label = norm - z.gather(1, y[:, None])[:, 0]
    everywhere = norm - z.mean(dim=1)
    loss = ((1 - smoothing) * at_label + smoothing * everywhere).mean()
    slope = torch.softmax(z, dim=1) - smoothing / z.shape[1]
    slope[torch.arange(len(y)), y] -= 1 - smoothing
    gradient[index] = slope / len(y)
    return loss, gradient
