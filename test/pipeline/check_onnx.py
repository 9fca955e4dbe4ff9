"""Checks the ONNX files of a folder against the predictions beside them.

Each NAME.onnx has a NAME.json: {"inputs": {name: {"type": "double" or "string", "rows": [...]}}, "labels": [...],
"probabilities": [[...], ...]}, null being a gap in a column of numbers.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

LEVELS = {
    "off": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def array(column):
    if column["type"] == "string":
        return np.array(column["rows"], dtype=object)
    return np.array(column["rows"], dtype=object).astype(np.float64)  # None becomes NaN


def check(path):
    onnx.checker.check_model(str(path), full_check=True)
    want = json.loads(path.with_suffix(".json").read_text())
    feed = {name: array(column) for name, column in want["inputs"].items()}
    expected = np.array(want["probabilities"])
    for level, setting in LEVELS.items():
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = setting
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        labels, probabilities = session.run(["label", "probabilities"], feed)
        worst = float(np.abs(probabilities - expected).max())
        if not worst <= 1e-12:
            sys.exit(f"{path.name}, optimization {level}: probabilities differ by {worst}")
        first_two = np.sort(expected, axis=1)[:, -2:]
        tied = first_two[:, 1] - first_two[:, 0] <= 1e-12
        different = (labels != np.array(want["labels"], dtype=object)) & ~tied
        if different.any():
            sys.exit(f"{path.name}, optimization {level}: the labels of rows {np.flatnonzero(different)} differ")
    print(path.name, len(expected), "rows", f"{worst:.1e}")


paths = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
for path in paths:
    check(path)
print(len(paths), "models agree")
