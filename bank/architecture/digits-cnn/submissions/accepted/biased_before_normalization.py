"""Convolutions that keep their bias in front of a normalization, plain SGD, one optimizer step for each 20 images."""

import torch
from torch import nn


def block(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1))


class SmallCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(block(1, 16), nn.MaxPool2d(2), block(16, 32))
        self.head = nn.Linear(32 * 16, 10)

    def forward(self, x):
        return self.head(self.body(x).reshape(len(x), -1))


def build_model():
    return SmallCNN()


def train(model, images, labels, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(epochs):
        model.train()
        parts = []
        for pixels, digits in zip(images.split(20), labels.split(20)):
            loss = nn.functional.cross_entropy(model(pixels), digits)
            model.zero_grad()
            loss.backward()
            optimizer.step()
            parts.append(loss.item())
        losses.append(sum(parts) / len(parts))
    return losses


@torch.no_grad()
def predict(model, images):
    return torch.stack([model.eval()(image[None])[0].argmax() for image in images])
