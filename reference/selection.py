"""Splits and folds as scikit-learn makes them."""

from contextlib import contextmanager

import numpy as np
import sklearn
from sklearn.model_selection import (RepeatedStratifiedKFold, StratifiedKFold, _split,
                                     train_test_split)

import files

MADE_BY = f"reference/selection.py, scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
TEST_SIZES = [0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 0.9]
STATES = [0, 1, 7, 42, 1234, 2**31, 2**32 - 1]
# Labels whose text order is not the order of their first appearance, nor that of their
# numbers or of a locale's alphabet: scikit-learn compares code points.
NAMES = ["R", "M", "10", "9", "b", "B", "é"]
LISTED = 40  # rows up to which a split's row numbers are written out beside their hash


@contextmanager
def watched_modes(draws):
    """Appends to draws, for each call of _approximate_mode, whether it drew a number."""
    original = _split._approximate_mode

    def watched(counts, n, rng):
        before = rng.get_state()
        allotted = original(counts, n, rng)
        after = rng.get_state()
        draws.append(before[2] != after[2] or not np.array_equal(before[1], after[1]))
        return allotted

    _split._approximate_mode = watched
    try:
        yield
    finally:
        _split._approximate_mode = original


def split(codes, names, test_size, state):
    """One case of splits.json, or None where scikit-learn refuses."""
    labels = [names[code] for code in codes]
    draws = []
    try:
        with watched_modes(draws):
            train, test = train_test_split(np.arange(len(labels)), test_size=test_size,
                                           random_state=state, stratify=labels)
    except ValueError:
        return None
    case = {"names": names, "codes": files.digits(codes), "test_size": test_size,
            "random_state": state, "train_mode_draws": draws[0], "test_mode_draws": draws[1],
            "train_sha256": files.sha256(train), "test_sha256": files.sha256(test)}
    if len(labels) <= LISTED:
        case |= {"train": train, "test": test}
    return case


def shuffled_codes(rng, counts):
    codes = np.repeat(np.arange(len(counts)), counts)
    rng.shuffle(codes)
    return codes.tolist()


def random_splits(rng, wanted, choose):
    """Random small cases for which choose(case) holds."""
    cases = []
    while len(cases) < wanted:
        counts = rng.integers(2, 40, size=rng.integers(2, 8))
        codes = shuffled_codes(rng, counts)
        names = rng.permutation(NAMES)[:len(counts)].tolist()
        case = split(codes, names, float(rng.choice(TEST_SIZES)), int(rng.choice(STATES)))
        if case and choose(case):
            cases.append(case)
    return cases


def splits():
    _, labels = files.read("sonar.all-data")
    sonar = ["RM".index(label) for label in labels]
    cases = [split(sonar, ["R", "M"], size, state) for size in TEST_SIZES for state in STATES]
    rng = np.random.default_rng(1)
    cases += random_splits(rng, 60, lambda case: True)
    cases += random_splits(rng, 40, lambda case: len(case["codes"]) <= LISTED)
    cases += random_splits(rng, 30, lambda case: case["train_mode_draws"])
    cases += random_splits(rng, 40, lambda case: case["test_mode_draws"])
    equal = [shuffled_codes(rng, [size] * classes) for classes in range(2, 8) for size in (3, 10)]
    cases += [split(codes, NAMES[:max(codes) + 1], size, 3) for codes in equal
              for size in (0.25, 1 / 3, 0.5)]
    large = shuffled_codes(rng, [2500, 1500, 999])
    cases += [split(large, ["b", "a", "c"], size, 42) for size in (0.1, 0.25)]
    files.write("internal/dataset/testdata/splits.json", MADE_BY, cases=[c for c in cases if c])


def fold_of_row(folds, rows):
    numbers = [0] * rows
    for number, (_, test) in enumerate(folds):
        for row in test:
            numbers[row] = number
    return files.digits(numbers)


def repeated(codes, names, splits, repeats, state):
    """One case of folds.json: for each repeat the fold in which each row is tested."""
    labels = [names[code] for code in codes]
    scheme = RepeatedStratifiedKFold(n_splits=splits, n_repeats=repeats, random_state=state)
    folds = list(scheme.split(labels, labels))
    return {"scheme": "repeated", "names": names, "codes": files.digits(codes), "splits": splits,
            "repeats": repeats, "random_state": state,
            "test_fold_of_row": [fold_of_row(folds[first:first + splits], len(codes))
                                 for first in range(0, len(folds), splits)]}


def blocked(codes, names, splits):
    """As repeated, without shuffling: contiguous blocks of each class."""
    labels = [names[code] for code in codes]
    folds = StratifiedKFold(n_splits=splits, shuffle=False).split(labels, labels)
    return {"scheme": "blocked", "names": names, "codes": files.digits(codes), "splits": splits,
            "repeats": 1, "random_state": 0,
            "test_fold_of_row": [fold_of_row(folds, len(codes))]}


def folds():
    _, labels = files.read("sonar.all-data")
    sonar = ["RM".index(label) for label in labels]
    cases = [repeated(sonar, ["R", "M"], *case) for case in
             [(10, 10, 0), (10, 2, 2**32 - 1), (5, 3, 42), (13, 2, 7), (2, 4, 1), (36, 1, 5)]]
    cases += [blocked(sonar, ["R", "M"], splits) for splits in (2, 5, 10, 13, 36)]
    rng = np.random.default_rng(2)
    for _ in range(60):
        splits = int(rng.integers(2, 12))
        counts = rng.integers(splits, splits + 40, size=rng.integers(2, 8))
        codes = shuffled_codes(rng, counts)
        names = rng.permutation(NAMES)[:len(counts)].tolist()
        cases.append(repeated(codes, names, splits, int(rng.integers(1, 4)),
                              int(rng.choice(STATES))))
        cases.append(blocked(codes, names, splits))
    files.write("internal/dataset/testdata/folds.json", MADE_BY, cases=cases)


def write_all():
    splits()
    folds()
