"""Explain a classification: by the features of a linear model, by occlusion for a network."""

from typing import Any

from lemma.prediction.classifier import BLOCK, Predictor, Probabilities, Tokens

MAX_FEATURES = 20  # number of features or tokens that an explanation lists
MAX_OCCLUDED = 400  # tokens of a text that are occluded one by one


def explain(model: Predictor, tokens: Tokens, probabilities: Probabilities, label: int) -> list[dict[str, Any]]:
    """Return the features that contribute most to a class, the largest absolute weight first.

    For a linear model the weight of a feature is its contribution to the decision function. For a network the weight
    of a token is the decrease of the probability when this token is removed (occlusion).

    Args:
        model: that classified the text.
        tokens: of the text.
        probabilities: (classes,) of the text.
        label: index of the class to explain.
    """
    if model.contributions is not None:
        weights = [(feature, float(contribution[label])) for feature, contribution in model.contributions(tokens)]
    else:
        weights = _occlude(model, tokens, probabilities, label)
    weights.sort(key=lambda pair: -abs(pair[1]))
    return [{"feature": feature, "weight": round(weight, 6)} for feature, weight in weights[:MAX_FEATURES]]


def _occlude(model: Predictor, tokens: Tokens, probabilities: Probabilities, label: int) -> list[tuple[str, float]]:
    """Return each token with the decrease of the probability of a class without it, in the order of the text."""
    weights = []
    count = min(len(tokens), MAX_OCCLUDED)
    for start in range(0, count, BLOCK):
        occluded = range(start, min(start + BLOCK, count))
        without = model.classify([tokens[:index] + tokens[index + 1 :] for index in occluded])
        weights += [(tokens[i], float(probabilities[label] - row[label])) for i, row in zip(occluded, without)]
    return weights
