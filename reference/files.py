"""Paths, the data sets that the references use, and the form of the JSON files."""

import csv
import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATASETS = ROOT / "internal/dataset/testdata"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def read(name):
    """Feature rows (floats) and labels (text) of internal/dataset/testdata/<name>."""
    with open(DATASETS / name, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    return [[float(field) for field in row[:-1]] for row in rows], [row[-1] for row in rows]


def md5(name):
    """MD5 of internal/dataset/testdata/<name>, as DVC writes it."""
    return hashlib.md5((DATASETS / name).read_bytes()).hexdigest()


def digits(numbers):
    """Small numbers as text, one base-36 digit each: a fold or class per row."""
    return "".join(DIGITS[number] for number in numbers)


def sha256(numbers):
    """SHA-256 of the decimal numbers joined by commas."""
    return hashlib.sha256(",".join(str(int(n)) for n in numbers).encode()).hexdigest()


def write(path, made_by, **content):
    """Writes an object with one line for each element of each list in it."""
    lines = [f'"made_by": {json.dumps(made_by)}']
    for key, value in content.items():
        if isinstance(value, list):
            elements = ",\n".join(compact(element) for element in value)
            lines.append(f'{json.dumps(key)}: [\n{elements}\n]')
        else:
            lines.append(f"{json.dumps(key)}: {compact(value)}")
    path = ROOT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def compact(value):
    """JSON without spaces; floats in shortest round-trip form, NumPy values included."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False,
                      default=lambda number: number.tolist())
