"""Items of unequal cost over ranks: whoever has finished gets the next one.

Rank 0 hands the items out and works on them too. While it works nobody is served, so the other ranks hold items ahead,
towards the end fewer, so that they finish together. Waiting ranks sleep: spinning takes a core from those that work.
"""

import sys
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator

Work = Callable[[int], np.ndarray]
OnResult = Callable[[int, np.ndarray], None]

_TAG_ITEM, _TAG_HEADER, _TAG_RESULT = 21, 22, 23
_DONE = -1
# Items that a rank holds at most, the one that it works on included.
_MOST_HELD = 3
_MAX_DIMENSIONS = 6


def run_items(comm: Communicator, items: Sequence[int], work: Work, on_result: OnResult) -> None:
    """Call ``work(item)`` for every item, each on some rank, and ``on_result(item, array)`` on rank 0 for each result.

    items: int >= 0, the same sequence on every rank; handed out in this order. work: gives a C-contiguous float64 array
    of at most 6 dimensions, which must depend on the item alone. on_result is called in the order in which results
    arrive, which differs from run to run: sum them in the order of items afterwards. Collective. An exception in
    ``work`` or ``on_result`` is raised where it happened, and the job has to end then, as ``run_command`` does; a
    UserError, which every rank must see or none, is printed and ends the job here.
    """
    if comm.size == 1:
        for item in items:
            on_result(item, work(item))
        return
    try:
        if comm.rank == 0:
            _serve(comm, items, work, on_result)
        else:
            _work_until_done(comm, work)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        comm.abort(error.exit_code)


def _serve(comm: Communicator, items: Sequence[int], work: Work, on_result: OnResult) -> None:
    todo, assigned = deque(items), [0] * comm.size
    while todo or any(assigned):
        _hand_out(comm, todo, assigned)
        if todo:
            item = todo.popleft()
            on_result(item, work(item))
            _take_results(comm, assigned, on_result)
        else:
            _take_result(comm, comm.wait_for_message(_TAG_HEADER), assigned, on_result)
    for rank in range(1, comm.size):
        comm.send(np.array([_DONE], np.int64), rank, _TAG_ITEM)


def _hand_out(comm: Communicator, todo: deque[int], assigned: list[int]) -> None:
    """Fill the other ranks up, round by round, to what each may hold."""
    for level in range(_MOST_HELD):
        for rank in range(1, comm.size):
            # The last items go one to each rank, and one to rank 0.
            if todo and assigned[rank] <= level and (level == 0 or len(todo) > level * comm.size):
                comm.send(np.array([todo.popleft()], np.int64), rank, _TAG_ITEM)
                assigned[rank] += 1


def _take_results(comm: Communicator, assigned: list[int], on_result: OnResult) -> None:
    while (source := comm.source_of_message(_TAG_HEADER)) is not None:
        _take_result(comm, source, assigned, on_result)


def _take_result(comm: Communicator, source: int, assigned: list[int], on_result: OnResult) -> None:
    header = np.empty(2 + _MAX_DIMENSIONS, np.int64)
    comm.receive(header, source, _TAG_HEADER)
    result = np.empty(tuple(header[2 : 2 + header[1]]), np.float64)
    comm.receive(result, source, _TAG_RESULT)
    assigned[source] -= 1
    on_result(int(header[0]), result)


def _work_until_done(comm: Communicator, work: Work) -> None:
    item, before = np.empty(1, np.int64), None
    while True:
        comm.receive(item, 0, _TAG_ITEM)
        if item[0] == _DONE:
            break
        result = np.asarray(work(int(item[0])), np.float64, order="C")
        header = np.zeros(2 + _MAX_DIMENSIONS, np.int64)
        header[:2] = item[0], result.ndim
        header[2 : 2 + result.ndim] = result.shape
        if before:
            before.wait()
        before = comm.start_send([(header, _TAG_HEADER), (result, _TAG_RESULT)], 0)
    if before:
        before.wait()
