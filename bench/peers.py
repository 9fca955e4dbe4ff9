"""The workloads of `go run ./bench`, in PyTorch and scikit-learn: prints their seconds as JSON.

usage: peers.py THREADS [float64]
"""

import json
import statistics
import sys
import time
import warnings

import numpy
import torch
from sklearn.neural_network import MLPClassifier
from torch import nn

warnings.simplefilter("ignore")  # scikit-learn's, that 80 epochs are few
threads = int(sys.argv[1])
clock = time.process_time if threads == 1 else time.perf_counter  # as in clock.go
dtype = torch.float64 if "float64" in sys.argv else torch.float32
torch.set_num_threads(threads)
torch.manual_seed(0)


def network(hidden):
    sizes = [60, *hidden, 2]
    layers = []
    for inputs, units in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, units), nn.ReLU()]
    return nn.Sequential(*layers[:-1], nn.Sigmoid()).to(dtype)


def rows(n):
    return torch.rand(n, 60, dtype=dtype), torch.randint(0, 2, (n,))


def shortest(n, work):
    work()
    times = []
    for _ in range(n):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


x, y = rows(156)
val_x, val_y = rows(52)
criterion = nn.CrossEntropyLoss()


def default_training():
    model = network([40])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(80):
        optimizer.zero_grad()
        outputs = model(x)
        loss = criterion(outputs, y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            val_outputs = model(val_x)
            val_loss = criterion(val_outputs, val_y)
            accuracies = [(o.argmax(1) == t).double().mean() for o, t in ((outputs, y), (val_outputs, val_y))]
    return loss, val_loss, accuracies


def scikit_learn_training():
    model = MLPClassifier((40,), batch_size=156, learning_rate_init=0.01, max_iter=80, tol=0, n_iter_no_change=80)
    model.fit(x.numpy(), y.numpy())


def hundred():
    """One after the other, with one thread: more threads make such small steps slower."""
    torch.set_num_threads(1)
    start = clock()
    for _ in range(100):
        default_training()
    end = clock()
    torch.set_num_threads(threads)
    return end - start


def step(hidden, steps):
    """The median time of an epoch divided by its number of steps."""
    inputs, labels = rows(steps * 1024)
    model = network(hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)
    times = []
    for _ in range(96 // steps):
        start = clock()
        if steps == 1:
            batches = [(inputs, labels)]
        else:
            batches = ((inputs[b], labels[b]) for b in torch.randperm(len(labels)).split(1024))
        for x, y in batches:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        times.append(clock() - start)
    return statistics.median(times[1:]) / steps


seconds = {"default training": shortest(7, default_training)}
seconds["100 default trainings"] = hundred()
if threads == 1:
    seconds["default training, scikit-learn"] = shortest(7, scikit_learn_training)
for hidden in ([40], [256], [1024], [256, 256]):
    name = "-".join(map(str, [60, *hidden, 2])) + ", step"
    seconds[name] = step(hidden, 1)
    seconds[name + ", shuffled"] = step(hidden, 16)
print(json.dumps({
    "results": seconds,
    "about": f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, numpy {numpy.__version__}, "
             + next(line.strip(" -") for line in torch.__config__.show().splitlines() if "Math Kernel" in line or "BLAS" in line),
}))
