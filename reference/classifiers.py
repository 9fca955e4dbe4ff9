"""The accuracy of scikit-learn's MLPClassifier on data sets that it ships, and on two of R's mlbench
that have texts and gaps, for comparison with this project's on the same folds and with the same settings. Initial weights and shuffles differ, so
each fold is trained on with several seeds. And the accuracy of a support vector machine on Sonar,
which is what the recipes are compared with."""

import csv
import warnings

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import files

MADE_BY = f"reference/classifiers.py, scikit-learn {sklearn.__version__}"
SPLITS, REPEATS, RANDOM_STATE = 5, 4, 0
SEEDS = 5  # trainings of each fold
SETS = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer,
        "digits": load_digits}
# Of test/pipeline/testdata: the label's column, from 0, and the first and the end of the features; texts or numbers.
TABLES = {"HouseVotes84": (0, 1, 17, OneHotEncoder(handle_unknown="ignore")),
          "PimaIndiansDiabetes2": (9, 1, 9, make_column_transformer(
              (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), slice(0, 8)),
              (MissingIndicator(error_on_new=False), slice(0, 8))))}
# What params.yaml calls them, and what scikit-learn does. Nothing stops a training early.
TRAIN = {"hidden_sizes": [20], "activation": "relu", "output": "linear", "loss": "cross_entropy",
         "optimizer": "adam", "learning_rate": 0.01, "weight_decay": 0, "schedule": "constant",
         "epochs": 30, "batch_size": 32, "scaling": "standard"}
SETTINGS = {"hidden_layer_sizes": (20,), "activation": "relu", "solver": "adam", "alpha": 0,
            "learning_rate_init": 0.01, "batch_size": 32, "max_iter": 30, "n_iter_no_change": 30,
            "tol": 0}


def table(name):
    """Rows and labels of a table that R exported, and what makes inputs of them. NA is one more text, or a gap."""
    label, first, end, inputs = TABLES[name]
    with open(files.ROOT / f"test/pipeline/testdata/{name}.csv", newline="", encoding="utf-8") as file:
        _, *lines = csv.reader(file)
    rows = np.array([line[first:end] for line in lines], dtype=object)
    if not isinstance(inputs, OneHotEncoder):
        rows = np.where(rows == "NA", "nan", rows).astype(float)
    return rows, np.array([line[label] for line in lines]), inputs


def accuracy(seed, rows, labels, inputs, train, test):
    classifier = make_pipeline(clone(inputs), MLPClassifier(random_state=seed, **SETTINGS))
    return classifier.fit(rows[train], labels[train]).score(rows[test], labels[test])


def folds(rows, labels, inputs):
    """The mean accuracy of each fold over the seeds."""
    splitter = RepeatedStratifiedKFold(n_splits=SPLITS, n_repeats=REPEATS,
                                       random_state=RANDOM_STATE)
    return [np.mean([accuracy(seed, rows, labels, inputs, train, test) for seed in range(SEEDS)])
            for train, test in splitter.split(rows, labels)]


def svm():
    """An SVM's accuracy on each of the folds by which the recipes are measured, and of what data."""
    name, splits, repeats, random_state = "sonar.all-data", 10, 10, 0
    rows, labels = map(np.array, files.read(name))
    machine = make_pipeline(StandardScaler(), SVC(C=10, gamma=1 / 60))
    schemes = {"stratified": RepeatedStratifiedKFold(n_splits=splits, n_repeats=repeats,
                                                     random_state=random_state),
               "blocked": StratifiedKFold(n_splits=splits)}
    return {"md5": files.md5(name), "splits": splits, "repeats": repeats,
            "random_state": random_state,
            **{name: cross_val_score(machine, rows, labels, cv=scheme)
               for name, scheme in schemes.items()}}


def write_all():
    files.write("recipes/svm.json", MADE_BY, **svm())
    runs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are wanted
        for name, load in SETS.items():
            bunch = load()
            runs.append({"data": name, "accuracies": folds(bunch.data, bunch.target, StandardScaler())})
        runs += [{"data": name, "accuracies": folds(*table(name))} for name in TABLES]
    files.write("recipes/testdata/classifiers.json", MADE_BY,
                settings={key: str(value) for key, value in SETTINGS.items()}, train=TRAIN,
                splits=SPLITS, repeats=REPEATS, random_state=RANDOM_STATE, seeds=SEEDS, runs=runs)


if __name__ == "__main__":
    write_all()
