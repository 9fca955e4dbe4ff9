"""Metrics, intervals and paired comparisons as scikit-learn and SciPy compute them."""

import warnings

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

import files

FOLDER = "internal/metrics/testdata/"
MADE_BY = f"reference/scores.py, scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}"


def area(labels, probabilities):
    """Area under the ROC curve; one class against the rest, macro, where there are more."""
    if probabilities.shape[1] == 2:
        return metrics.roc_auc_score(labels, probabilities[:, 1])
    return metrics.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")


def basic(labels, probabilities, predicted):
    """What evaluate and crossvalidate report of the labels (class indices)."""
    classes = range(probabilities.shape[1])
    return {"accuracy": metrics.accuracy_score(labels, predicted),
            "f1_macro": metrics.f1_score(labels, predicted, average="macro"),
            "log_loss": metrics.log_loss(labels, probabilities, labels=classes),
            "roc_auc": area(labels, probabilities) if set(labels) == set(classes) else None}


def by_class(labels, probabilities, predicted):
    """What each class has of its own; None where it has none. The areas are of one class against
    the rest; average precision is macro over the classes that have a positive row."""
    classes = range(probabilities.shape[1])
    present, either = set(labels), set(labels) | set(predicted)
    recall = metrics.recall_score(labels, predicted, labels=classes, average=None, zero_division=0)
    f1 = metrics.f1_score(labels, predicted, labels=classes, average=None, zero_division=0)
    precision = {k: metrics.average_precision_score(labels == k, probabilities[:, k])
                 for k in classes if k in present}
    areas = {k: metrics.roc_auc_score(labels == k, probabilities[:, k])
             for k in present if len(present) > 1}
    curves = [1] if len(classes) == 2 else classes
    return {"recalls": [recall[k] if k in present else None for k in classes],
            "f1s": [f1[k] if k in either else None for k in classes],
            "areas": [areas.get(k) for k in curves],
            "average_precisions": [precision.get(k) for k in curves],
            "average_precision": (np.mean([precision[k] for k in curves if k in precision])
                                  if present & set(curves) else None)}


def brier(labels, probabilities):
    """Two classes: mean (p1-y)^2; more: the sum over the classes."""
    if probabilities.shape[1] == 2:
        return metrics.brier_score_loss(labels, probabilities[:, 1], labels=[0, 1])
    return metrics.brier_score_loss(labels, probabilities, labels=range(probabilities.shape[1]),
                                    scale_by_half=False)


def roc(labels, scores, drop):
    """The first threshold is infinite, so it is left out: one element less than points."""
    false, true, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=drop)
    return {"false_positive_rate": false, "true_positive_rate": true,
            "thresholds": thresholds[1:]}


def precision_recall(labels, scores, drop):
    precision, recall, thresholds = metrics.precision_recall_curve(labels, scores,
                                                                   drop_intermediate=drop)
    return {"precision": precision, "recall": recall, "thresholds": thresholds}


def calibration(labels, scores, bins, strategy):
    observed, predicted = calibration_curve(labels, scores, n_bins=bins, strategy=strategy)
    return {"bins": bins, "strategy": strategy, "observed": observed, "predicted": predicted}


def case(name, labels, probabilities, predicted=None):
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    predicted = probabilities.argmax(axis=1) if predicted is None else np.asarray(predicted)
    classes = probabilities.shape[1]
    result = {"name": name, "classes": classes, "labels": files.digits(labels),
              "predictions": files.digits(predicted), "probabilities": probabilities}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result |= basic(labels, probabilities, predicted)
        result |= by_class(labels, probabilities, predicted)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true")
        warnings.filterwarnings("ignore", "A single label was found")
        result["balanced_accuracy"] = metrics.balanced_accuracy_score(labels, predicted)
    result |= {"brier": brier(labels, probabilities), "confusion_matrix": metrics.confusion_matrix(
        labels, predicted, labels=range(classes))}
    if classes > 2 or len(set(labels)) < 2:
        return result
    scores = probabilities[:, 1]
    return result | {
        "roc": roc(labels, scores, False), "roc_corners": roc(labels, scores, True),
        "precision_recall": precision_recall(labels, scores, False),
        "precision_recall_corners": precision_recall(labels, scores, True),
        "calibration": [calibration(labels, scores, bins, strategy) for bins in (5, 10)
                        for strategy in ("uniform", "quantile")]}


def drawn(rng, name, rows, classes, grid):
    """Random probabilities in steps of 1/grid, so that many are tied; labels lean to them."""
    shares = rng.dirichlet(np.ones(classes), size=rows)
    parts = np.maximum(1, np.floor(shares * grid))
    probabilities = parts / parts.sum(axis=1, keepdims=True)
    labels = [rng.choice(classes, p=row) for row in probabilities]
    labels[:classes] = range(classes)
    return case(name, labels, probabilities)


def cases():
    rng = np.random.default_rng(7)
    pairs = [[1 - p, p] for p in (0.1, 0.4, 0.35, 0.8)]
    some = [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1], [0.4, 0.4, 0.2]]
    return [
        case("four rows", [0, 0, 1, 1], pairs),
        case("perfect", [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]),
        case("reversed", [1, 0, 0], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]),
        case("all tied", [0, 1, 1, 0, 1], [[0.5, 0.5]] * 5),
        case("one class in the labels", [1, 1, 1, 1], pairs),
        case("one class in labels and predictions", [0, 0, 0], pairs[:3]),
        case("predictions of one class", [0, 1, 1, 0], pairs, [0, 0, 0, 0]),
        case("a class in predictions only", [0, 1, 1, 0], some, [0, 2, 1, 0]),
        case("a class nowhere", [0, 1, 1, 0], some, [0, 1, 1, 1]),
        *(drawn(rng, f"two classes, {rows} rows, steps of 1/{grid}", rows, 2, grid)
          for rows, grid in [(6, 3), (13, 4), (52, 10), (52, 1000), (208, 20)]),
        *(drawn(rng, f"{classes} classes, {rows} rows, steps of 1/{grid}", rows, classes, grid)
          for classes, rows, grid in [(3, 9, 4), (3, 38, 100), (4, 54, 10), (7, 90, 15)]),
    ]


