def top_k_accuracy(logits, target, k):
    best = logits.topk(k, dim=1).indices
    return (best == target[:, None]).float().mean().item()
