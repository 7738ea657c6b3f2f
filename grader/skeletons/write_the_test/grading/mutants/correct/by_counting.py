def top_k_accuracy(logits, target, k):
    own = logits.gather(1, target[:, None])
    larger = (logits > own).sum(dim=1)
    return int((larger < k).sum()) / len(target)
