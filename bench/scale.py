"""What a program does, by polars, scikit-learn or PyTorch: prints its wall and CPU seconds, without those of the imports.

usage: scale.py prepare|train polars|scikit-learn|PyTorch FOLDER
"""

import json
import sys
import time
import warnings

program, peer, folder = sys.argv[1:]
import polars

if peer == "PyTorch":
    import torch
else:
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore")  # scikit-learn's, that an epoch is little


def read(name):
    return polars.read_csv(f"{folder}/{name}", has_header=False)


def prepare():
    table = read("raw.csv")
    *_, label = table.columns
    sides = train_test_split(range(len(table)), test_size=0.25, random_state=42, stratify=table[label].to_numpy())
    for side, rows in zip(("train", "test"), sides):
        part = table[rows]
        part.drop(label).write_csv(f"{folder}/peer_X_{side}.csv", include_header=False, float_precision=6)
        part.select(label).write_csv(f"{folder}/peer_y_{side}.csv", include_header=False)


def train_scikit_learn():
    x, y = read("data/X_train.csv").to_numpy(), read("data/y_train.csv").to_series().to_numpy()
    MLPClassifier((40,), batch_size=min(1024, len(y)), learning_rate_init=0.01, max_iter=1).fit(x, y)


def train_pytorch():
    x = torch.from_numpy(read("data/X_train.csv").cast(polars.Float32).to_numpy(order="c", writable=True))
    labels = read("data/y_train.csv").to_series()
    y = torch.from_numpy(labels.cast(polars.Categorical).to_physical().cast(polars.Int64).to_numpy(writable=True))
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(x.shape[1], 40), nn.ReLU(), nn.Linear(40, labels.n_unique()), nn.Sigmoid())
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=0.01), nn.CrossEntropyLoss()
    for batch in torch.randperm(len(y)).split(1024):
        optimizer.zero_grad()
        criterion(model(x[batch]), y[batch]).backward()
        optimizer.step()


work = {"polars": prepare, "scikit-learn": train_scikit_learn, "PyTorch": train_pytorch}[peer]
wall, cpu = time.perf_counter(), time.process_time()
work()
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
