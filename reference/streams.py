"""Random streams of NumPy and PyTorch, Philox4x32-10 and the inverse normal CDF."""

import hashlib
import itertools

import mpmath
import numpy as np
import scipy
import torch
from scipy.special import ndtri
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import files

FOLDER = "internal/random/testdata/"
SEEDS = [0, 1, 42, 123456789, 2**31 - 1, 2**31, 2**32 - 1]
LISTED = 40  # numbers up to which a permutation is written out beside its hash


def hashed(name, numbers):
    """The SHA-256 of row numbers, and the numbers themselves where they are few."""
    numbers = [int(number) for number in numbers]
    listed = {name: numbers} if len(numbers) <= LISTED else {}
    return {f"{name}_sha256": files.sha256(numbers)} | listed


def numpy_permutations(seed):
    """permutation(n), one after the other from a single RandomState."""
    state = np.random.RandomState(seed)
    return {"seed": seed, "permutations": [{"n": n} | hashed("permutation", state.permutation(n))
                                           for n in (1, 2, 3, 10, 33, 156, 208, 5000)]}


def numpy_integers(seed):
    """randint(max + 1), that is bounded(max), one after the other from a single RandomState."""
    state = np.random.RandomState(seed)
    limits = [0, 1, 2, 3, 4, 7, 8, 100, 0, 2**16, 2**31 - 1, 2**31, 2**32 - 2] * 2
    return {"seed": seed, "max": limits, "drawn": [state.randint(limit + 1) for limit in limits]}


def numpy_words(seed):
    """The engine's 32-bit words; 700 of them pass the first refill of its state."""
    words = np.random.RandomState(seed).randint(2**32, size=700, dtype=np.uint32)
    return {"seed": seed, "first": words[:8], "word_623": words[623], "word_624": words[624],
            "word_699": words[699]}


def numpy_facts():
    files.write(FOLDER + "numpy.json", f"reference/streams.py, NumPy {np.__version__}",
                words=[numpy_words(seed) for seed in SEEDS],
                integers=[numpy_integers(seed) for seed in SEEDS],
                permutations=[numpy_permutations(seed) for seed in SEEDS])


def network(sizes):
    return nn.Sequential(*(nn.Linear(*pair) for pair in itertools.pairwise(sizes)))


def facts(tensor, full):
    """First and last values and the SHA-256 of all (little-endian float32, row-major)."""
    values = tensor.detach().numpy().ravel()
    found = {"sha256": hashlib.sha256(values.astype("<f4").tobytes()).hexdigest(),
             "first": values[:4].astype(float), "last": float(values[-1])}
    return found | ({"values": values.astype(float)} if full else {})


def torch_weights(seed, sizes):
    """Initial parameters after manual_seed(seed), and the first int64 drawn after them."""
    torch.manual_seed(seed)
    layers = list(network(sizes))
    few = sum(n * (m + 1) for m, n in itertools.pairwise(sizes)) <= 64
    return {"seed": seed, "sizes": sizes,
            "layers": [{"weight": facts(layer.weight, few), "bias": facts(layer.bias, few)}
                       for layer in layers], "next_int64": next_int64()}


def next_int64():
    """What DataLoader draws as a base seed: two words, the second one low."""
    return torch.empty((), dtype=torch.int64).random_().item()


def torch_int64s(seed):
    torch.manual_seed(seed)
    return {"seed": seed, "drawn": [next_int64() for _ in range(5)]}


def torch_randperm(seed, n):
    generator = torch.Generator()
    generator.manual_seed(seed)
    return {"seed": seed, "n": n} | hashed("permutation", torch.randperm(n, generator=generator))


def torch_batches(seed, sizes, n, batch_size, validation_rows, epochs):
    """Rows of each epoch's batches in a loop that also visits a validation loader."""
    torch.manual_seed(seed)
    network(sizes)
    train = DataLoader(TensorDataset(torch.arange(n)), batch_size, shuffle=True)
    validation = DataLoader(TensorDataset(torch.arange(validation_rows)), batch_size)
    orders = []
    for _ in range(epochs):
        batches = [rows.tolist() for rows, in train]
        orders.append({"batches": len(batches), "last_batch": len(batches[-1])}
                      | hashed("rows", itertools.chain.from_iterable(batches)))
        for _ in validation:
            pass
    return {"seed": seed, "sizes": sizes, "n": n, "batch_size": batch_size, "epochs": orders,
            "next_int64": next_int64()}


