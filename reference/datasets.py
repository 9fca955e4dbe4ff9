"""The data sets of the references beside Sonar: CSV, no header, the label last. Two that people's
own data may look like are laid out otherwise."""

import csv

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split

import files

# What a reference calls a data set: its file, the labels in the order of their indices, the split.
SETS = {
    "sonar": {"file": "sonar.all-data", "classes": ["R", "M"], "test_size": 0.25,
              "random_state": 42},
    "sonar_fifth": {"file": "sonar.all-data", "classes": ["R", "M"], "test_size": 0.2,
                    "random_state": 42},
    "iris": {"file": "iris.csv", "classes": ["setosa", "versicolor", "virginica"],
             "test_size": 0.25, "random_state": 42},
    "wine": {"file": "wine.csv", "classes": ["class_0", "class_1", "class_2"], "test_size": 0.3,
             "random_state": 7},
    "blobs": {"file": "blobs.csv", "classes": ["d", "a", "e", "b", "c"], "test_size": 0.25,
              "random_state": 1},
}


def load(name):
    """Feature rows, class indices, and the split's row numbers."""
    data = SETS[name]
    rows, labels = files.read(data["file"])
    indices = np.array([data["classes"].index(label) for label in labels])
    train, test = train_test_split(np.arange(len(labels)), test_size=data["test_size"],
                                   random_state=data["random_state"], stratify=labels)
    return np.array(rows), indices, train, test


def described():
    """For each data set its file, split and the split's rows."""
    described = []
    for name, data in SETS.items():
        _, _, train, test = load(name)
        described.append({"name": name} | data | {"train_rows": train, "test_rows": test})
    return described


def write_csv(name, rows, labels):
    path = files.DATASETS / name
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [*map(repr, row), label] for row, label in zip(rows, labels))
    print(f"{name}: {len(labels)} rows, scikit-learn {sklearn.__version__}")


def breast_cancer():
    """A header, and the label in a column of its own name, the first."""
    bunch = load_breast_cancer()
    with open(files.DATASETS / "breast_cancer.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["diagnosis", *bunch.feature_names])
        out.writerows([bunch.target_names[target], *map(repr, row)]
                      for target, row in zip(bunch.target, bunch.data.tolist()))


def digits():
    """Ten classes, whose labels are numbers in the first column."""
    bunch = load_digits()
    with open(files.DATASETS / "digits.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [target, *map(int, row)] for target, row in zip(bunch.target, bunch.data))


def blobs():
    """Five classes of unequal size in five features, a sixth that is 0.1 in all training rows
    (so that its computed deviation is not quite zero) and another value in one test row."""
    rng = np.random.default_rng(5)
    indices = np.repeat(np.arange(5), [31, 24, 18, 12, 9])
    rng.shuffle(indices)
    labels = ["badec"[index] for index in indices]
    centres = rng.normal(scale=2, size=(5, 5))
    rows = np.hstack([centres[indices] + rng.normal(size=(len(indices), 5)),
                      np.full((len(indices), 1), 0.1)]).round(2)
    data = SETS["blobs"]
    _, test = train_test_split(np.arange(len(labels)), test_size=data["test_size"],
                               random_state=data["random_state"], stratify=labels)
    rows[test[0], 5] = 0.35
    write_csv("blobs.csv", rows.tolist(), labels)


def write_all():
    for name, bunch in [("iris.csv", load_iris()), ("wine.csv", load_wine())]:
        write_csv(name, bunch.data.tolist(), bunch.target_names[bunch.target])
    blobs()
