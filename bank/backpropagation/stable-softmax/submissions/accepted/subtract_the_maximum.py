import torch


def softmax(x, dim):
    exponentials = torch.exp(x - x.amax(dim, keepdim=True))
    return exponentials / exponentials.sum(dim, keepdim=True)


def logsumexp(x, dim):
    largest = x.amax(dim, keepdim=True)
    return (largest + torch.exp(x - largest).sum(dim, keepdim=True).log()).squeeze(dim)
