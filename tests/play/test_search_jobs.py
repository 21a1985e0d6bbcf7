"""Who is told to compile beside the start of a table."""

from holdem_mpi.play.search_jobs import search_jobs


def test_tables_of_two_players_that_can_be_opened_have_a_search():
    shipped = search_jobs(None, None)
    assert shipped[-1].name == "search of two players" and shipped[-1].arguments == {"board_cards": [0, 3, 1, 1]}
    assert search_jobs("nolimit_hu_200bb", None) == search_jobs(None, "nolimit_hu_200bb") == shipped


def test_others_have_nothing_and_are_told_where_they_are_opened(tmp_path):
    for policy, profile in (("always-call", None), ("nowhere", None), (str(tmp_path), None), (None, "nowhere")):
        assert search_jobs(policy, profile) == []
