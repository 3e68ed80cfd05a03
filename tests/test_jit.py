from __future__ import annotations

import os
import subprocess
import sys


def test_kernels_are_cached_across_processes(tmp_path):
    code = (
        "from coplug.scip.warm_up import warm_up_scip; from coplug.scip import kernels; warm_up_scip();"
        "print(kernels.read_columns.stats)"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert "cache_misses=Counter({" in outputs[0].stdout
    assert "cache_misses=Counter()" in outputs[1].stdout
