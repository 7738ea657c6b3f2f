import torch.nn.functional as F


def masked_loss(logits, target, mask):
    return F.cross_entropy(logits.transpose(1, 2), target)
