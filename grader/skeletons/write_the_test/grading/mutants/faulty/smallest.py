def top_k_accuracy(logits, target, k):
    best = logits.topk(k, dim=1, largest=False).indices
    return (best == target[:, None]).any(dim=1).float().mean().item()
