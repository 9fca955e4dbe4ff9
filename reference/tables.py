"""Reference runs on tables with categories, gaps, groups and weighted classes, as recipes.py makes them."""

import csv

import numpy as np
import torch
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

import encoding
import files
import recipes
import training

MADE_BY = f"reference/tables.py, PyTorch {torch.__version__}, CPU"
MISSING = ["", "NA"]
PROBABILITIES = 12  # rows whose probabilities are written out

TABLES = {
    "table_a": {"file": "internal/model/testdata/table_a.csv", "classes": ["no", "yes"], "label": "outcome", "id": "visit",
                "group": "", "drop": ["remark", "site"], "categorical": ["kind", "colour", "size"],
                "test_size": 0.25, "random_state": 7},
    "table_b": {"file": "internal/dataset/testdata/table_b.csv", "classes": ["low", "mid", "high"], "label": "outcome",
                "id": "visit", "group": "site", "drop": ["remark"], "categorical": ["kind", "colour", "size"],
                "test_size": 0.25, "random_state": 2},
    "soybean": {"file": "internal/features/testdata/soybean.csv", "label": "Class", "id": "", "group": "", "drop": [],
                "test_size": 0.3, "random_state": 0},
}

SHORT = {"epochs": 20, "batch_size": 32, "output": "linear", "learning_rate": 0.005}
BALANCED = {"class_weight": "balanced"}
BINARY = {"loss": "binary_cross_entropy", "output": "sigmoid"}
RUNS = {
    "binary": ("table_a", SHORT | BINARY | {"scaling": "standard"}),
    "binary_balanced": ("table_a", SHORT | BINARY | BALANCED | {"scaling": "standard"}),
    "binary_balanced_smoothed": ("table_a", SHORT | BINARY | BALANCED | {"scaling": "variance", "label_smoothing": 0.2}),
    "two_classes_balanced_sigmoid": ("table_a", SHORT | BALANCED | {"output": "sigmoid", "batch_size": 0}),
    "two_classes_balanced_smoothed": ("table_a", SHORT | BALANCED | {"label_smoothing": 0.1, "activation": "tanh"}),
    "groups": ("table_b", SHORT | {"scaling": "variance"}),
    "groups_balanced_smoothed": ("table_b", SHORT | BALANCED | {"scaling": "standard", "label_smoothing": 0.1}),
    "groups_balanced_in_full": ("table_b", SHORT | BALANCED | {"scaling": "standard", "batch_size": 0, "hidden_sizes": [8, 5]}),
    "groups_balanced_ensemble": ("table_b", SHORT | BALANCED | {"scaling": "standard", "ensemble": 2, "optimizer": "sgd"}),
    "soybean": ("soybean", SHORT | {"hidden_sizes": [16]}),
    "soybean_balanced_smoothed": ("soybean", SHORT | BALANCED | {"hidden_sizes": [16], "label_smoothing": 0.05,
                                                                   "activation": "gelu"}),
}


def read(name):
    """A table's description, its header and its rows."""
    table = dict(TABLES[name])
    with open(files.ROOT / table["file"], newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    table.setdefault("classes", sorted({row[header.index(table["label"])] for row in rows}))
    table.setdefault("categorical", [column for column in header if column != table["label"]])
    return table, header, np.array(rows, dtype=object)


def column(table, header, rows, name):
    texts = rows[:, header.index(name)]
    if name in table["categorical"]:
        return np.array([None if text in MISSING else text for text in texts], dtype=object)
    return np.array([np.nan if text in MISSING else float(text) for text in texts])


def split(table, header, rows, labels):
    """Row numbers of train and test."""
    numbers, size, state = np.arange(len(rows)), table["test_size"], table["random_state"]
    if table["group"]:
        folds = StratifiedGroupKFold(round(1 / size), shuffle=True, random_state=state)
        return next(folds.split(numbers, labels, rows[:, header.index(table["group"])]))
    return train_test_split(numbers, test_size=size, random_state=state, stratify=labels)


def run(name):
    of, overrides = RUNS[name]
    params = training.DEFAULTS | overrides
    table, header, rows = read(of)
    labels = rows[:, header.index(table["label"])]
    indices = np.array([table["classes"].index(label) for label in labels])
    left_out = [table["label"], table["id"], table["group"], *table["drop"]]
    names = [each for each in header if each not in left_out]
    train, test = split(table, header, rows, labels.astype(str))
    inputs, fitted_names = encoding.encode([column(table, header, rows, each) for each in names], train, params["scaling"], names)
    _, history, probabilities, predicted = training.ensemble(
        params | {"scaling": "none"}, 0, (inputs[train], indices[train]), (inputs[test], indices[test]), len(table["classes"]))
    return {"name": name, "table": of, "params": params, "inputs": fitted_names, "history": history,
            "train_rows": train, "test_rows": test,
            "probabilities": probabilities[:PROBABILITIES], "predictions": files.digits(predicted)}


def described():
    tables = []
    for name in TABLES:
        table, _, _ = read(name)
        tables.append({"name": name} | table | {"header": True, "missing": MISSING})
    return tables


def write_all():
    runs, refused = recipes.agreed(__file__)
    for each in refused:
        print("refused:", each["name"], each["agreement"])
    files.write("internal/model/testdata/tables.json", MADE_BY, tables=described(), refused=refused, runs=runs)


if __name__ == "__main__":  # in a process of its own, see recipes.under
    torch.set_num_threads(1)
    recipes.printed([run(name) for name in RUNS])