def torch_facts():
    shapes = [[60, 40, 2], [60, 2], [3, 2, 2], [1, 1], [60, 24, 12, 6, 2], [4, 8, 5, 3],
              [60, 100, 100, 1]]
    files.write(
        FOLDER + "torch.json", f"reference/streams.py, PyTorch {torch.__version__}",
        int64s=[torch_int64s(seed) for seed in SEEDS],
        weights=[torch_weights(seed, sizes) for seed in SEEDS for sizes in shapes],
        randperms=[torch_randperm(seed, n) for seed in SEEDS
                   for n in (1, 2, 3, 10, 156, 208, 5000)],
        batches=[torch_batches(seed, sizes, n, size, 52, 4) for seed in (0, 42, 2**32 - 1)
                 for sizes, n, size in [([60, 40, 2], 156, 16), ([60, 40, 2], 156, 7),
                                        ([60, 24, 12, 6, 2], 156, 155), ([4, 3, 2], 17, 5),
                                        ([4, 3, 2], 16, 1), ([4, 2], 2000, 64)]])


def philox(counter, key, rounds=10):
    """Philox4x32 of Salmon et al. 2011, from its definition."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(rounds):
        a, b = 0xD2511F53 * x0, 0xCD9E8D57 * x2
        x0, x1, x2, x3 = (b >> 32) ^ x1 ^ k0, b % 2**32, (a >> 32) ^ x3 ^ k1, a % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [x0, x1, x2, x3]


# Random123's tests/kat_vectors, its three lines for philox4x32 10.
PUBLISHED = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([2**32 - 1] * 4, [2**32 - 1] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    ([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0],
     [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
]


def philox_facts():
    for counter, key, words in PUBLISHED:
        assert philox(counter, key) == words
    rng = np.random.default_rng(3)
    drawn = rng.integers(2**32, size=(20, 6)).tolist()
    small = [[epoch, row, layer, unit, seed, purpose] for epoch, row, layer, unit, seed, purpose in
             [(0, 0, 0, 1, 0, 1), (1, 0, 0, 0, 0, 1), (0, 1, 0, 0, 0, 1), (0, 0, 1, 0, 0, 1),
              (79, 155, 1, 39, 2**32 - 1, 2)]]
    vectors = PUBLISHED + [(line[:4], line[4:], philox(line[:4], line[4:]))
                           for line in small + drawn]
    files.write(FOLDER + "philox.json",
                "reference/streams.py; the first three are Random123's known answers",
                vectors=[{"counter": counter, "key": key, "words": words}
                         for counter, key, words in vectors])


def quantile(p):
    """The normal quantile of the float64 p to 60 digits, rounded to float64 once."""
    with mpmath.workdps(60):
        start = mpmath.mpf(float(ndtri(p)))
        if start == 0:
            return 0.0
        target = mpmath.mpf(p)
        for _ in range(8):
            density = mpmath.npdf(start)
            start -= (mpmath.ncdf(start) - target) / density
        return float(start)


def normal_facts():
    """Both tails, the centre, and where the branches of AS 241 meet."""
    tails = [2.0**-k for k in (1074, 1022, 500, 100, 64, 53, 40, 33, 32, 24, 16, 8, 4, 3, 2)]
    edges = [0.075, 0.0749999, 0.0750001, 0.925, 0.9249999, 0.9250001, 1.3887943864964021e-11,
             1.3887943864964e-11, 0.5, 0.5 - 2**-33, 0.5 + 2**-33, 1e-300, 1e-10, 0.025, 0.975]
    upper = [1 - 2.0**-k for k in (53, 52, 40, 33, 24, 16, 8, 4, 3, 2)]
    rng = np.random.default_rng(4)
    points = sorted({*tails, *edges, *upper, *rng.random(150).tolist()})
    values = [quantile(p) for p in points]
    for p, value in zip(points, values):
        assert np.isclose(ndtri(p), value, rtol=2e-14, atol=1e-16), (p, value, ndtri(p))
    files.write("internal/mlp/testdata/normal.json",
                f"reference/streams.py, mpmath {mpmath.__version__} (60 digits), "
                f"within 2e-14 of SciPy {scipy.__version__}'s ndtri",
                quantiles=[{"p": p, "x": x} for p, x in zip(points, values)])


def write_all():
    numpy_facts()
    torch_facts()
    philox_facts()
    normal_facts()
