"""A made-up result with a real difference and one without, and the conclusions that they give."""

from typing import Any

from lemma.report import conclusion_sentences as conclusion
from lemma.report.numbers import number


def decide(facts: dict[str, Any], difference: float, significant: bool, finding: str) -> str:
    """Set the only primary comparison, CNN against logistic regression, and return the conclusion."""
    record = number(difference, "points", 100, "x", low=difference - 2, high=difference + 2)
    row: dict[str, Any] = {
        "model": "cnn",
        "other": "logreg",
        "difference": record,
        "detectable": number(2.8, "size", 100, "x"),
    }
    row |= {"significant": significant, "finding": finding}
    facts["significance"] |= {"reference": "cnn", "linear": "logreg", "primary": [row]}
    return conclusion.describe_conclusion(facts).replace("\u00a0", " ")


def test_a_real_difference_is_concluded_with_its_size(facts: dict[str, Any]) -> None:
    sentence = decide(facts, 5.1, True, "better")
    assert "CNN is better than logistic regression, by 5.1 points." in sentence
    assert "remains open" not in sentence
    assert "CNN is worse than logistic regression, by 5.1 points." in decide(facts, -5.1, True, "worse")


def test_without_a_difference_the_question_remains_open(facts: dict[str, Any]) -> None:
    sentence = decide(facts, 0.5, False, "not significant")
    assert (
        "The comparison of CNN with logistic regression remains open: differences from −1.5 to 2.5 points are "
        "compatible with the data." in sentence
    )
    assert "better than" not in sentence
    assert any("below about 2.8 points" in limit for limit in conclusion.describe_limitations(facts))


def test_the_model_with_the_highest_test_score_is_named(facts: dict[str, Any]) -> None:
    scores = {model["name"]: model["scores"]["test"]["score"]["value"] for model in facts["models"]}
    assert f"that of {max(scores, key=lambda name: scores[name])}," in conclusion.describe_conclusion(facts)


def test_limitations_depend_on_tuning_runs_and_vectors(facts: dict[str, Any]) -> None:
    text = " ".join(conclusion.describe_limitations(facts))
    assert "Hyperparameters were not tuned" in text
    assert "pre-trained vectors were not studied" in text
    assert "With one run" not in text
    facts |= {"runs": number(1, "runs", 1, "x"), "pretrained": True}
    facts["tuning"]["models"] = [{"trials": number(8, "trials", 8, "x")}]
    text = " ".join(conclusion.describe_limitations(facts))
    assert "limited to 8 trials" in text
    assert "With one run, the variance between runs is unknown." in text
    assert "pre-trained" not in text


def test_a_test_score_below_the_dev_score_is_discussed_only_if_the_intervals_are_apart(facts: dict[str, Any]) -> None:
    best = next(model for model in facts["models"] if model["key"] == facts["significance"]["reference"])
    best["scores"]["dev"]["score"] = number(69.0, "%", 5, "x", low=67.0, high=71.0)
    best["scores"]["test"]["score"] = number(63.0, "%", 5, "x", low=62.0, high=64.0)
    assert "6.0 points below that on dev" in conclusion.describe_limitations(facts)[-1]
    best["scores"]["test"]["score"] = number(66.0, "%", 5, "x", low=65.0, high=67.5)
    assert "below that on dev" not in " ".join(conclusion.describe_limitations(facts))


def test_a_report_on_sentences_says_that_published_work_trains_on_phrases(facts: dict[str, Any]) -> None:
    assert conclusion.describe_protocol(facts) == ""
    facts |= {"dataset": "sst2", "granularity": "sentences"}
    assert "trains on all labelled phrases" in conclusion.describe_protocol(facts)
    facts["granularity"] = "phrases"
    assert conclusion.describe_protocol(facts) == ""


def test_the_total_cost_includes_search_and_learning_curves(facts: dict[str, Any]) -> None:
    costs = facts["costs"]
    assert costs["trainings"]["value"] == sum(costs[kind]["value"] for kind in ("final", "search", "fractions"))
    assert costs["fractions"]["value"] > 0
    text = conclusion.describe_reproduction(facts).replace("\u00a0", " ")
    assert f"{costs['trainings']['text']} models were trained ({costs['final']['text']} final trainings and" in text
    for wanted in ("PyTorch", "Python", costs["processor"], "CPU, 1 thread", "(0–4)"):
        assert wanted in text
