"""A search of any kind of root, begun."""

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.search.ring_root import RingRoot
from holdem_mpi.search.ring_search import RingSearch, ThreeWaySearch
from holdem_mpi.search.root_search import CardAbstraction, EnumeratedSearch, RootSearch, SampledSearch, SearchRoot
from holdem_mpi.subgame.subgame_deck import SubgameDeck


def new_search(
    root: SearchRoot | RingRoot,
    tree: PublicTree,
    abstraction: CardAbstraction | None,
    stream: tuple[int, int, int],
    sampled: bool,
    deck: SubgameDeck | None = None,
) -> RootSearch:
    """A search from ``root``, the root of ``tree``, on. stream: (seed, decision, rank) of what is random in it.

    abstraction: not needed where two players' cards are not sampled. deck: of a search that enumerates cards; by
    default hold'em's. ValueError where no hands of the ranges can meet.
    """
    if isinstance(root, RingRoot):
        if not sampled:
            return ThreeWaySearch(tree, root, stream, deck)
        return RingSearch(tree, root, abstraction.continuation, stream)
    if sampled:
        return SampledSearch(tree, root, abstraction, stream)
    return EnumeratedSearch(tree, root, stream, deck)
