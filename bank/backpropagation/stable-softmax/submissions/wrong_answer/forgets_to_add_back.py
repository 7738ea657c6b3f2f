import torch


def softmax(x, dim):
    powers = torch.exp(x - x.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim):
    return torch.exp(x - x.amax(dim, keepdim=True)).sum(dim).log()
