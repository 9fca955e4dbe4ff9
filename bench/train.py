"""What the earlier project's train.py did, as a whole process: read the split, train for 80 epochs
with loaders and scikit-learn's scores for both halves, save the model.

usage: train.py DATA_FOLDER OUT_FILE
"""

import sys

import numpy
import torch
from sklearn.metrics import accuracy_score, f1_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def load(part, shuffle):
    x = numpy.loadtxt(f"{sys.argv[1]}/X_{part}.csv", delimiter=",", dtype=numpy.float32)
    y = [int(label == "M") for label in open(f"{sys.argv[1]}/y_{part}.csv").read().split()]
    return DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=len(y), shuffle=shuffle)


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(60, 40), nn.ReLU(), nn.Linear(40, 2), nn.Sigmoid())
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
train, val = load("train", True), load("test", False)
history = []
for _ in range(80):
    for loader in (train, val):
        for x, y in loader:
            with torch.set_grad_enabled(loader is train):
                outputs = model(x)
                loss = criterion(outputs, y)
            if loader is train:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            predicted = outputs.argmax(1)
            history.append((loss.item(), accuracy_score(y, predicted), f1_score(y, predicted, average="macro")))
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "history": history}, sys.argv[2])
