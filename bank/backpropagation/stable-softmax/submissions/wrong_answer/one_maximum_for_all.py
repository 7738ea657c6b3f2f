import torch


def softmax(x, dim):
    powers = torch.exp(x - x.max())
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim):
    return x.max() + torch.exp(x - x.max()).sum(dim).log()
