"""Cross-validation with PyTorch on scikit-learn's folds, under two instruction sets."""

import numpy as np
import torch
from scipy import stats
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold

import datasets
import files
import recipes
import scores
import training

FOLDER = "cmd/crossvalidate/testdata/"
# name: (data set, train section, splits, repeats, random_state)
RUNS = {
    "default": ("sonar", {}, 10, 10, 0),
    "batch_16": ("sonar", {"batch_size": 16, "scaling": "standard", "output": "linear",
                           "learning_rate": 0.001, "epochs": 30, "seed": 2**32 - 15}, 10, 2, 0),
    "ensemble": ("sonar", {"ensemble": 3, "scaling": "variance", "epochs": 10, "seed": 7,
                           "learning_rate": 0.001, "loss": "binary_cross_entropy",
                           "hidden_sizes": [8]}, 5, 2, 3),
    "wine": ("wine", {"hidden_sizes": [8], "scaling": "standard", "epochs": 15, "batch_size": 16,
                      "label_smoothing": 0.1, "output": "linear"}, 4, 2, 42),
}


def folds(params, data, scheme, splitter, splits, repeats):
    """Each fold's scores, and for each repeat the class predicted for each row."""
    rows, labels, _, _ = datasets.load(data)
    classes = len(datasets.SETS[data]["classes"])
    texts = np.array(datasets.SETS[data]["classes"])[labels]
    measured, predictions = [], np.zeros((repeats, len(labels)), dtype=int)
    for number, (train, test) in enumerate(splitter.split(rows, texts)):
        repeat, fold = divmod(number, splits)
        _, _, probabilities, predicted = training.ensemble(
            params, number, (rows[train], labels[train]), (rows[test], labels[test]), classes)
        found = scores.basic(labels[test], probabilities, predicted)
        found["loss"] = found.pop("log_loss")
        measured.append({"scheme": scheme, "repeat": repeat, "fold": fold, "rows": len(test)}
                        | found)
        predictions[repeat, test] = predicted
    return {"folds": measured, "predictions": [files.digits(row) for row in predictions]}


def summary(folds, splits, repeats):
    """Mean over folds, deviation of the repeats' means, corrected 95 % interval (see scores)."""
    found = {}
    for name in ("accuracy", "f1_macro", "roc_auc", "loss"):
        values = np.array([fold[name] for fold in folds])
        mean, count = values.mean(), len(values)
        error = values.std(ddof=1) * np.sqrt(1 / count + 1 / (splits - 1))
        half = stats.t.ppf(0.975, count - 1) * error
        found[name] = {"mean": mean, "low": mean - half, "high": mean + half}
        if repeats > 1:
            found[name]["sd"] = values.reshape(repeats, splits).mean(axis=1).std(ddof=1)
    return found


def run(name):
    data, overrides, splits, repeats, state = RUNS[name]
    params = training.DEFAULTS | overrides
    shuffled = RepeatedStratifiedKFold(n_splits=splits, n_repeats=repeats, random_state=state)
    blocks = StratifiedKFold(n_splits=splits, shuffle=False)
    return {"name": name, "data": data, "params": params, "splits": splits, "repeats": repeats,
            "random_state": state,
            "stratified": folds(params, data, "stratified", shuffled, splits, repeats),
            "blocked": folds(params, data, "blocked", blocks, splits, 1)}


def summarised(result):
    splits = result["splits"]
    for scheme, repeats in [("stratified", result["repeats"]), ("blocked", 1)]:
        part = result[scheme]
        result[scheme] = part | {"summary": summary(part["folds"], splits, repeats)}
    return result


def write_all():
    results = recipes.agreed(__file__)[0]
    assert len(results) == len(RUNS), "a cross-validation was refused"
    files.write(FOLDER + "references.json", recipes.MADE_BY.replace("recipes", "crossvalidation"),
                runs=[summarised(result) for result in results])


if __name__ == "__main__":  # in a process of its own, see recipes.under
    torch.set_num_threads(1)
    recipes.printed([run(name) for name in RUNS])
