"""Ray Data: one task reads the input on this machine, actors anywhere annotate its chunks."""

import logging
import pickle
import warnings
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from ...errors import Errors
from ...runtime.cores import available_cores
from ..needed import needs
from ..pending import Pending
from ..rows import Chunk
from ..work import Done, Work
from .engine import ERRORS, Engine

if TYPE_CHECKING:
    import numpy as np

CHUNK = "chunk"  # the one column: a chunk, or what was made of it, pickled


class RayData(Engine):
    """address: Of a cluster; None for one on this machine, which ends with the job.

    uses_gpus: A GPU for each actor; None: if the cluster has as many.
    """

    def __init__(self, n_workers: int, address: str | None, *, uses_gpus: bool | None) -> None:
        needs("ray", "ray", "`--engine ray`")
        if address is not None and address.startswith("ray://"):
            raise ValueError(Errors.B535.format(address=address))
        self.n_workers, self.address, self.uses_gpus = n_workers, address, uses_gpus

    def run(self, work: Work, pending: Pending) -> Generator[Done, None, None]:
        import ray

        is_ours = not ray.is_initialized()
        if is_ours:
            self._begin()
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "The minimum number of concurrent actors")  # of a short input
                warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")  # older ones have no other
                results = _dataset(work, pending, self.n_workers, n_gpus=self._gpus())
                for batch in results.iter_batches(batch_size=1, batch_format="numpy", prefetch_batches=0):
                    found = pickle.loads(batch[CHUNK][0])
                    if isinstance(found, Exception):
                        raise found
                    yield found
        finally:
            if is_ours:
                ray.shutdown()

    def _begin(self) -> None:
        import ray

        if self.address is not None:
            ray.init(address=self.address, log_to_driver=False, logging_level=logging.ERROR)
            return
        # Besides the actors, a core for the task that reads.
        n_cores = max(available_cores(), self.n_workers + 1)
        ray.init(num_cpus=n_cores, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)

    def _gpus(self) -> int:
        import ray

        if self.uses_gpus is not None:
            return int(self.uses_gpus)
        return int(ray.cluster_resources().get("GPU", 0) >= self.n_workers)


class _Actor:
    """One load of the pipeline."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {CHUNK: _packed([self._done(pickle.loads(data)) for data in batch[CHUNK]])}

    def _done(self, found: Chunk | Exception) -> Done | Exception:
        """An error goes to the program that has called: Ray would tell all the places that it came through."""
        if isinstance(found, Exception):
            return found
        try:
            return self._work(found)
        except ERRORS as error:
            return error


def _dataset(work: Work, pending: Pending, n_workers: int, *, n_gpus: int) -> Any:
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.target_max_block_size = 1  # a block for each chunk, which is a row
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    chunks = ray.data.read_datasource(
        _chunks_of(pending), override_num_blocks=1, ray_remote_args={"scheduling_strategy": here}
    )
    return chunks.map_batches(
        _Actor,
        fn_constructor_args=(work,),
        batch_size=1,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(size=n_workers),
        num_cpus=1,
        num_gpus=n_gpus,
    )


def _chunks_of(pending: Pending) -> Any:
    """A source of Ray Data with one task, which gives a block for each chunk."""
    import pyarrow as pa
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask

    def table(found: Chunk | Exception) -> pa.Table:
        return pa.table({CHUNK: pa.array([pickle.dumps(found)], pa.large_binary())})

    def read() -> Iterator[pa.Table]:
        try:
            for chunk in pending.chunks():
                yield table(chunk)
        except ERRORS as error:
            yield table(error)

    class Chunks(Datasource):
        def estimate_inmemory_data_size(self) -> int | None:
            return None

        def get_read_tasks(self, *args: Any, **kwargs: Any) -> list[Any]:
            return [ReadTask(read, BlockMetadata(None, None, None, None))]

    return Chunks()


def _packed(done: list[Done | Exception]) -> "np.ndarray":
    import numpy as np

    found = np.empty(len(done), dtype=object)
    found[:] = [pickle.dumps(one) for one in done]
    return found
