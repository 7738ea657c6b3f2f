def top_k_accuracy(logits, target, k):
    best = logits.topk(k, dim=1).indices
    return float((best == target[:, None]).any(dim=1).sum())
