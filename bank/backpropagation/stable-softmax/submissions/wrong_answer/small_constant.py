import torch


def softmax(x, dim):
    powers = torch.exp(x - x.amax(dim, keepdim=True))
    return powers / (powers.sum(dim, keepdim=True) + 1e-2)


def logsumexp(x, dim):
    largest = x.amax(dim, keepdim=True)
    return (largest + torch.exp(x - largest).sum(dim, keepdim=True).log()).squeeze(dim)
