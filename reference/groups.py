"""Folds, splits and held-out rows by groups, as scikit-learn makes them."""

import csv
import warnings

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold

import files

MADE_BY = f"reference/groups.py, scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
TEST_SIZES = [0.05, 0.1, 0.15, 0.2, 0.22, 0.25, 0.3, 1 / 3, 0.4, 0.5, 0.6, 0.66]
STATES = [0, 1, 7, 42, 1234, 2**31, 2**32 - 1]
# The order of the texts is not that of the numbers, nor of a locale's alphabet.
NAMES = ["R", "M", "10", "9", "b", "B", "é", "Z", "2", "a", "É", "ab", "1", "z", "日", "😀", "-1", "true", "A"]


def split(labels, groups, splits, state):
    """The row numbers of each fold's test rows; None if scikit-learn refuses or a fold is empty."""
    scheme = StratifiedGroupKFold(n_splits=splits, shuffle=True, random_state=state)
    try:
        folds = [test for _, test in scheme.split(labels, labels, groups)]
    except ValueError:
        return None
    return folds if all(map(len, folds)) else None


def fold_of_row(folds, rows):
    numbers = [0] * rows
    for number, test in enumerate(folds):
        for row in test:
            numbers[row] = number
    return files.digits(numbers)


def repeated(labels, groups, splits, repeats, seed):
    """For each repeat the fold in which each row is tested."""
    state = np.random.RandomState(seed)
    folds = [split(labels, groups, splits, state) for _ in range(repeats)]
    return None if None in folds else [fold_of_row(tests, len(labels)) for tests in folds]


def first_fold(labels, groups, splits, seed):
    """Of each row 1 if the first fold tests it, and 0 if that fold trains on it."""
    folds = split(labels, groups, splits, seed) if splits >= 2 else None
    if folds is None:
        return None
    return files.digits(np.isin(np.arange(len(labels)), folds[0]).astype(int))


def case(rng, labels, groups):
    """One case: all that is made of one table. null is a refusal."""
    splits, repeats = int(rng.integers(2, 13)), int(rng.integers(1, 4))
    seed, test_size = int(rng.choice(STATES)), float(rng.choice(TEST_SIZES))
    return {"labels": " ".join(labels), "groups": " ".join(groups), "splits": splits,
            "repeats": repeats, "random_state": seed,
            "test_fold_of_row": repeated(labels, groups, splits, repeats, seed),
            "test_size": test_size,
            "test": first_fold(labels, groups, round(1 / test_size), seed),
            "holdout": first_fold(labels, groups, min(10, len(set(groups))), seed)}


def random_table(rng, classes):
    """Labels and groups: groups of all sizes or of equal ones, mixed or of one class each."""
    count = int(rng.integers(2, 50))
    sizes = [lambda: rng.integers(1, 8, count), lambda: np.full(count, rng.integers(1, 5)),
             lambda: np.minimum(rng.zipf(1.7, count), 20)][rng.integers(3)]()
    texts = rng.permutation([f"{prefix}{number}" for prefix in ("s", "", "é")
                             for number in range(40)])
    groups = np.repeat(texts[:count], sizes)
    shares = rng.dirichlet(np.full(classes, rng.choice([0.5, 5])))
    labels = rng.choice(classes, len(groups), p=shares)
    if rng.random() < 0.25:
        labels = np.repeat(rng.choice(classes, count, p=shares), sizes)
    order = rng.permutation(len(groups))
    names = NAMES if classes <= len(NAMES) else [f"c{number}" for number in range(classes)]
    names = rng.permutation(names)
    return names[labels[order]].tolist(), groups[order].tolist()


def table_b():
    """The folds, the split and the held-out rows of a whole table, table_b.csv."""
    with open(files.DATASETS / "table_b.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels, groups = [row["outcome"] for row in rows], [row["site"] for row in rows]
    files.write("internal/dataset/testdata/table_b_groups.json", MADE_BY, label="outcome",
                group="site", splits=5, repeats=3, random_state=0,
                test_fold_of_row=repeated(labels, groups, 5, 3, 0),
                test_size=0.2, split_random_state=1, test=first_fold(labels, groups, 5, 1),
                seed=3, holdout=first_fold(labels, groups, 10, 3))


def write_all():
    warnings.simplefilter("ignore", UserWarning)  # classes with fewer rows than there are folds
    table_b()
    rng = np.random.default_rng(3)
    cases = [case(rng, *random_table(rng, classes)) for classes in range(2, 20) for _ in range(18)]
    cases += [case(rng, *random_table(rng, classes)) for classes in (1, 150, 300) for _ in range(8)]
    sums = [[n, np.sum(1 / np.arange(1, n + 1))] for n in [*range(1, 40), *range(100, 1200, 7)]]
    files.write("internal/dataset/testdata/groups.json", MADE_BY, cases=cases, sums_of_1_to_1_over_n=sums)
