"""Which abstraction a command line means, by numbers, by recipe or by folder; built where it is not there yet."""

from typing import Any, NamedTuple

from holdem_mpi.abstraction.build_abstraction import Abstraction, check_tables, ensure_abstraction
from holdem_mpi.config.buckets import LOSSLESS_BUCKETS, buckets
from holdem_mpi.config.load import folder_written_out, recipe_named
from holdem_mpi.errors import ConfigError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.cache import cache_folder


class AbstractionRequest(NamedTuple):
    """A card abstraction that a command line asks for.

    buckets: how many, by street.
    methods: by street; none for percentiles and lossless buckets.
    seed: of k-means.
    folder: that must hold the tables already, where one was named.
    """

    buckets: tuple[int, ...]
    methods: tuple[str, ...] = ()
    seed: int = 0
    folder: str | None = None

    @property
    def final_street(self) -> int:
        """The last street of the game: 1 flop, 2 turn, 3 river."""
        return len(self.buckets) - 1


def request_of(comm: Communicator, text: str, recipe: str | None) -> AbstractionRequest:
    """What ``--buckets text`` or, where given, ``--recipe`` means. ConfigError, one line. Rank 0 reads the files."""
    found: dict[str, Any] = comm.on_root(lambda: recipe_named(recipe).written_out() if recipe else _by_buckets(text))
    return AbstractionRequest(
        tuple(found["buckets"]), tuple(found.get("methods", ())), found.get("seed", 0), found.get("directory")
    )


def _by_buckets(text: str) -> dict[str, Any]:
    try:
        given = buckets(text)
    except ValueError:
        expected = "expected numbers between commas, such as 169,50,50,50, or the folder of a built abstraction"
        raise ConfigError(f"--buckets {text}: {expected}") from None
    if isinstance(given, str):
        return folder_written_out(given)
    cards = (0, *LOSSLESS_BUCKETS)
    lossless = [(place, word) for place, word in enumerate(given) if word == "lossless"]
    if any(not 0 < place < len(cards) for place, _ in lossless):
        raise ConfigError(f"--buckets {text}: expected lossless on flop, turn and river alone")
    for place, _ in lossless:
        given[place] = LOSSLESS_BUCKETS[cards[place]]
    return {"buckets": given}


def ensure_requested(comm: Communicator, request: AbstractionRequest, folder: str | None) -> Abstraction:
    """The abstraction, in ``folder`` or the cache, built where tables are missing; in the folder that ``request`` names
    they must stand. Collective.
    """
    if request.folder is not None:
        comm.on_root(
            lambda: check_tables(request.folder, request.buckets, request.final_street, request.methods, request.seed)
        )
    place = request.folder or folder
    return ensure_abstraction(
        comm, request.buckets, request.final_street, place, methods=request.methods, seed=request.seed
    )


def open_requested(comm: Communicator, request: AbstractionRequest, folder: str | None, command: str) -> Abstraction:
    """The abstraction as ``ensure_requested`` gives it, without building: DataError, which names the ``command`` that
    would, where a table is missing. Collective.
    """
    place, final_street = request.folder or cache_folder(folder), request.final_street
    comm.on_root(lambda: check_tables(place, request.buckets, final_street, request.methods, request.seed, command))
    return ensure_requested(comm, request, folder)
