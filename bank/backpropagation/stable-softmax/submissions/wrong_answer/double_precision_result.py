import torch


def softmax(x, dim):
    wide = x.double()
    powers = torch.exp(wide - wide.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim):
    wide = x.double()
    largest = wide.amax(dim, keepdim=True)
    return (largest + torch.exp(wide - largest).sum(dim, keepdim=True).log()).squeeze(dim)
