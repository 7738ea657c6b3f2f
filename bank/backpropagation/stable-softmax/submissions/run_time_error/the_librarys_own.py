import torch


def softmax(x, dim):
    return torch.softmax(x, dim)


def logsumexp(x, dim):
    return torch.logsumexp(x, dim)
