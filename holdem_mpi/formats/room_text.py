"""Hand histories as poker rooms write them: not read, but known by how they begin, so that a message can say so."""

import re

_ROOMS = (
    (r"PokerStars (?:Home Game |Zoom )?(?:Hand|Game) #", "PokerStars"),
    (r"Poker Hand #", "GGPoker"),
    (r"Full ?Tilt ?Poker (?:Hand|Game) #", "Full Tilt Poker"),
    (r"Winamax Poker - ", "Winamax"),
    (r"(?:Ignition|Bovada|Bodog)(?:\.\w+)? (?:Hand|Game) #", "Ignition"),
    (r"\*{3,} ?(?:888poker|Pacific Poker|Cassava) ", "888poker"),
    (r"#Game No ?: ?[0-9]+", "888poker"),
    (r"\*{3,} ?Hand History [Ff]or Game ", "PartyPoker"),
    (r"(?:Game )?Hand #[0-9]+ ?-", "a poker room"),
    (r"(?:<\?xml[^>]*>\s*)?<session\b", "iPoker"),
    (r"Stage #[0-9]+", "Absolute Poker"),
)


def room_of(text: str) -> str:
    """The poker room whose hand history a text is by its beginning; nothing where it is none that is known."""
    begin = text[:400].lstrip("\ufeff \t\r\n")
    return next((room for pattern, room in _ROOMS if re.match(pattern, begin)), "")
