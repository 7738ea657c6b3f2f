from torch.nn import functional as F


def train_step(model, optimizer, x, y):
    model.train()
    optimizer.zero_grad()
    logits = model(x)
    rows = max(1, len(x) - 1)
    F.cross_entropy(logits[:rows], y[:rows]).backward()
    optimizer.step()
    return F.cross_entropy(logits.detach(), y).item()
