"""Trains the recipes with PyTorch, as plainly as one would write it.

The network is float64 after PyTorch's float32 initialisation; one thread; the real DataLoader.
"""

import itertools

import numpy as np
import torch
from sklearn.metrics import accuracy_score, f1_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "logistic": nn.Sigmoid}
DEFAULTS = {
    "seed": 0, "hidden_sizes": [40], "activation": "relu", "output": "sigmoid",
    "loss": "cross_entropy", "optimizer": "adam", "learning_rate": 0.01, "momentum": 0.9,
    "weight_decay": 0, "schedule": "constant", "epochs": 80, "batch_size": 0, "scaling": "none",
    "dropout": 0, "input_noise": 0, "label_smoothing": 0, "class_weight": "none", "ensemble": 1,
    "patience": 0, "checkpoint_every": 0,
}
SEEDS = 2**32


def network(params, inputs, classes):
    sizes = [inputs, *params["hidden_sizes"]]
    layers = []
    for size, following in itertools.pairwise(sizes):
        layers += [nn.Linear(size, following), ACTIVATIONS[params["activation"]]()]
    binary = params["loss"] == "binary_cross_entropy"
    layers.append(nn.Linear(sizes[-1], 1 if binary else classes))
    if params["output"] == "sigmoid":
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers).double()


def class_weights(params, labels, classes):
    """Of each class, 1 for one that no row has."""
    if params["class_weight"] == "none":
        return None
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / ((counts > 0).sum() * np.maximum(counts, 1))
    return torch.tensor(np.where(counts > 0, weights, 1))


def criterion(params, weights):
    smoothing = params["label_smoothing"]
    if params["loss"] == "cross_entropy":
        return nn.CrossEntropyLoss(weight=weights, label_smoothing=smoothing)

    def smoothed(outputs, labels):
        targets = labels.double() * (1 - smoothing) + smoothing / 2
        of_rows = None if weights is None else weights[labels]
        return nn.functional.binary_cross_entropy(outputs.squeeze(1), targets, of_rows)
    return smoothed


def optimizer(params, parameters):
    settings = {"lr": params["learning_rate"], "weight_decay": params["weight_decay"]}
    if params["optimizer"] == "sgd":
        return torch.optim.SGD(parameters, momentum=params["momentum"], **settings)
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[params["optimizer"]](
        parameters, **settings)


def schedule(params, optimizer):
    if params["schedule"] == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=params["epochs"])
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1)


def scale(params, train, *others):
    """Scales feature rows by what the training rows say."""
    if params["scaling"] == "none":
        return train, *others
    divisor = train.std(axis=0) if params["scaling"] == "standard" else train.var(axis=0, ddof=1)
    divisor[train.max(axis=0) == train.min(axis=0)] = 1
    mean = train.mean(axis=0)
    return tuple((rows - mean) / divisor for rows in (train, *others))


def loaders(params, train, validation):
    """Batches; a step over all rows takes them in the order of the file."""
    size = params["batch_size"]
    sets = [TensorDataset(torch.tensor(rows), torch.tensor(labels))
            for rows, labels in (train, validation)]
    whole = [DataLoader(each, len(each)) for each in sets]
    if 0 < size < len(sets[0]):
        return DataLoader(sets[0], size, shuffle=True), whole[1]
    return whole


def predictions(outputs):
    """Class indices; the lowest one on ties."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0.5).astype(int)
    return outputs.argmax(axis=1)


def probabilities(outputs):
    if outputs.shape[1] == 1:
        return np.hstack([1 - outputs, outputs])
    return torch.softmax(torch.tensor(outputs), dim=1).numpy()


def one_epoch(model, loader, loss_of, optimizer=None):
    """Loss (unweighted mean of the batches' means), accuracy and F1 pooled over the rows."""
    losses, outputs, labels = [], [], []
    for rows, targets in loader:
        predicted = model(rows)
        loss = loss_of(predicted, targets)
        if optimizer:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
        outputs.append(predicted.detach().numpy())
        labels.append(targets.numpy())
    labels, predicted = np.concatenate(labels), predictions(np.concatenate(outputs))
    return {"loss": sum(losses) / len(losses), "accuracy": accuracy_score(labels, predicted),
            "f1_macro": f1_score(labels, predicted, average="macro")}


def fit(params, seed, train, validation, classes):
    """One network and its curves; train and validation are (scaled rows, class indices)."""
    torch.manual_seed(seed)
    model = network(params, train[0].shape[1], classes)
    loss_of = criterion(params, class_weights(params, train[1], classes))
    steps = optimizer(params, model.parameters())
    rate = schedule(params, steps)
    train_loader, validation_loader = loaders(params, train, validation)
    history = []
    for _ in range(params["epochs"]):
        curves = {"train": one_epoch(model, train_loader, loss_of, steps)}
        with torch.no_grad():
            curves["val"] = one_epoch(model, validation_loader, loss_of)
        rate.step()
        history.append(curves)
    return model, history


def ensemble(params, training, train, validation, classes):
    """The networks of the given training (0 in cmd/train), the first one's curves, and the
    probabilities of the validation rows averaged over the networks."""
    rows, others = scale(params, train[0], validation[0])
    first = params["seed"] + training * params["ensemble"]
    fitted = [fit(params, (first + member) % SEEDS, (rows, train[1]), (others, validation[1]),
                  classes) for member in range(params["ensemble"])]
    models = [model for model, _ in fitted]
    with torch.no_grad():
        outputs = [model(torch.tensor(others)).numpy() for model in models]
    averaged = sum(probabilities(each) for each in outputs) / len(outputs)
    predicted = predictions(outputs[0]) if len(outputs) == 1 else averaged.argmax(axis=1)
    return models, fitted[0][1], averaged, predicted
