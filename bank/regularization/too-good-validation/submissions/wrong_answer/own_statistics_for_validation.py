"""The validation rows are brought to their own mean and spread."""

import torch

KEPT = 20
HELD_OUT = 0.25
RIDGE = 1.0


def split(count, seed):
    """Row numbers for training and, a quarter of them, for validation, in random order."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    held_out = round(HELD_OUT * count)
    return order[held_out:], order[:held_out]


def best_features(x, y):
    """The columns of x (n, d) that correlate most with the classes y (n,), 0 or 1: KEPT column numbers, best first."""
    x, y = x - x.mean(dim=0), y - y.double().mean()
    correlation = (x * y[:, None]).sum(dim=0) / x.square().sum(dim=0).clamp(min=1e-12).sqrt()
    return correlation.abs().argsort(descending=True)[:KEPT]


def fit(x, y):
    """Ridge regression on classes written as -1 and 1; returns weights and intercept."""
    target = 2.0 * y.to(x.dtype) - 1.0
    centre = x.mean(dim=0)
    gram = (x - centre).T @ (x - centre) + RIDGE * torch.eye(x.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(gram, (x - centre).T @ (target - target.mean()))
    return weights, target.mean() - centre @ weights


def evaluate(x, y, seed=0):
    """Train on one part of the rows and validate on the other.

    Returns the validation accuracy, the columns that were used, and the model's weights and intercept.
    """
    training, validation = split(len(x), seed)
    columns = best_features(x[training], y[training])
    known, new = x[training][:, columns], x[validation][:, columns]
    known = (known - known.mean(dim=0)) / known.std(dim=0)
    new = (new - new.mean(dim=0)) / new.std(dim=0)
    weights, intercept = fit(known, y[training])
    predicted = new @ weights + intercept > 0
    accuracy = (predicted == (y[validation] == 1)).double().mean().item()
    return {"accuracy": accuracy, "columns": columns, "weights": weights, "intercept": intercept}


def main():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(80, 1000, generator=generator, dtype=torch.float64)
    y = torch.randint(0, 2, (80,), generator=generator)
    scores = [evaluate(x, y, seed)["accuracy"] for seed in range(10)]
    print("validation accuracy:", ", ".join(f"{score:.2f}" for score in scores))


if __name__ == "__main__":
    main()
