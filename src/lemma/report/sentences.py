"""Sentences about results, made from the outcome of the tests, so that prose cannot claim more than they found.

A model is called better only where the paired test says so after Holm's correction; otherwise no difference was found,
and the p-value stands beside it. Rankings of means are named as such.
"""

from typing import Any

from lemma.report.numbers import reading, signed, tenth

NAMES = {
    "majority": "majority",
    "nb": "naive Bayes",
    "logreg": "logistic regression",
    "nbsvm": "NBSVM",
    "mlp": "MLP",
    "cnn": "CNN",
    "rnn": "BiLSTM",
}


def sentences(facts: dict[str, Any]) -> dict[str, Any]:
    """Return every generated sentence by its place in the report.

    Args:
        facts: what `lemma.report.facts` gathered, before sentences.
    """
    return {
        "notice": notice(facts["data"]),
        "repeats": repeats(facts["data"]),
        "summary": summary(facts),
        "comparisons": [comparison(facts, row) for row in facts["significance"]["comparisons"]],
        "scores": scores(facts),
        "loss": loss(facts),
        "precision_recall": precision_recall(facts),
        "claims": claims(facts["claims"]),
        "cost": cost(facts),
    }


def notice(data: dict[str, Any]) -> str | None:
    """Return the warning that belongs over results on a demonstration corpus, else None."""
    if not data["demonstration"]:
        return None
    return "Results on the sample are a demonstration: they show that the pipeline works, not which model is better."


def repeats(data: dict[str, Any]) -> str:
    """Return where texts of the data stand more than once."""
    if not data["repeats"]:
        return "No text stands twice."
    return f"Texts that stand twice: {listed([f'''{r['number']['text']} {r['place']}''' for r in data['repeats']])}."


def comparison(facts: dict[str, Any], row: dict[str, Any]) -> str:
    """Return what the test found between the model that is best on dev and another one."""
    names = _names(facts)
    best, other, p = names[facts["significance"]["best"]], names[row["model"]], _p(row)
    if not row["significant"]:
        return f"Between {best} and {other} no difference found ({p})."
    size, low, high = (row[key]["value"] for key in ("difference", "low", "high"))
    winner, loser = best, other
    if size < 0:
        winner, loser, size, low, high = other, best, -size, -high, -low
    return f"{_capital(winner)} is better than {loser} by {tenth(size)} points ({signed(low)} to {signed(high)}; {p})."


def summary(facts: dict[str, Any]) -> str:
    """Return the finding in one or two sentences: the best model on dev, what it beats and what it does not."""
    names, tests = _names(facts), facts["significance"]
    best, rows = names[tests["best"]], tests["comparisons"]
    if not rows:
        return f"{_capital(best)} is the only model."
    beaten = [names[row["model"]] for row in rows if row["significant"] and row["difference"]["value"] > 0]
    beating = [names[row["model"]] for row in rows if row["significant"] and row["difference"]["value"] <= 0]
    level = [f"{names[row['model']]} ({_p(row)})" for row in rows if not row["significant"]]
    found = [f"better than {listed(beaten)}"] if beaten else []
    found += [f"worse than {listed(beating)}"] if beating else []
    first = f"{_capital(best)}, the most accurate model on dev, is {' and '.join(found)} on test" if found else ""
    if not level:
        return f"{first}."
    rest = f"no difference found from {listed(level)}"
    return f"{first}; {rest}." if first else f"{_capital(best)} is the most accurate model on dev; on test {rest}."


def scores(facts: dict[str, Any]) -> str:
    """Return the finding of the scores: the best model on dev beside the baseline, then what the tests say."""
    held = {model["key"]: model for model in facts["models"]}
    best = held[facts["significance"]["best"]]
    reached = f"{_capital(best['name'])} reaches {reading(best['scores']['test']['accuracy'])} test accuracy"
    if "majority" in held and best["key"] != "majority":
        reached += f", majority {reading(held['majority']['scores']['test']['accuracy'])}"
    return f"{reached}. {summary(facts)}"


def loss(facts: dict[str, Any]) -> str:
    """Return where each network's dev loss is lowest and whether it rises afterwards."""
    if not facts["loss"]:
        return "No model of this report trains by epochs."
    names, found = _names(facts), []
    for curve in facts["loss"]:
        rises = curve["last"]["value"] > curve["lowest"]["value"]
        end = f", then rises to {curve['last']['text']}" if rises else ""
        found.append(f"{names[curve['model']]} after epoch {curve['epoch']['text']} at {curve['lowest']['text']}{end}")
    return f"Mean dev loss is lowest for {listed(found, '; ')} nats."


def precision_recall(facts: dict[str, Any]) -> str:
    """Return which model's macro PR-AUC on test has the highest mean, as a ranking and no more."""
    ranked = sorted(facts["models"], key=lambda model: -(model["scores"]["test"]["pr_auc"]["value"] or 0))
    means = [f"{model['name']} {reading(model['scores']['test']['pr_auc'])}" for model in ranked[:2]]
    return f"Highest mean macro PR-AUC: {listed(means, ', then ')}; a ranking of means, not a test."


def claims(held: dict[str, Any]) -> str:
    """Return how many claims were proved and how many mutants refuted."""
    proved = f"Of {held['total']['text']} claims {held['proved']['text']} are proved"
    return f"{proved}; of {held['tried']['text']} falsified variants {held['refuted']['text']} are refuted."


def cost(facts: dict[str, Any]) -> str:
    """Return the dearest and the cheapest training, by mean seconds."""
    ranked = sorted(facts["models"], key=lambda model: model["seconds"]["value"])
    low, high = ranked[0], ranked[-1]
    return f"One training takes {reading(low['seconds'])} ({low['name']}) to {reading(high['seconds'])} ({high['name']})."


def identifiers(ids: list[str]) -> str:
    """Return claims' ids as a list, shortened to first and last where there are many; empty for none."""
    if len(ids) > 4:
        return f"{ids[0]} to {ids[-1]}"
    return listed(ids)


def listed(words: list[str], comma: str = ", ") -> str:
    """Return words as an English list."""
    if comma != ", " or len(words) < 2:
        return comma.join(words)
    return f"{comma.join(words[:-1])} and {words[-1]}"


def _names(facts: dict[str, Any]) -> dict[str, str]:
    return {model["key"]: model["name"] for model in facts["models"]}


def _p(row: dict[str, Any]) -> str:
    text = row["p_holm"]["text"]
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
