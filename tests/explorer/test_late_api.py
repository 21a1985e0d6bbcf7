"""The API while the server starts, and the answers that it keeps."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from holdem_mpi.explorer.endpoint import PlainJson
from holdem_mpi.explorer.job_limits import JobLimits
from holdem_mpi.explorer.late_api import LateApi
from holdem_mpi.explorer.policy_api import PolicyApi
from holdem_mpi.explorer.policy_view import DecisionAsked, KeptAnswers, decision_view
from holdem_mpi.explorer.sources import Sources

NAME = "nolimit_hu_200bb"


def asking(api):
    """A client that asks an ASGI application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://here", timeout=120)


def run(talk):
    """What a coroutine gives; in a thread of its own, as this one may have the loop of a browser."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, talk).result()


def test_questions_wait_for_what_is_being_loaded(tmp_path):
    api = LateApi(Sources([NAME]), tmp_path, JobLimits())

    async def talk():
        async with asking(api) as client:
            early = [asyncio.create_task(client.get(f"/api/{name}")) for name in (f"policy/decision?of={NAME}", "x")]
            assert (await client.get("/api/sources")).json()["sources"][0]["name"] == NAME
            waits = [not each.done() for each in early]
            api.start()
            answers = [await each for each in early]
            listed = await client.get("/api/spot/list")
            return waits, answers, listed

    waits, (decision, nothing), listed = run(talk())
    assert waits == [True, True]
    assert decision.json()["of"] == NAME and len(decision.json()["classes"]) == 169
    assert nothing.status_code == 404 and listed.json()["solved"] == []
    api.close()


def test_what_cannot_be_loaded_is_no_question_without_an_end(tmp_path, monkeypatch):
    def fails(self):
        yield None
        raise MemoryError("no room")

    async def talk():
        async with asking(api) as client:
            await client.get("/api/spot/list")

    monkeypatch.setattr(LateApi, "_parts", fails)
    monkeypatch.setattr("threading.excepthook", lambda told: None)
    api = LateApi(Sources([NAME]), tmp_path, JobLimits())
    api.start()
    with pytest.raises(MemoryError, match="no room"):
        run(talk())
    api.close()


def test_the_first_street_is_that_of_the_whole_policy():
    api = PolicyApi(Sources([NAME]))
    api.begin()
    early = api.book.open_for(NAME, "")
    assert api.book.open_for(NAME, "r300") is early
    whole = api.book.open_for(NAME, "r300c/")
    assert whole is not early and api.book.open_for(NAME, "") is whole
    lines, asked = ["", "r777", "r300r1111"], 0
    while lines:
        line = lines.pop()
        told = decision_view(whole, "", line)
        assert told == decision_view(early, "", line)
        lines += [each["next"] for each in told["actions"] if each["next"] and "/" not in each["next"]]
        asked += 1
    assert asked > 20


def test_kept_answers_are_those_of_the_cards_in_sight():
    api = PolicyApi(Sources([NAME]))
    decision = next(each for each in api.endpoints() if each.name == "policy/decision").answer
    policy = api.book.open(NAME)
    for board, line in [("Qh7h2c5sTd", "r300c"), ("Qh7h2c", "r300c/"), ("Qh7h3c", "r300c"), ("Qh", "r300c/"), ("", "")]:
        asked = DecisionAsked(of=NAME, board=board, betting=line)
        made = PlainJson({"of": NAME} | decision_view(policy, board, line)).body
        assert decision(asked).body == made == decision(asked).body


def test_few_answers_are_kept_and_none_of_a_policy_that_is_closed():
    kept, made = KeptAnswers(most=2), []
    policies = [PolicyApi(Sources([NAME])) for _ in range(2)]  # anything stands for a policy

    def get(place, key):
        def make():
            made.append((place, key))
            return f"{place} {key}".encode()

        return kept.get(policies[place], key, make)

    assert [get(0, 1), get(1, 1), get(0, 1), get(0, 2), get(0, 3)] == [b"0 1", b"1 1", b"0 1", b"0 2", b"0 3"]
    assert made == [(0, 1), (1, 1), (0, 2), (0, 3)]
    assert get(0, 3) == b"0 3" and get(0, 1) == b"0 1" and made[-1] == (0, 1)
    assert len(kept) == 3
    policies.pop()
    gc.collect()
    assert len(kept) == 2
