"""Reference runs of many recipes, each trained under two instruction sets and refused where
PyTorch does not agree with itself: some recipes are chaotic, and no one can follow them."""

import json
import os
import subprocess
import sys

import numpy as np
import torch

import datasets
import files
import training

MADE_BY = f"reference/recipes.py, PyTorch {torch.__version__}, CPU"
AGREEMENT = 1e-11
FULL_PARAMETERS = 200  # a network of so many parameters or fewer is written out in full
FOLDER = "internal/mlp/testdata/references/"

ADAM = {"optimizer": "adam", "learning_rate": 0.01}
ADAMW = {"optimizer": "adamw", "learning_rate": 0.01}
SGD = {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0}
MOMENTUM = {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.9}
LINEAR = {"output": "linear"}
BINARY = {"loss": "binary_cross_entropy"}
SHORT = {"epochs": 30}

# name: (data set, what differs from the defaults)
RECIPES = {
    "default": ("sonar", {}),
    "batch_16": ("sonar", {"batch_size": 16}),
    "seed_42": ("sonar", {"seed": 42} | SHORT),
    "seed_4294967295": ("sonar", {"seed": 2**32 - 1, "batch_size": 16} | SHORT),
    "one_epoch": ("sonar", {"epochs": 1}),
    "two_epochs": ("sonar", {"epochs": 2, "batch_size": 7}),
    # Layers
    "no_hidden_layer": ("sonar", {"hidden_sizes": []} | LINEAR | SHORT),
    "no_hidden_layer_sigmoid": ("sonar", {"hidden_sizes": []} | SHORT),
    "no_hidden_layer_binary": ("sonar", {"hidden_sizes": []} | BINARY | SHORT),
    "two_layers": ("sonar", {"hidden_sizes": [8, 5]} | SHORT),
    "two_layers_linear": ("sonar", {"hidden_sizes": [8, 5]} | LINEAR | SHORT),
    "three_layers": ("sonar", {"hidden_sizes": [24, 12, 6]} | SHORT),
    "three_layers_tanh_batch_16": ("sonar", {"hidden_sizes": [24, 12, 6], "activation": "tanh",
                                             "batch_size": 16} | LINEAR | SHORT),
    "one_unit": ("sonar", {"hidden_sizes": [1], "activation": "tanh"} | SHORT),
    "wide": ("sonar", {"hidden_sizes": [256], "learning_rate": 0.001} | LINEAR | SHORT),
    "wide_robust": ("sonar", {"hidden_sizes": [100, 100], "activation": "gelu",
                              "scaling": "standard", "schedule": "cosine",
                              "learning_rate": 0.001} | LINEAR | SHORT),
    # Activations
    "tanh": ("sonar", {"activation": "tanh"} | SHORT),
    "gelu": ("sonar", {"activation": "gelu"} | SHORT),
    "logistic": ("sonar", {"activation": "logistic"} | SHORT),
    "tanh_linear": ("sonar", {"activation": "tanh"} | LINEAR | SHORT),
    "gelu_linear": ("sonar", {"activation": "gelu"} | LINEAR | SHORT),
    "logistic_linear": ("sonar", {"activation": "logistic"} | LINEAR | SHORT),
    "relu_linear": ("sonar", LINEAR | SHORT),
    # Binary cross-entropy
    "binary": ("sonar", BINARY | SHORT),
    "binary_tanh": ("sonar", BINARY | {"activation": "tanh"} | SHORT),
    "binary_gelu": ("sonar", BINARY | {"activation": "gelu"} | SHORT),
    "binary_logistic_batch_16": ("sonar", BINARY | {"activation": "logistic", "batch_size": 16}
                                 | SHORT),
    "binary_deep_sgd": ("sonar", BINARY | MOMENTUM | {"hidden_sizes": [8, 5]} | SHORT),
    "binary_steep": ("sonar", BINARY | SGD | {"hidden_sizes": [], "scaling": "standard",
                                              "learning_rate": 2.0} | SHORT),
    "binary_clamped": ("sonar", BINARY | SGD | {"hidden_sizes": [], "scaling": "variance",
                                                "learning_rate": 500.0} | SHORT),
    "notebook_plain": ("sonar_fifth", BINARY | {"learning_rate": 0.001, "batch_size": 16,
                                                "epochs": 60}),
    "notebook_scaled": ("sonar_fifth", BINARY | {"learning_rate": 0.001, "batch_size": 16,
                                                 "epochs": 60, "scaling": "variance"}),
    # Optimisers and weight decay
    "sgd": ("sonar", SGD | SHORT),
    "sgd_decay": ("sonar", SGD | {"weight_decay": 0.01} | SHORT),
    "sgd_batch_16": ("sonar", SGD | {"batch_size": 16} | SHORT),
    "momentum": ("sonar", MOMENTUM | SHORT),
    "momentum_decay": ("sonar", MOMENTUM | {"weight_decay": 0.01} | SHORT),
    "momentum_batch_16_decay": ("sonar", MOMENTUM | {"weight_decay": 0.001, "batch_size": 16}
                                | SHORT),
    "adam_decay": ("sonar", ADAM | {"weight_decay": 0.01} | SHORT),
    "adam_batch_16_decay": ("sonar", ADAM | {"weight_decay": 0.01, "batch_size": 16} | SHORT),
    "adamw": ("sonar", ADAMW | SHORT),
    "adamw_decay": ("sonar", ADAMW | {"weight_decay": 0.1} | SHORT),
    "adamw_batch_16_decay": ("sonar", ADAMW | {"weight_decay": 0.1, "batch_size": 16} | SHORT),
    # The rate
    "adam_rate_0.001": ("sonar", {"learning_rate": 0.001} | SHORT),
    "adam_rate_0.03": ("sonar", {"learning_rate": 0.03} | SHORT),
    "cosine": ("sonar", {"schedule": "cosine", "epochs": 40}),
    "cosine_one_epoch": ("sonar", {"schedule": "cosine", "epochs": 1}),
    "cosine_sgd": ("sonar", SGD | {"schedule": "cosine"} | SHORT),
    "cosine_momentum_batch_16": ("sonar", MOMENTUM | {"schedule": "cosine", "batch_size": 16}
                                 | SHORT),
    "cosine_adamw_decay": ("sonar", ADAMW | {"schedule": "cosine", "weight_decay": 0.1} | SHORT),
    # Label smoothing
    "smoothing": ("sonar", {"label_smoothing": 0.1} | LINEAR | SHORT),
    "smoothing_sigmoid": ("sonar", {"label_smoothing": 0.3} | SHORT),
    "smoothing_binary": ("sonar", BINARY | {"label_smoothing": 0.1} | SHORT),
    "smoothing_binary_batch_16": ("sonar", BINARY | {"label_smoothing": 0.2, "batch_size": 16}
                                  | SHORT),
    # Batches
    "batch_7": ("sonar", {"batch_size": 7} | SHORT),
    "batch_1": ("sonar", {"batch_size": 1, "learning_rate": 0.001, "epochs": 10}),
    "batch_155_leaves_one": ("sonar", {"batch_size": 155} | SHORT),
    "batch_156_is_all": ("sonar", {"batch_size": 156} | SHORT),
    "batch_1000_is_all": ("sonar", {"batch_size": 1000} | SHORT),
    # Scaling
    "standard": ("sonar", {"scaling": "standard"} | SHORT),
    "standard_linear_batch_16": ("sonar", {"scaling": "standard", "batch_size": 16,
                                           "learning_rate": 0.001} | LINEAR | SHORT),
    "variance": ("sonar", {"scaling": "variance", "learning_rate": 0.001} | SHORT),
    # Ensembles
    "ensemble_3": ("sonar", {"ensemble": 3} | SHORT),
    "ensemble_wraps": ("sonar", {"ensemble": 4, "seed": 2**32 - 2, "batch_size": 16} | SHORT),
    "ensemble_binary": ("sonar", BINARY | {"ensemble": 2, "seed": 5} | SHORT),
    "ensemble_blobs": ("blobs", {"ensemble": 3, "hidden_sizes": [8], "scaling": "standard"}
                       | LINEAR | SHORT),
    # More than two classes
    "iris": ("iris", {"hidden_sizes": [8, 5], "activation": "tanh"} | LINEAR | SHORT),
    "iris_sigmoid": ("iris", {"hidden_sizes": [10]} | SHORT),
    "iris_no_hidden_layer": ("iris", {"hidden_sizes": [], "scaling": "standard"} | MOMENTUM
                             | LINEAR | SHORT),
    "iris_batch_7_smoothing": ("iris", {"hidden_sizes": [10], "batch_size": 7,
                                        "label_smoothing": 0.1, "scaling": "standard",
                                        "activation": "gelu"} | LINEAR | SHORT),
    "wine": ("wine", {"hidden_sizes": [10], "scaling": "standard"} | LINEAR | SHORT),
    "wine_variance": ("wine", {"hidden_sizes": [10], "scaling": "variance",
                               "activation": "logistic", "batch_size": 16} | LINEAR | SHORT),
    "wine_unscaled": ("wine", {"hidden_sizes": [10], "learning_rate": 0.001,
                               "activation": "tanh"} | LINEAR | SHORT),
    "blobs": ("blobs", {"hidden_sizes": [8], "scaling": "standard"} | LINEAR | SHORT),
    "blobs_variance": ("blobs", {"hidden_sizes": [8], "scaling": "variance", "batch_size": 16}
                       | SHORT),
    "blobs_smoothing_cosine": ("blobs", {"hidden_sizes": [], "scaling": "standard",
                                         "label_smoothing": 0.2, "schedule": "cosine"}
                               | LINEAR | ADAMW | {"weight_decay": 0.05} | SHORT),
    # Saturated sigmoids: more than one output is exactly 1 in many rows
    "ties": ("sonar", SGD | {"hidden_sizes": [], "scaling": "variance", "learning_rate": 500.0}
             | SHORT),
    "ties_wine": ("wine", SGD | {"hidden_sizes": [], "learning_rate": 1.0} | SHORT),
    # Chaotic, so refused: the same numbers added in another order end up elsewhere
    "chaotic_rate": ("sonar", {"learning_rate": 0.05, "batch_size": 7, "hidden_sizes": [256],
                               "scaling": "standard"} | LINEAR),
    "chaotic_saturation": ("sonar", BINARY | SGD | {"hidden_sizes": [], "scaling": "standard",
                                                    "learning_rate": 20.0} | SHORT),
}

