"""How far two readers of the same answers agree."""

from collections import Counter
from collections.abc import Hashable, Sequence

Pair = tuple[Hashable, Hashable]


def observed(pairs: Sequence[Pair]) -> float:
    """The share of pairs that are the same, in 0..1; of nothing, 0."""
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else 0.0


def alpha(pairs: Sequence[Pair]) -> float | None:
    """Krippendorff's alpha for nominal values of two observers who stand for any others: at most 1, and 0 is chance.

    alpha = 1 − D_o / D_e, with the n = 2N values of both observers pooled: D_o = (values in pairs that differ) / n and
    D_e = sum_{c≠k} n_c n_k / (n (n − 1)). Pooling suits reviewers who take turns, where Cohen's kappa wants one pair
    throughout. None where only one value occurs: then there is nothing that chance could confuse.

    K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania, 2011.
    """
    values = Counter(value for pair in pairs for value in pair)
    n = values.total()
    expected = n * n - sum(count * count for count in values.values())
    if not expected:
        return None
    differing = 2 * sum(one != other for one, other in pairs)
    return 1 - (n - 1) * differing / expected
