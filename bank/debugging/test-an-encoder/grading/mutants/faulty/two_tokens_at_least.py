from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocabulary, width, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.pairs = nn.Conv1d(width, width, kernel_size=2)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        return self.head(self.pairs(self.embedding(tokens).mT).amax(dim=2))
