from typing import Any

from lemma.report import sentences
from lemma.report import training_sentences as training
from lemma.report.model_names import NAMES
from lemma.report.numbers import number


def decide(facts: dict[str, Any], **outcomes: tuple[float, float, bool]) -> str:
    """Set (difference in points, corrected p, significant) of cnn minus each model; return the sentences."""
    rows = [
        {
            "model": "cnn",
            "other": model,
            "difference": number(difference, "points", 100, "x", low=difference - 2, high=difference + 2),
            "p": number(p, "p", 100, "x"),
            "detectable": number(2.8, "size", 100, "x"),
            "significant": significant,
            "finding": sentences.name_outcome(significant, difference),
        }
        for model, (difference, p, significant) in outcomes.items()
    ]
    facts["significance"] |= {"reference": "cnn", "linear": "logreg", "primary": rows, "exploratory": []}
    return sentences.describe_significance(facts).replace("\u00a0", " ")


def test_a_real_difference_is_stated_with_its_interval_and_p(facts: dict[str, Any]) -> None:
    assert decide(facts, majority=(30, 0.0004, True)).startswith(
        "CNN (the best network on dev) is better than majority: +30.0 points, interval 28.0 to 32.0, p = 0.0004."
    )


def test_without_a_difference_the_smallest_detectable_one_is_stated(facts: dict[str, Any]) -> None:
    assert decide(facts, logreg=(0.5, 0.31, False)).startswith(
        "The data show no difference between CNN (the best network on dev) and logistic regression (the best linear "
        "model on dev): +0.5 points, interval −1.5 to 2.5, p = 0.31; a difference of 2.8 points would have been found "
        "with a probability of 80 %."
    )


def test_no_model_is_called_better_without_a_significant_test(facts: dict[str, Any]) -> None:
    decide(facts, majority=(30, 0.2, False), logreg=(20, 0.06, False))
    for sentence in sentences.write_sentences(facts).values():
        assert "better" not in (sentence or "").replace(sentences.describe_notice(facts["data"]) or "", "")
    assert sentences.name_outcome(False, 20) == "not significant"


def test_the_best_network_on_dev_may_be_worse_on_test(facts: dict[str, Any]) -> None:
    assert "is worse than logistic regression" in decide(facts, logreg=(-3, 0.01, True))
    assert [sentences.name_outcome(True, difference) for difference in (3, -3)] == ["better", "worse"]


def test_exploratory_comparisons_are_said_to_be_so(facts: dict[str, Any]) -> None:
    assert decide(facts).endswith("In exploratory comparisons of the best network on dev, there is no further model.")


def test_results_on_a_demonstration_data_set_are_called_a_demonstration() -> None:
    assert "demonstration" in (sentences.describe_notice({"demonstration": True}) or "")
    assert sentences.describe_notice({"demonstration": False}) is None


def test_the_dev_loss_rises_only_if_its_last_value_is_higher(facts: dict[str, Any]) -> None:
    assert "loss over the epochs that all runs reached rises from" in training.describe_loss(facts)
    for curve in facts["loss"]:
        curve["last"] = curve["lowest"]
    assert "reached does not rise for MLP, CNN and RNN." in training.describe_loss(facts)


def test_the_loss_sentence_states_that_there_are_no_networks(facts: dict[str, Any]) -> None:
    facts["loss"] = []
    assert training.describe_loss(facts) == "No model of this report is trained in epochs."


def test_the_two_models_with_the_highest_pr_auc_are_named(facts: dict[str, Any]) -> None:
    means = {model["name"]: model["scores"]["test"]["pr_auc"]["value"] for model in facts["models"]}
    first, second = sorted(means, key=lambda name: -means[name])[:2]
    sentence = sentences.describe_precision_recall(facts)
    assert sentence.startswith(f"The mean macro PR-AUC is highest for {first} (")
    assert f"followed by {second} (" in sentence
    facts["models"] = facts["models"][:1]
    assert sentences.describe_precision_recall(facts).startswith("Macro PR-AUC: majority (")


def test_only_proved_claims_are_counted_as_proved(facts: dict[str, Any]) -> None:
    assert sentences.describe_claims(facts["claims"]).startswith(
        "All 5 claims of the exercises are proved; 45 of 45 false variants"
    )
    facts["claims"]["proved"] = number(4, "claims", 5, "x")
    assert sentences.describe_claims(facts["claims"]).startswith(
        "4 of 5 claims of the exercises are proved, the others checked"
    )


def test_duplicates_and_removed_documents_are_stated(facts: dict[str, Any]) -> None:
    assert sentences.describe_removed(facts["data"]) == "Removed documents: 2 (no text)."
    assert sentences.describe_removed({"left_out": []}) is None
    size = facts["data"]["leaks"]["sizes"]["test"]["text"]
    sentence = sentences.write_sentences(facts)["duplicates"]
    assert sentence.startswith(
        f"1 of {size} test documents (0.9\u00a0%) also occurs in the training set verbatim, 2 up to case"
    )


def test_the_metric_and_the_unit_of_the_data_set_are_stated(facts: dict[str, Any]) -> None:
    assert sentences.describe_data(facts["data"]) == (
        "The data set contains 400 documents. Its primary metric is accuracy."
    )
    facts["data"].update(granularity="phrases", metric="macro recall")
    sentence = sentences.describe_data(facts["data"])
    assert "400 texts (labelled phrases in the training set, whole sentences in the dev and test sets)" in sentence


def test_tuned_models_and_their_numbers_of_trials_are_stated(facts: dict[str, Any]) -> None:
    assert training.describe_tuning(facts).startswith("Hyperparameters were not tuned")
    assert training.describe_budget(facts) == ""
    searched = [{"key": key, "name": NAMES[key], "trials": number(8, "trials", 8, "x")} for key in ("mlp", "cnn")]
    curves = {"mlp": [0.7, 0.8], "cnn": [0.6, 0.9]}
    facts["tuning"] |= {"models": searched}
    facts["tuning"]["curves"] = [
        {"model": model, "curve": [{"expected": value} for value in values]} for model, values in curves.items()
    ]
    assert (
        "The hyperparameters of MLP and CNN were tuned with 8 trials each, for dev accuracy in one run."
        in training.describe_tuning(facts)
    )
    assert "Those of logistic regression and RNN were not tuned, but set by hand." in training.describe_tuning(facts)
    assert sentences.describe_scores(facts).endswith(" Only the hyperparameters of MLP and CNN were tuned.")
    assert training.describe_budget(facts) == "MLP has the highest expected score with one trial, CNN with all."
    curves["mlp"][1] = 0.95
    facts["tuning"]["curves"][0]["curve"][1]["expected"] = 0.95
    assert training.describe_budget(facts) == ("MLP has the highest expected score with one trial and with all trials.")


def test_the_lowest_and_highest_calibration_error_are_named(facts: dict[str, Any]) -> None:
    facts["calibration"] = [
        {"model": model, "ece": number(value, "%", 5, "x")}
        for model, value in (("majority", 0.0), ("mlp", 9.0), ("cnn", 3.0))
    ]
    assert sentences.describe_calibration(facts) == (
        "The expected calibration error is lowest for CNN (3.0 points) and highest for MLP (9.0 points)."
    )
