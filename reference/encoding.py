"""Tables and their encoded rows, by scikit-learn's OneHotEncoder, SimpleImputer, MissingIndicator and
StandardScaler: drawn at random, and a real one of 35 categories."""

import csv

import numpy as np
import sklearn
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.preprocessing._data import _is_constant_feature

import files

MADE_BY = f"reference/encoding.py, scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
FOLDER = files.ROOT / "internal/features/testdata"
MISSING = "NA"


def texts(rng, rows):
    """A column of texts, with gaps or without; some texts are rare, so that the fitted rows lack them."""
    alphabet = np.array(["b", "A", "a b", "Ä", "", "é", "e\u0301", "10", "9", "-", "\U0001f600", "z,\"q"],
                        dtype=object)[:rng.integers(1, 13)]
    weights = rng.random(len(alphabet)) ** 3
    column = rng.choice(alphabet, rows, p=weights / weights.sum())
    if rng.random() < 0.6:
        column[rng.random(rows) < rng.choice([0.02, 0.3])] = None
    return column


NUMBERS = [  # columns of numbers, as a function of the generator and the number of rows
    lambda rng, rows: rng.normal(size=rows).round(3),
    lambda rng, rows: rng.normal(1e6, 1e-3, rows),
    lambda rng, rows: rng.integers(0, 3, rows).astype(float),
    lambda rng, rows: np.full(rows, rng.choice([0.1, -7, 0, 1e-9, 1e15])),
    lambda rng, rows: rng.choice([0.3, 0.30000000000000004], rows),
    lambda rng, rows: 0.1 + rng.integers(0, 4, rows) * 2.0 ** -rng.integers(44, 57),  # about the bound
    lambda rng, rows: rng.normal(size=rows) * 10.0 ** rng.integers(-170, 150),
    lambda rng, rows: rng.normal(size=rows) * rng.choice([1e-161, 1e-190]),
    lambda rng, rows: np.where(rng.random(rows) < 0.5, -0.0, 0.0),
    lambda rng, rows: np.full(rows, np.nan),
]


def numbers(rng, rows):
    column = NUMBERS[rng.integers(len(NUMBERS))](rng, rows)
    if rng.random() < 0.5:
        column[rng.random(rows) < rng.choice([0.02, 0.4])] = np.nan
    return column


def scale(fitted, column, scaling):
    """Two columns, as NumPy sums a single one in another order."""
    fitted, column = np.hstack([fitted, fitted]), np.hstack([column, column])
    scaler = StandardScaler().fit(fitted)
    if scaling == "variance":
        constant = _is_constant_feature(scaler.var_, scaler.mean_, len(fitted))
        scaler.scale_ = np.where(constant, 1, fitted.var(axis=0, ddof=1))
    return scaler.transform(column)[:, :1]


def encode_numbers(fitted, column, scaling):
    """The inputs of a column: the number, and whether it is missing if it is in a fitted row."""
    imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(fitted)
    values = imputer.transform(column)
    fitted_values = imputer.transform(fitted)
    inputs = [values]
    if np.isnan(fitted).any():
        inputs.append(MissingIndicator().fit(fitted).transform(column).astype(float))
    if scaling != "none":
        inputs[0] = scale(fitted_values, values, scaling)
    return inputs


def encode_texts(fitted, column):
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(fitted)
    return [encoder.transform(column)], encoder.categories_[0]


def encode(columns, fitted, scaling, labels=None):
    """The inputs of all rows, with what is fitted on some; and their names. Labels are the columns' names."""
    inputs, names = [], []
    for label, column in zip(labels or range(1, len(columns) + 1), columns):
        column = column.reshape(-1, 1)
        if column.dtype == object:
            more, categories = encode_texts(column[fitted], column)
            names += [f"{label}={'' if text is None else text}" for text in categories]
        else:
            more = encode_numbers(column[fitted], column, scaling)
            names += [str(label), f"{label} is missing"][:len(more)]
        inputs += more
    return np.hstack(inputs), names


def drawn(seed):
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(2, 40))
    columns = [(texts if rng.random() < 0.4 else numbers)(rng, rows) for _ in range(rng.integers(1, 9))]
    fitted = np.sort(rng.permutation(rows)[:rng.integers(1, rows + 1)])
    scaling = ["none", "standard", "standard", "standard"][seed % 4]
    with np.errstate(all="ignore"):
        inputs, names = encode(columns, fitted, scaling)
    assert np.isfinite(inputs).all()
    return {"columns": [[None if value is None or value != value else value for value in column]
                        for column in columns],
            "categorical": [column.dtype == object for column in columns],
            "scaling": scaling, "fitted": fitted, "names": names, "inputs": inputs}


def soybean():
    """The rows of soybean.csv, fitted on every third; inputs are one hexadecimal number for each row."""
    with open(FOLDER / "soybean.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    table = np.array([[None if text == MISSING else text for text in row] for row in rows], dtype=object)
    fitted = np.arange(0, len(table), 3)
    inputs, names = encode(table.T[1:], fitted, "none", header[1:])
    bits = ["".join(str(int(value)) for value in row) for row in inputs]
    return {"names": names, "rows": [f"{int(row, 2):x}" for row in bits]}


def write_all():
    files.write("internal/features/testdata/encoded.json", MADE_BY,
                tables=[drawn(seed) for seed in range(60)], soybean=soybean())
