def top_k_accuracy(logits, target, k):
    return (logits.argmax(dim=1) == target).float().mean().item()
