import torch.nn.functional as F


def masked_loss(logits, target, mask):
    """The mean cross-entropy of the tokens that `mask` keeps."""
    losses = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    losses = losses * mask
    return losses.mean()
