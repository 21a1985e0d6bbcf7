"""The pictures of docs/explore.md are those that the script draws."""

import re

from helpers.draw_pages import DOCS, PICTURES


def test_every_picture_of_the_document_is_drawn_by_the_script():
    text = (DOCS / "explore.md").read_text()
    assert re.findall(r"!\[[^\]]+\]\((\S+)\)", text) == list(PICTURES)
    for name in PICTURES:
        assert (DOCS / name).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
