"""Game definitions from files: what is said where there is none."""

from pathlib import Path

import pytest

from holdem_mpi.errors import UserError
from holdem_mpi.hands.acpc_games import open_acpc_game


@pytest.mark.parametrize(
    "name, problem", [("missing.game", "No such file or directory"), ("folder.game", "Is a directory"), ("", "")]
)
def test_what_is_expected_of_a_game(tmp_path, name, problem):
    (tmp_path / "folder.game").mkdir()
    path = tmp_path / name
    with pytest.raises(UserError) as caught:
        open_acpc_game(str(path))
    expected = f"{problem or 'Is a directory'}, expected a game definition of the ACPC (.game file)"
    assert str(caught.value) == f"{path}: {expected}"


def test_a_byte_order_mark_before_a_game_is_nothing(tmp_path):
    file_name, game = open_acpc_game("holdem_nolimit_2p")
    text = Path(file_name).read_text(encoding="utf-8")
    (tmp_path / "marked.game").write_text("\ufeff" + text, encoding="utf-8")
    assert open_acpc_game(str(tmp_path / "marked.game"))[1] == game
