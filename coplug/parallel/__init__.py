"""Running independent calls in several processes, here or on a cluster that exists.

Three backends: ``local`` (joblib), ``ray`` and ``dask``. Results must not depend on which one ran them: a call
gets all that decides its outcome as arguments.

On a cluster every machine needs the same coplug and the same files under the same absolute paths, as on a shared
file system: instances are read, and shards written, where the call runs. Give each worker one thread (Dask:
``dask worker --nthreads 1``), because SCIP keeps Python's lock while it solves.
"""

from coplug.parallel.address import WorkersError
from coplug.parallel.workers import BACKENDS, Workers, run_unordered

__all__ = ["BACKENDS", "Workers", "WorkersError", "run_unordered"]
