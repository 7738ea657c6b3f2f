"""Own parameters, own dropout, own gradient descent."""

import torch


class TwoLayers(torch.nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.into_hidden = torch.nn.Parameter(torch.nn.init.kaiming_normal_(torch.empty(32, 10)).T)
        self.hidden_offset = torch.nn.Parameter(torch.zeros(32))
        self.out_of_hidden = torch.nn.Parameter(torch.nn.init.xavier_normal_(torch.empty(32, 1)))
        self.offset = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        hidden = torch.einsum("ni,ih->nh", x, self.into_hidden) + self.hidden_offset
        hidden = hidden.clamp(min=0)
        if self.training and self.rate > 0:
            kept = (torch.rand_like(hidden) >= self.rate).to(hidden.dtype)
            hidden = hidden * kept / (1 - self.rate)
        return hidden @ self.out_of_hidden + self.offset


def build_model(dropout=0.0):
    return TwoLayers(dropout)


def train(model, x, y, epochs):
    model.train()
    parameters = list(model.parameters())
    losses = []
    for _ in range(epochs):
        loss = (model(x) - y).square().mean()
        slopes = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, slope in zip(parameters, slopes):
                parameter -= 0.05 * slope
        losses.append(float(loss))
    return losses


def predict(model, x):
    return model.eval()(x).detach()
