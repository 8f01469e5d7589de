"""Comparisons of models on test: the primary ones, named in params.yaml before results are seen, and exploratory ones.

A primary comparison names two sides: a model, or a group (`network`, `linear`), whose best model on dev stands for it.
The first side of the first primary comparison is the reference: it is compared with all other models, which is
exploratory. Each family of comparisons is corrected on its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lemma.evaluation.spreads import SplitScores, flatten
from lemma.evaluation.summary import Path
from lemma.evaluation.uncertainty import Spread, compare_with_zero, spread_crossed, spread_folds
from lemma.params import find_group

Pair = tuple[str, str]


def choose_sides(primary: Sequence[Sequence[str]], models: Sequence[str], dev: Mapping[str, float]) -> list[Pair]:
    """Return the models of the primary comparisons; a comparison with a side that is not there is left out.

    Args:
        primary: pairs of models or groups.
        models: the models of the experiment; the first of several with the same dev score is the best.
        dev: mean primary score on dev by model.
    """
    pairs: list[Pair] = []
    for sides in primary:
        members = [[model for model in models if side in (model, find_group(model))] for side in sides]
        if all(members):
            first, second = (max(group, key=lambda model: dev[model]) for group in members)
            if first != second and (first, second) not in pairs:
                pairs.append((first, second))
    return pairs


def choose_reference(primary: Sequence[Pair], models: Sequence[str], dev: Mapping[str, float]) -> str:
    """Return the model that is compared with all others: that of the first primary comparison, or the best on dev."""
    return primary[0][0] if primary else max(models, key=lambda model: dev[model])


def compare_models(
    test: SplitScores, pairs: Sequence[Pair], primary: Path, confidence: float, ratio: float | None
) -> list[dict[str, Any]]:
    """Test the differences of a family of comparisons.

    Args:
        test: scores on test.
        pairs: the two models of each comparison.
        primary: path of the primary metric.
        confidence: level of the intervals, of all of the family at once.
        ratio: with folds, number of test documents over number of training documents of a run; otherwise None.

    Returns:
        [{model, other, difference, error, freedom, low, high, p, significant, detectable}]: `p` is adjusted for the
        family, `significant` is p <= 1 - confidence, `detectable` is the smallest difference that the test detects with
        a probability of 80 %.
    """
    rows = []
    for pair in pairs:
        first, second = ([flatten(scores)[primary] for scores in test.runs[model]] for model in pair)
        difference = sum(first) / len(first) - sum(second) / len(second)
        spread = _spread(test, pair, [a - b for a, b in zip(first, second, strict=True)], ratio)
        result = compare_with_zero(difference, spread, confidence, len(pairs))
        rows.append(
            {
                "model": pair[0],
                "other": pair[1],
                "difference": difference,
                "error": spread.error,
                "freedom": spread.freedom,
                **result._asdict(),
                "significant": result.p <= 1 - confidence,
            }
        )
    return rows


def _spread(test: SplitScores, pair: Pair, differences: Sequence[float], ratio: float | None) -> Spread:
    """Return the spread of a difference: of folds if a ratio is given, else of the crossed bootstrap."""
    if ratio is not None:
        return spread_folds(differences, ratio)
    return spread_crossed([test.resampled[model] for model in pair], test.documents)
