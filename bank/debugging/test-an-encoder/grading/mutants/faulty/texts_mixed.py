from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocabulary, width, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        batch, length = tokens.shape
        by_position = self.embedding(tokens).reshape(length, batch, -1)
        return self.head(by_position.mean(dim=0))
