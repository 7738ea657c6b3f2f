import torch


def softmax(x, dim):
    powers = torch.exp(x.clamp(-80, 80))
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim):
    return torch.exp(x.clamp(-80, 80)).sum(dim).log()
