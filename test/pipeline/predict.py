"""Prints the prediction and the probabilities for each row of a CSV file, computed by NumPy from a model file of
the default recipe. Usage: predict.py model.safetensors X.csv"""

import json
import sys

import numpy as np
from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as model:
    about = model.metadata()
    tensors = {name: model.get_tensor(name) for name in model.keys()}
assert (about["activation"], about["output"], about["scaling"]) == ("relu", "sigmoid", "none"), about
classes = json.loads(about["classes"])

x = np.loadtxt(sys.argv[2], delimiter=",", ndmin=2)
hidden = np.maximum(x @ tensors["0.weight"].T + tensors["0.bias"], 0)
outputs = 1 / (1 + np.exp(-(hidden @ tensors["2.weight"].T + tensors["2.bias"])))
exponentials = np.exp(outputs)
for row in exponentials / exponentials.sum(axis=1, keepdims=True):
    print(classes[row.argmax()], *row)
