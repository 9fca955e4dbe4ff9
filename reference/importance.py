"""Trained models and the permutation importance of their raw columns, by scikit-learn."""

import warnings

import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import files
import tables

MADE_BY = f"reference/importance.py, scikit-learn {sklearn.__version__}"
REPEATS = 50

RUNS = {  # name: (table, activation, hidden units)
    "numbers": ("wine", "tanh", (6,)),
    "two classes": ("sonar", "logistic", (5, 4)),
    "categories and gaps": ("table_b", "relu", (7,)),
}


def load(name):
    """Columns as an object array, labels, the names of the columns if there are some, and which are categorical."""
    if name == "table_b":
        table, header, rows = tables.read(name)
        names = [column for column in header if column not in [table["label"], table["id"], table["group"], *table["drop"]]]
        columns = [tables.column(table, header, rows, column) for column in names]
        return np.array(columns, dtype=object).T, rows[:, header.index(table["label"])], [n in table["categorical"] for n in names]
    rows, labels = files.read({"wine": "wine.csv", "sonar": "sonar.all-data"}[name])
    return np.array(rows, dtype=object), np.array(labels), [False] * len(rows[0])


def encoder(columns, categorical):
    """Inputs in the order of the columns."""
    if not any(categorical):
        return make_pipeline(FunctionTransformer(floats), StandardScaler())
    return ColumnTransformer([(str(c), OneHotEncoder(handle_unknown="ignore", sparse_output=False) if texts else number(columns[:, c]), [c])
                              for c, texts in enumerate(categorical)])


def number(column):
    """A number, and whether it is missing if some are."""
    inputs = [("number", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()))]
    if np.isnan(column.astype(float)).any():
        inputs.append(("missing", MissingIndicator()))
    return make_pipeline(FunctionTransformer(floats), FeatureUnion(inputs))


def floats(column):
    return column.astype(float)


def run(name):
    data, activation, hidden = RUNS[name]
    columns, labels, categorical = load(data)
    order = np.random.default_rng(0).permutation(len(labels))
    tested, fitted = np.sort(order[:len(labels) // 3]), np.sort(order[len(labels) // 3:])
    model = make_pipeline(encoder(columns[fitted], categorical), MLPClassifier(hidden, activation=activation, max_iter=150, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(columns[fitted], labels[fitted])
    found = permutation_importance(model, columns[tested], labels[tested], n_repeats=REPEATS, random_state=0,
                                   scoring=["neg_log_loss", "accuracy"])
    network = model[-1]
    return {"name": name, "data": data, "activation": activation, "fitted": fitted, "tested": tested, "classes": network.classes_,
            "weights": network.coefs_, "biases": network.intercepts_, "repeats": REPEATS,
            "log_loss": log_loss(labels[tested], model.predict_proba(columns[tested])),
            **{key: {"mean": found[score]["importances_mean"], "sd": found[score]["importances_std"]}
               for key, score in [("loss", "neg_log_loss"), ("accuracy", "accuracy")]}}


def write_all():
    files.write("internal/crossval/testdata/importance.json", MADE_BY, runs=[run(name) for name in RUNS])


if __name__ == "__main__":
    write_all()
