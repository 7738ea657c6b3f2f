import torch


def logsumexp(x, dim):
    largest = x.detach().max(dim=dim, keepdim=True).values
    return torch.log(torch.sum(torch.exp(x - largest), dim=dim)) + largest.squeeze(dim)


def softmax(x, dim):
    # Shifted first: a difference of two large numbers of nearly the same size would lose most of its digits.
    shifted = x - x.detach().amax(dim, keepdim=True)
    return torch.exp(shifted - logsumexp(shifted, dim).unsqueeze(dim))
