"""Menus of spots by name: what their keys stand for, where the spot file does not write them itself."""

from typing import Any

MENUS: dict[str, dict[str, Any]] = {
    "lean": {
        "bet_sizes": {"flop": ["33%"], "turn": ["66%"], "river": ["75%"]},
        "raise_sizes": ["2.5x"],
        "donk_sizes": [],
        "all_in": False,
        "add_allin": 1.0,
        "force_allin": 0.2,
        "max_raises": 3,
    },
    "standard": {
        "bet_sizes": {"flop": ["33%", "75%"], "turn": ["50%", "100%"], "river": ["50%", "100%"]},
        "raise_sizes": ["60%"],
        "donk_sizes": {"turn": [], "river": ["50%"]},
        "all_in": False,
        "add_allin": 1.5,
        "force_allin": 0.15,
        "merge_sizes": 0.1,
        "max_raises": 4,
    },
    "rich": {
        "bet_sizes": {"flop": ["25%", "50%", "100%"], "turn": ["33%", "75%", "150%"], "river": ["33%", "75%", "150%"]},
        "raise_sizes": ["50%", "100%"],
        "donk_sizes": {"turn": ["33%"], "river": ["33%", "75%"]},
        "all_in": True,
        "force_allin": 0.1,
        "merge_sizes": 0.1,
    },
}
