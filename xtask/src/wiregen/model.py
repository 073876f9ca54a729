"""Prints a botocore model as JSON, without prose."""

import gzip
import json
import pathlib
import sys

import botocore

DROP = {"documentation", "errors", "deprecatedMessage", "deprecatedSince"}


def plain(value, prose=False):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in DROP or not isinstance(item, (str, list))}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


folder = pathlib.Path(botocore.__file__).parent / "data" / sys.argv[1]
newest = max(path for path in folder.iterdir() if path.is_dir())
packed = newest / "service-2.json.gz"
text = gzip.open(packed).read() if packed.exists() else (newest / "service-2.json").read_bytes()
model = json.loads(text)
json.dump({"botocore": botocore.__version__, **plain(model)}, sys.stdout)
