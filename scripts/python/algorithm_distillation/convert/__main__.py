"""The command line of the converters."""

import argparse
import pathlib
import shutil
import sys
import zipfile

from ..tensors import FileProblem
from . import adeps, dicp, headless, minari, xland

CONVERTERS = {
    "ad-eps": adeps.convert, "headless-ad": headless.convert, "dicp": dicp.convert, "xland": xland.convert,
    "minari": minari.convert, "export-minari": minari.export,
}


def main() -> int:
    """Converts, or says in a sentence why not."""
    parser = argparse.ArgumentParser(prog="algorithm_distillation.convert", description=__doc__)
    parser.add_argument("format", choices=CONVERTERS)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to make")
    parser.add_argument("--learner", help="what lived the histories")
    parser.add_argument("--episode-length", type=int, help="the steps of every episode, where ends are not stored")
    parser.add_argument("--actions", type=int, help="the number of actions, where it is not stored")
    parser.add_argument("--task-key", help="minari: the key of an episode's attributes or infos that says its task")
    parser.add_argument("--unpickle", action="store_true", help="ad-eps: read pickled arrays, which can run code")
    options = parser.parse_args()
    if options.out.exists():
        print(f"{options.out} exists already and is left as it is.", file=sys.stderr)
        return 1
    try:
        CONVERTERS[options.format](options.source, options)
    except FileProblem as problem:
        message = str(problem)
    except (OSError, KeyError, ValueError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as problem:
        # What the readers of HDF5 and NumPy say of a damaged file.
        text = " ".join(str(problem).split())
        message = f"{options.source} is not whole, or not of the format {options.format}: {text}."
    else:
        return 0
    shutil.rmtree(options.out, ignore_errors=True)
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
