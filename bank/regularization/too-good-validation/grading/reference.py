"""The script without its fault."""

import torch

KEPT = 20
HELD_OUT = 0.25
RIDGE = 1.0


def split(count, seed):
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    held_out = round(HELD_OUT * count)
    return order[held_out:], order[:held_out]


def best_features(x, y):
    x, y = x - x.mean(dim=0), y - y.double().mean()
    correlation = (x * y[:, None]).sum(dim=0) / x.square().sum(dim=0).clamp(min=1e-12).sqrt()
    return correlation.abs().argsort(descending=True)[:KEPT]


def fit(x, y):
    target = 2.0 * y.to(x.dtype) - 1.0
    centre = x.mean(dim=0)
    gram = (x - centre).T @ (x - centre) + RIDGE * torch.eye(x.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(gram, (x - centre).T @ (target - target.mean()))
    return weights, target.mean() - centre @ weights


def evaluate(x, y, seed=0):
    training, validation = split(len(x), seed)
    columns = best_features(x[training], y[training])
    x = x[:, columns]
    x = (x - x[training].mean(dim=0)) / x[training].std(dim=0)
    weights, intercept = fit(x[training], y[training])
    predicted = x[validation] @ weights + intercept > 0
    accuracy = (predicted == (y[validation] == 1)).double().mean().item()
    return {"accuracy": accuracy, "columns": columns, "weights": weights, "intercept": intercept}
