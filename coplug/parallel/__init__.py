"""Running independent calls in several processes, here or on a cluster that exists.

Three backends: ``local`` (joblib), ``ray`` and ``dask``. Results must not depend on which one ran them: a call
gets all that decides its outcome as arguments.

On a cluster every machine needs the same coplug and the same files under the same absolute paths, as on a shared
file system: instances are read, and shards written, where the call runs. Give each worker one thread (Dask:
``dask worker --nthreads 1``), because SCIP keeps Python's lock while it solves.

joblib has backends for both clusters, which do not stream as is needed here (tried with joblib 1.6, distributed 2026.8
and Ray 2.60): Dask's waits for ever for a call whose worker died, takes the cluster's cores for the number of jobs, and
reads calls before the results of earlier ones were taken; Ray's refuses ``return_as="generator_unordered"``.
"""

from coplug.parallel.address import WorkersError
from coplug.parallel.workers import BACKENDS, LOCAL, Workers, run_unordered

__all__ = ["BACKENDS", "LOCAL", "Workers", "WorkersError", "run_unordered"]
