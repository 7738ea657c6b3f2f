import torch


def softmax(x, dim):
    powers = torch.exp(x - x.amax(-1, keepdim=True))
    return powers / powers.sum(-1, keepdim=True)


def logsumexp(x, dim):
    largest = x.amax(-1, keepdim=True)
    return (largest + torch.exp(x - largest).sum(-1, keepdim=True).log()).squeeze(-1)
