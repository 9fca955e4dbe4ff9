import csv

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate

X, y = load_breast_cancer(return_X_y=True)
model = LogisticRegression(solver="newton-cholesky", C=1)
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
scores = cross_validate(model, X, y, cv=folds, scoring=["accuracy", "roc_auc", "neg_log_loss"])
rows = zip(scores["test_accuracy"], scores["test_roc_auc"], -scores["test_neg_log_loss"])
with open("folds.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["repeat", "fold", "accuracy", "roc_auc", "loss"])
    out.writerows([i // 5, i % 5, *row] for i, row in enumerate(rows))
