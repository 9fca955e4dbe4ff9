"""What DVC makes of a text in params.yaml when `dvc exp run -S` writes the file anew. This script runs in the
pipeline's own environment, ../.venv, which has DVC."""

import json
import random
import tempfile
from pathlib import Path

import dvc
from dvc.fs import LocalFileSystem
from dvc.parsing.context import Context
from dvc.utils.hydra import apply_overrides

import files

MADE_BY = f"reference/spellings.py, DVC {dvc.__version__}"
# As people write labels, names and gaps; spaces part them.
PLAIN = """R é café 日本 😀 a#b a:b a"b a'b a\\b a{x} $x ? - ?a -a :a <=50K > < = << * . .. ... + ++ --1 N/A n/a NA
~ null Null NULL nULL none None true True TRUE tRUE false False FALSE yes Yes YES no No NO y Y n N on On ON off Off OFF
0 1 00 01 007 08 010 10 -0 +0 -1 +1 -01 +01 1.0 1. 1.50 .5 -.5 +.5 +1.5 -1.5 00.5 01.5 0.0 -0.0 +0.0 01. +01.
1e3 1E3 1e+3 1e-3 1e03 1e+03 1E+3 1.0e3 1.e3 1.5e3 1.5e+03 -1e3 +1e3 1e-07 1e-7 -1e-07 .5e3 5.e-3 1e99
1_000 1_000_000 1_ _1 1_000.5 1_0.0_1 0x1F 0x1f 0xFF 0xfF 0X1F -0x1F 0x 0o7 0o17 0O7 -0o7 0b11 -0b1 0b2
.inf -.inf +.inf .Inf -.Inf .INF .nan .NaN .NAN inf Inf nan NaN 1:30 01:30 12:30:45 190:20:30 190:20:30.15
2024-01-01 2024-1-1 2024-13-45 2024-01 01-01-2024 2024-01-01T12:30:45 2024-01-01T12:30:45Z 99999999999999999999
123456789012345678901234567890 1.0.0 1,000 1.000,5 ??? ???? ${x} a${x}b ${ $${x} $x} !x""".split()
PLAIN += ["a b", "a  b", "a #b", "2024-01-01 12:30:45", "2024-1-1 12:30:45", "!x a", "!!str 1", "!!int 1", "&x a", "& a"]
QUOTED = ["", " ", "a", "True", "true", "null", "~", "1", "+1", "-0", "0x1F", "1e3", "1.0", ".inf", "=", "<<", "?", "-",
          "- a", "a: b", "#x", "a #b", "2024-01-01", "12:30:45", "a, b", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a",
          "`a", "|", ">", "'a'", '"a"', "???", "${x}", "a${x}", "${", "\\${x}", "a\nb", "a\rb", "a\tb", "é", "e\u0301",
          "a\u00a0b", "a\u0085b", "a\u2028b", "a\u2029b", "\u202ea", "a\ufeffb", "a\x1bb", "a\x00b", "\x7f", "...", "---",
          "a:", ":a", "a'b", 'a"b', "a\\b", "word " * 30 + "end", "two  spaces " * 4 + "end",
          "two  spaces " * 12 + "end", "long" * 50]


def after(item):
    """The item when the file has been read and written; None if DVC cannot do either."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "params.yaml"
        path.write_text(f"data:\n  classes:\n  - zzz\n  - {item}\ntrain:\n  epochs: 80\n", encoding="utf-8")
        try:
            for epochs in (40, 41):
                Context.load_from(LocalFileSystem(), str(path))
                apply_overrides(path, [f"train.epochs={epochs}"])
            Context.load_from(LocalFileSystem(), str(path))
        except Exception:  # of many kinds, some of them DVC's own faults
            return None
        text = path.read_text(encoding="utf-8")
        return text.removeprefix("data:\n  classes:\n  - zzz\n  -").removesuffix("\ntrain:\n  epochs: 41\n")[1:]


def random_number(rng):
    """Numbers and what nearly is one."""
    digits = lambda most: "".join(rng.choice("0012345678900") for _ in range(rng.randint(0, most)))
    sign = rng.choice(["", "", "-", "+"])
    exponent = rng.choice("eE") + rng.choice(["", "-", "+"]) + digits(2) + rng.choice("0123456789")
    return sign + rng.choice([
        digits(20) + rng.choice("0123456789"),
        digits(5) + "." + digits(5) + "0",
        digits(5) + "." + digits(18) + "0",
        digits(5) + "1" + rng.choice(["", ".", ".5"]) + digits(5) + exponent,
        rng.choice(["0x", "0o", "0b"]) + "".join(rng.choice("01237aF") for _ in range(rng.randint(1, 5))),
        "".join(rng.choice("01239_._eE+-:") for _ in range(rng.randint(1, 7))) + "1"])


def random_text(rng):
    alphabet = "ab01 .-:#'\"\\,[]{}&*!|>%@`~?$é日😀\t\u00a0\u202e\u2028\u0085\x1b\x00"
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(1, rng.choice([4, 12, 120]))))


def write_all():
    rng = random.Random(4)
    numbers = sorted({random_number(rng) for _ in range(700)})
    texts = QUOTED + sorted({random_text(rng) for _ in range(300)})
    quoted = [json.dumps(text) if text.isascii() or rng.random() < 0.5 else json.dumps(text, ensure_ascii=False).translate(
        {0x85: "\\x85", 0x2028: "\\u2028"}) for text in texts]
    quoted += ["'" + text.replace("'", "''") + "'" for text in texts if text.isprintable()]
    files.write("internal/params/testdata/spellings.json", MADE_BY,
                plain=[[item, after(item)] for item in PLAIN],
                numbers=[[item, after(item)] for item in numbers],
                quoted=[[item, after(item)] for item in quoted])


if __name__ == "__main__":
    write_all()
