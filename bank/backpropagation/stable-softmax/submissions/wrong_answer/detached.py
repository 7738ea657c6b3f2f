import torch


def softmax(x, dim):
    scores = x.detach()
    powers = torch.exp(scores - scores.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim):
    largest = x.amax(dim, keepdim=True)
    return (largest + torch.exp(x - largest).sum(dim, keepdim=True).log()).squeeze(dim)
