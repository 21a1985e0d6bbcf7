"""An agent in a loop of one's own: it plays both seats of some hands, and one of them searches.

python examples/agent_loop.py --hands 3 --search-ms 200
"""

import argparse
import random

import holdem_mpi as hm

DECK = [rank + suit for rank in "23456789TJQKA" for suit in "cdhs"]
OPEN = (0, 3, 4, 5)  # public cards by street


def play(number: int, policy, agents, cards: list[str]) -> None:
    """One hand; prints each decision. The cards: two of each seat, then the board."""
    hands, betting = ("".join(cards[:2]), "".join(cards[2:4])), ""
    while betting is not None:
        board = "".join(cards[4 : 4 + OPEN[betting.count("/")]])
        seat = policy.decision(board, betting).player
        answer = agents[seat].act(hands[seat], board=board, betting=betting, hand_number=number)
        ev = "" if answer["ev"] is None else f", EV {answer['ev']:+.0f}"
        print(f"  seat {seat} {hands[seat]} on {board or '-'} after {betting or '-'}: {answer['action']}", end="")
        print(f" ({answer['source']}, {answer['milliseconds']:.0f} ms{ev})")
        betting = answer["betting"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", default="nolimit_hu_200bb", help="a run's folder, or a shipped blueprint")
    parser.add_argument("--hands", type=int, default=3)
    parser.add_argument("--search-ms", type=float, default=200.0, help="of seat 0, for a decision after the flop")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    policy = hm.load_policy(arguments.policy)
    agents = (hm.Agent(policy, search_ms=arguments.search_ms, seed=1), hm.Agent(policy, seed=2))
    shuffle = random.Random(arguments.seed)
    for number in range(arguments.hands):
        print(f"hand {number}")
        play(number, policy, agents, shuffle.sample(DECK, 9))


if __name__ == "__main__":
    main()
