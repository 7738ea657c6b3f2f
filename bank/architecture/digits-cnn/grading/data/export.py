"""How data/train.npz and grading/data/held_out.npz came to be. Not part of a grading.

    python -m venv /tmp/digits && /tmp/digits/bin/pip install scikit-learn==1.9.1
    /tmp/digits/bin/python bank/architecture/digits-cnn/grading/data/export.py

Writes the same arrays each time: the 1,797 images in an order that a fixed seed draws, the last 517 held out.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

HELD_OUT = 517
QUESTION = Path(__file__).parents[2]


def main():
    digits = load_digits()
    order = np.random.Generator(np.random.PCG64(20)).permutation(len(digits.target))
    images, labels = digits.images[order].astype(np.uint8), digits.target[order].astype(np.uint8)
    save(QUESTION / "data/train.npz", images[:-HELD_OUT], labels[:-HELD_OUT])
    save(QUESTION / "grading/data/held_out.npz", images[-HELD_OUT:], labels[-HELD_OUT:])


def save(path, images, labels):
    np.savez_compressed(path, images=images, labels=labels)
    print(path.name, images.shape, np.bincount(labels))


main()
