from typing import Any

from lemma.report import sentences, training_sentences
from lemma.report.model_names import NAMES
from lemma.report.numbers import number


def decide(held: dict[str, Any], **outcomes: tuple[float, float, bool]) -> str:
    """Let the tests find (difference in points, corrected p, significant) against each model; the best is cnn."""
    held["significance"]["best"] = "cnn"
    held["significance"]["comparisons"] = [
        {
            "model": model,
            "difference": number(difference, "points", 100, "x"),
            "p_holm": number(p, "p", 100, "x"),
            "significant": significant,
            "epsilon": number(0.9, "epsilon", 100, "x"),
            "dominant": False,
        }
        for model, (difference, p, significant) in outcomes.items()
    ]
    return sentences.summary(held).replace("\u00a0", " ")


def test_better_is_said_only_where_the_corrected_test_is_significant(held: dict[str, Any]) -> None:
    said = decide(held, majority=(30, 0.0004, True), mlp=(2, 0.31, False))
    assert said == (
        "CNN, the best model on dev, is better than majority on test; no difference found from MLP (p = 0.31)."
    )


def test_flipping_the_outcome_flips_the_sentence(held: dict[str, Any]) -> None:
    said = decide(held, majority=(30, 0.2, False), mlp=(2, 0.01, True))
    assert "better than MLP" in said
    assert "no difference found from majority (p = 0.20)" in said


def test_without_significance_nothing_is_called_better(held: dict[str, Any]) -> None:
    decide(held, majority=(30, 0.2, False), mlp=(20, 0.06, False))
    for said in sentences.sentences(held).values():
        assert "better" not in (said or "").replace(sentences.notice(held["data"]) or "", "")
    assert sentences.finding(False, 20) == "no difference found"


def test_the_best_on_dev_may_be_worse_on_test(held: dict[str, Any]) -> None:
    assert "is better than majority and worse than MLP on test." in decide(
        held, majority=(30, 0.001, True), mlp=(-3, 0.01, True)
    )
    assert [sentences.finding(True, difference) for difference in (3, -3)] == ["better", "worse"]


def test_one_model_alone_is_compared_with_none(held: dict[str, Any]) -> None:
    assert decide(held) == "CNN is the only model."


def test_results_on_the_sample_are_called_a_demonstration() -> None:
    assert "demonstration" in (sentences.notice({"demonstration": True}) or "")
    assert sentences.notice({"demonstration": False}) is None


def test_a_loss_that_does_not_rise_is_not_said_to_rise(held: dict[str, Any]) -> None:
    assert "loss over the epochs that all runs reached rises from" in training_sentences.loss(held)
    for curve in held["loss"]:
        curve["last"] = curve["lowest"]
    assert "reached does not rise for MLP, CNN and RNN." in training_sentences.loss(held)


def test_without_networks_the_loss_sentence_says_so(held: dict[str, Any]) -> None:
    held["loss"] = []
    assert training_sentences.loss(held) == "No model of this report trains by epochs."


def test_rankings_of_means_are_called_rankings(held: dict[str, Any]) -> None:
    assert sentences.precision_recall(held).endswith("a ranking of means, not a test.")


def test_unproved_claims_are_not_counted_as_proved(held: dict[str, Any]) -> None:
    assert sentences.claims(held["claims"]).startswith("All 5 claims of the exercises are proved; of 45 falsified")
    held["claims"]["proved"] = number(4, "claims", 5, "x")
    assert sentences.claims(held["claims"]).startswith("Of 5 claims of the exercises 4 are proved")


def test_what_stands_twice_and_what_was_left_out_is_told(held: dict[str, Any]) -> None:
    assert sentences.left_out(held["data"]) == "Left out: 2 (no text)."
    assert sentences.left_out({"left_out": []}) is None
    size = held["data"]["leaks"]["sizes"]["test"]["text"]
    said = sentences.sentences(held)["repeats"]
    assert said.startswith(f"1 of {size} texts of test (0.9\u00a0%) also stands in train letter for letter, 2 if case")


def test_the_metric_and_the_unit_of_the_set_are_told(held: dict[str, Any]) -> None:
    assert sentences.used(held["data"]) == "The set holds 400 documents; its metric is accuracy."
    held["data"].update(granularity="phrases", metric="macro recall")
    said = sentences.used(held["data"])
    assert "400 texts, in train labelled phrases, in dev and test whole sentences; its metric is macro recall" in said


def test_a_search_is_told_by_its_models_and_their_trials(held: dict[str, Any]) -> None:
    assert training_sentences.tuning(held).startswith("No settings were searched for")
    assert training_sentences.budget(held) == ""
    searched = [{"key": key, "name": NAMES[key], "trials": number(8, "trials", 8, "x")} for key in ("mlp", "cnn")]
    curves = {"mlp": [0.7, 0.8], "cnn": [0.6, 0.9]}
    held["tuning"] |= {"models": searched}
    held["tuning"]["curves"] = [
        {"model": model, "curve": [{"expected": value} for value in values]} for model, values in curves.items()
    ]
    assert "of MLP and CNN were searched for, with 8 trials each" in training_sentences.tuning(held)
    assert (
        "Those of logistic regression and RNN were not: they are the values of params.yaml."
        in training_sentences.tuning(held)
    )
    assert sentences.scores(held).endswith(" Only the settings of MLP and CNN were searched for.")
    assert training_sentences.budget(held).startswith("MLP leads at first, CNN with all")
    curves["mlp"][1] = 0.95
    held["tuning"]["curves"][0]["curve"][1]["expected"] = 0.95
    assert training_sentences.budget(held).startswith("MLP leads with one trial and with all")


def test_dominance_over_runs_is_said_only_where_it_was_found(held: dict[str, Any]) -> None:
    held["significance"]["best"] = "cnn"
    rows = [("mlp", 0.05, True), ("rnn", 0.4, False)]
    held["significance"]["comparisons"] = [
        {"model": model, "epsilon": number(value, "epsilon", 5, "x"), "dominant": found} for model, value, found in rows
    ]
    assert sentences.dominance(held) == (
        "Over runs CNN is almost stochastically dominant over MLP and is not shown to dominate RNN."
    )
    held["significance"]["comparisons"][0]["dominant"] = False
    assert sentences.dominance(held) == "Over runs CNN is not shown to dominate MLP or RNN."
    for row in held["significance"]["comparisons"]:
        row["epsilon"] = number(None, "epsilon", 1, "x")
    assert "is not known" in sentences.dominance(held)


def test_calibration_and_lengths_are_rankings_with_their_numbers(held: dict[str, Any]) -> None:
    held["calibration"] = [
        {"model": model, "ece": number(value, "%", 5, "x")}
        for model, value in (("majority", 0.0), ("mlp", 9.0), ("cnn", 3.0))
    ]
    assert sentences.calibration(held) == (
        "Expected calibration error in points: least CNN (3.0), greatest MLP (9.0); a ranking of means."
    )
    name = next(model["name"] for model in held["models"] if model["key"] == held["significance"]["best"])
    held["lengths"] = [
        {"words": words, "accuracy": number(value, "%", 9, "x")} for words, value in (("1–4", 80.0), ("5–9", 70.0))
    ]
    said = sentences.lengths(held).replace("\u00a0", " ")
    assert (
        said == f"The accuracy of {name} is highest, 80.0 % at 1–4 words, and lowest, 70.0 % at 5–9 words; a ranking."
    )
