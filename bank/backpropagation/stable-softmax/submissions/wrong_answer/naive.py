import torch


def softmax(x, dim):
    return torch.exp(x) / torch.exp(x).sum(dim, keepdim=True)


def logsumexp(x, dim):
    return torch.log(torch.exp(x).sum(dim))