CHOICES = {
    "hidden_sizes": [[], [5], [12, 7], [6, 5, 4]],
    "activation": ["relu", "tanh", "gelu", "logistic"],
    "output": ["sigmoid", "linear"],
    "loss": ["cross_entropy", "cross_entropy", "binary_cross_entropy"],
    "optimizer": ["adam", "adamw", "sgd"],
    "learning_rate": [0.001, 0.003, 0.01],
    "momentum": [0, 0.5, 0.9],
    "weight_decay": [0, 0.001, 0.1],
    "schedule": ["constant", "cosine"],
    "epochs": [3, 8, 12],
    "batch_size": [0, 7, 16, 33, 100, 1000],
    "scaling": ["none", "standard", "variance"],
    "label_smoothing": [0, 0.05, 0.25],
    "ensemble": [1, 1, 1, 2],
    "seed": [0, 1, 42, 2**31, 2**32 - 1],
}


def drawn(rng):
    """A recipe drawn from CHOICES: what no table would think of."""
    overrides = {key: values[rng.integers(len(values))] for key, values in CHOICES.items()}
    name = list(datasets.SETS)[rng.integers(len(datasets.SETS))]
    if len(datasets.SETS[name]["classes"]) > 2:
        overrides["loss"] = "cross_entropy"
    if overrides["loss"] == "binary_cross_entropy":
        overrides["output"] = "sigmoid"
    return name, overrides


