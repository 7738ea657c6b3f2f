import torch


def softmax(x, dim):
    with torch.no_grad():
        x -= x.amax(dim, keepdim=True)
    powers = torch.exp(x)
    return powers / powers.sum(dim, keepdim=True)


def logsumexp(x, dim):
    largest = x.amax(dim, keepdim=True)
    return (largest + torch.exp(x - largest).sum(dim, keepdim=True).log()).squeeze(dim)
