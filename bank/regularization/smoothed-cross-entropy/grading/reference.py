import torch


def loss_and_gradient(logits, target, smoothing=0.0, ignore_index=-100):
    if not 0 <= smoothing <= 1:
        raise ValueError("smoothing is a share")
    counted = target != ignore_index
    rows, labels = logits[counted], target[counted]
    gradient = torch.zeros_like(logits)
    if len(rows) == 0:
        return logits.new_zeros(()), gradient
    wanted = torch.full_like(rows, smoothing / rows.shape[1])
    wanted[torch.arange(len(rows)), labels] += 1 - smoothing
    log_p = torch.log_softmax(rows, dim=1)
    gradient[counted] = (log_p.exp() - wanted) / len(rows)
    return -(wanted * log_p).sum() / len(rows), gradient