def table():
    rng = np.random.default_rng(6)
    return RECIPES | {f"drawn_{number:02}": drawn(rng) for number in range(60)}


def run(name):
    """One reference run: curves of the first network, probabilities of the whole ensemble."""
    data, overrides = table()[name]
    params = training.DEFAULTS | overrides
    rows, labels, train, test = datasets.load(data)
    models, history, probabilities, predicted = training.ensemble(
        params, 0, (rows[train], labels[train]), (rows[test], labels[test]),
        len(datasets.SETS[data]["classes"]))
    result = {"name": name, "data": data, "params": params, "history": history,
              "probabilities": probabilities, "predictions": files.digits(predicted)}
    parameters = [values.tolist() for values in
                  (torch.nn.utils.parameters_to_vector(m.parameters()).detach() for m in models)]
    if name == "default" or sum(map(len, parameters)) <= FULL_PARAMETERS:
        result["parameters"] = parameters
    return result


def difference(one, other):
    """The largest difference of any two numbers; 1 where anything else differs."""
    if isinstance(one, dict):
        return max((difference(one[key], other[key]) for key in one), default=0.0)
    if isinstance(one, list):
        return max((difference(*pair) for pair in zip(one, other, strict=True)), default=0.0)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other)
    return 0.0 if one == other else 1.0


def under(capability, script):
    """What a script prints as JSON when it runs under an instruction set."""
    environment = os.environ | {"ATEN_CPU_CAPABILITY": capability,
                                "MKL_CBWR": capability.upper()}
    done = subprocess.run([sys.executable, script], env=environment,
                          stdout=subprocess.PIPE, check=True)
    printed = json.loads(done.stdout)
    assert printed["capability"].lower() == capability, f"this CPU has no {capability}"
    return printed["result"]


def printed(result):
    """The other end of under."""
    print(files.compact({"capability": torch.backends.cpu.get_cpu_capability(),
                         "result": result}))


def agreed(script):
    """The runs of a script on which PyTorch agrees with itself, and the names of the others."""
    runs, refused = [], []
    pairs = zip(*(under(each, script) for each in ("avx512", "avx2")), strict=True)
    for one, other in pairs:
        apart = difference(one, other)
        if apart <= AGREEMENT:
            runs.append(one | {"agreement": apart})
        else:
            refused.append({"name": one["name"], "agreement": apart})
    return runs, refused


def check_published(run):
    """The default recipe gives the earlier project's published line."""
    last = run["history"][-1]
    line = [round(last[part][key], 3) for part in ("train", "val")
            for key in ("accuracy", "f1_macro", "loss")]
    assert line == [0.923, 0.922, 0.409, 0.827, 0.819, 0.507], line


def write_all():
    runs, refused = agreed(__file__)
    check_published(runs[0])
    for each in refused:
        print("refused:", each["name"], each["agreement"])
    files.write(FOLDER + "data.json", MADE_BY, data=datasets.described())
    groups = {"recipes.json": False, "drawn.json": True}
    for file, is_drawn in groups.items():
        files.write(FOLDER + file, MADE_BY,
                    refused=[r for r in refused if r["name"].startswith("drawn") == is_drawn],
                    runs=[r for r in runs if r["name"].startswith("drawn") == is_drawn])


if __name__ == "__main__":  # in a process of its own, see under
    torch.set_num_threads(1)
    printed([run(name) for name in table()])