def wilson(passed, tried, confidence):
    interval = stats.binomtest(passed, tried).proportion_ci(confidence, method="wilson")
    return {"passed": passed, "tried": tried, "confidence": confidence, "low": interval.low,
            "high": interval.high}


def student(degrees, p):
    """The quantile of p, and the upper tail of that quantile's double."""
    quantile = stats.t.ppf(p, degrees)
    return {"degrees": degrees, "p": p, "quantile": quantile,
            "beyond_twice": stats.t.sf(2 * quantile, degrees)}


def comparison(rng, splits, repeats, shift, spread, margin):
    """Nadeau and Bengio's corrected t test of fold differences (head - base, more is better)."""
    count = splits * repeats
    differences = rng.normal(shift, spread, count).round(3)
    mean = differences.mean()
    error = differences.std(ddof=1) * np.sqrt(1 / count + 1 / (splits - 1))
    t = stats.t(count - 1)
    half = t.ppf(0.975) * error
    return {"splits": splits, "repeats": repeats, "differences": differences, "mean": mean,
            "standard_error": error, "t": mean / error, "p": 2 * t.sf(abs(mean / error)),
            "low": mean - half, "high": mean + half,
            "detectable": (t.ppf(0.975) + t.ppf(0.8)) * error, "margin": margin,
            "p_non_inferior": t.sf((mean + margin) / error),
            "p_equivalent": max(t.sf((mean + margin) / error), t.sf((margin - mean) / error))}


def posterior(mean, error, degrees, margin):
    """P(true mean < -margin), P(within the margin), P(> margin); baycomp's, from a t distribution."""
    t = stats.t(degrees, loc=mean, scale=error)
    return {"mean": mean, "standard_error": error, "degrees": degrees, "margin": margin,
            "worse": t.cdf(-margin), "better": t.sf(margin),
            "equivalent": t.cdf(margin) - t.cdf(-margin)}


def row_wise(rng, rows, groups, splits, shift):
    """The t test of row gains, with sqrt(splits/(splits-1)), and its form for groups of rows."""
    codes = rng.integers(groups, size=rows)
    gains = (rng.normal(shift, 1, rows) + rng.normal(0, 1, groups)[codes]).round(3)
    share = splits / (splits - 1)
    plain = stats.ttest_1samp(gains, 0)
    sizes, sums = np.bincount(codes), np.bincount(codes, gains)
    present = np.count_nonzero(sizes)
    squares = np.sum((sums - sizes * gains.mean()) ** 2)
    error = np.sqrt(present / (present - 1) * squares / rows**2 * share)
    t = plain.statistic / np.sqrt(share)
    return {"splits": splits, "gains": gains, "groups": codes, "mean": gains.mean(),
            "standard_error": stats.sem(gains) * np.sqrt(share), "degrees": rows - 1, "t": t,
            "p": 2 * stats.t.sf(abs(t), rows - 1), "grouped_standard_error": error,
            "grouped_degrees": present - 1,
            "grouped_p": 2 * stats.t.sf(abs(gains.mean() / error), present - 1)}


def mcnemar(only_base, only_head):
    """Exact and mid-p McNemar test of the rows that only one of the two gets right."""
    less, both = min(only_base, only_head), only_base + only_head
    exact = stats.binomtest(less, both).pvalue if both else 1.0
    middle = 2 * stats.binom.cdf(less, both, 0.5) - stats.binom.pmf(less, both, 0.5)
    return {"only_base": only_base, "only_head": only_head, "exact": exact,
            "mid_p": min(1.0, middle)}


def write_all():
    files.write(FOLDER + "sklearn.json", MADE_BY, cases=cases())
    rng = np.random.default_rng(8)
    files.write(
        FOLDER + "scipy.json", MADE_BY,
        wilson=[wilson(passed, tried, confidence) for confidence in (0.5, 0.9, 0.95, 0.99)
                for passed, tried in [(0, 1), (1, 1), (1, 2), (0, 52), (43, 52), (52, 52),
                                      (172, 208), (1, 1000000)]],
        student=[student(degrees, p) for degrees in (1, 2, 9, 24, 99, 1000)
                 for p in (0.6, 0.8, 0.95, 0.975, 0.995, 0.9999)],
        comparisons=[comparison(rng, *case) for case in
                     [(10, 10, 0.0, 0.05, 0.02), (10, 10, 0.03, 0.04, 0.05),
                      (10, 1, -0.1, 0.05, 0.2), (5, 2, -0.02, 0.1, 0.3),
                      (2, 5, 0.05, 0.02, 0.1), (13, 3, -0.08, 0.06, 0.01)]],
        mcnemar=[mcnemar(*pair) for pair in [(121, 59), (1, 7), (7, 1), (0, 0), (0, 1), (3, 3),
                                             (0, 12), (4, 5), (10, 30)]],
        posteriors=[posterior(*case) for case in
                    [(0.01, 0.0133, 99, 0.01), (-0.02, 0.01, 99, 0.005), (0.3, 0.05, 4, 0.1),
                     (0.0, 1.0, 9, 0.5), (-0.2, 0.02, 207, 0.01)]],
        row_wise=[row_wise(rng, *case) for case in
                  [(8, 4, 2, 0.5), (60, 12, 5, 0.1), (208, 60, 10, -0.2), (40, 40, 10, 0.0)]])
