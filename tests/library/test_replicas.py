"""Several devices, several processes: a step equals that of one device on the joint batch.

TensorFlow takes its devices once for a process, so each of these runs in processes of its own.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TRAINING = Path(__file__).with_name("replica_training.py")


def started(kind: str, **environment: str) -> subprocess.Popen:
    """A process that trains every model, and prints what came out, as JSON."""
    folder = TRAINING.parent
    path = os.pathsep.join(map(str, [folder, folder.parent, folder.parent.parent]))
    return subprocess.Popen(
        [sys.executable, str(TRAINING), kind],
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(process: subprocess.Popen) -> dict:
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-3000:]
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def alone() -> dict:
    """What one device finds."""
    return results(started("one"))


def assert_equal(found: dict, alone: dict) -> None:
    """Each number that both have found; the batches come in one order."""
    both = found.keys() & alone.keys() - {"unsynchronised"}
    assert len(both) >= 20
    for name in both:
        np.testing.assert_allclose(found[name], alone[name], rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_a_step_of_two_devices_is_a_step_of_one(alone):
    """Kind: `MirroredStrategy`: noise, penalties, batch norm, losses, averages, evaluation."""
    found = results(started("mirrored"))
    assert found.keys() == alone.keys()
    assert "synchronized=True" in found["unsynchronised"]
    assert_equal(found, alone)


@pytest.mark.slow
def test_a_step_of_two_processes_is_a_step_of_one(alone):
    """Kind: `MultiWorkerMirroredStrategy`: the same; a clock that would never end is refused."""
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            ports.append(free.getsockname()[1])
    workers = [f"localhost:{port}" for port in ports]
    processes = [
        started(
            "workers",
            TF_CONFIG=json.dumps(
                {"cluster": {"worker": workers}, "task": {"type": "worker", "index": i}}
            ),
        )
        for i in range(2)
    ]
    for found in map(results, processes):
        assert "several workers" in found.pop("clock")
        assert_equal(found, alone)
