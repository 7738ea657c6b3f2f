def top_k_accuracy(logits, target, k):
    larger = (logits > logits.gather(1, target[:, None])).sum(dim=1)
    return (larger <= k).float().mean().item()
