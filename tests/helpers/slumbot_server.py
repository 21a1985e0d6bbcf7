"""A server on this machine that speaks Slumbot's web interface, deals and judges by pokerkit, and errs on demand."""

import json
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pokerkit

# What the interface answers with 200 and error_msg; the words of its parser's errors among them.
ERRORS = (
    "Illegal check",
    "Illegal call",
    "Illegal fold",
    "Missing bet size",
    "Bet size not an integer",
    "Bet too small",
    "Bet too big",
    "Missing slash",
    "Missing slash (end of string)",
    "Extra characters at end of action",
    "Unexpected character in action",
    "Unexpected error",
    "Could not get JSON from request",
    "Missing token",
    "Invalid token",
    "No hand in progress",
)
# Faults before a request is looked at, and after it was carried out.
BEFORE = ("error", "status 500", "status 429", "status 503", "hang up")
AFTER = ("drop", "cut short", "no json", "a list", "empty", "other types", "old answer", "slow", "status 502")
LATE = ("late", "late after")


class Deal:
    """A hand. seat: the client's in pokerkit, where 0 is the big blind, as in the interface."""

    def __init__(self, rng, seat):
        automations = tuple(each for each in pokerkit.Automation if each != pokerkit.Automation.CARD_BURNING)
        random.seed(rng.getrandbits(32))
        self.state = pokerkit.NoLimitTexasHoldem.create_state(automations, True, 0, (50, 100), 100, 20_000, 2)
        self.seat, self.text, self._rng = seat, "", rng
        self._hole = [list(map(repr, cards)) for cards in self.state.hole_cards]
        self._bot()

    def act(self, incr):
        """The client's action; an error message where it is illegal."""
        state = self.state
        try:
            if incr in ("k", "c") and (incr == "c") == (state.checking_or_calling_amount > 0):
                state.check_or_call()
            elif incr == "f" and state.checking_or_calling_amount:
                state.fold()
            elif incr[:1] == "b" and incr[1:].isdecimal():
                state.complete_bet_or_raise_to(int(incr[1:]))
            else:
                return f"Illegal action {incr}"
        except ValueError as error:
            return str(error)
        self._did(incr)
        self._bot()
        return ""

    def _did(self, word):
        self.text += word
        state = self.state
        while state.status and state.can_burn_card():
            state.burn_card("??")
            self.text += "/"
        if not state.status and word != "f":
            self.text += "/" * (3 - self.text.count("/"))

    def _bot(self):
        state, rng = self.state, self._rng
        while state.status and state.actor_index == 1 - self.seat:
            if state.checking_or_calling_amount and rng.random() < 0.2:
                state.fold()
                self._did("f")
            elif state.can_complete_bet_or_raise_to() and rng.random() < 0.3:
                least = state.min_completion_betting_or_raising_to_amount
                most = state.max_completion_betting_or_raising_to_amount
                to = most if rng.random() < 0.1 else rng.randint(least, min(4 * least, most))
                state.complete_bet_or_raise_to(to)
                self._did(f"b{to}")
            else:
                word = "c" if state.checking_or_calling_amount else "k"
                state.check_or_call()
                self._did(word)

    def answer(self, before):
        """What the interface tells of the hand."""
        board = [repr(card) for cards in self.state.board_cards for card in cards]
        return {
            "old_action": before,
            "action": self.text,
            "client_pos": self.seat,
            "hole_cards": self._hole[self.seat],
            "board": board,
        } | ({} if self.state.status else {"bot_hole_cards": self._hole[1 - self.seat]})


class SlumbotServer:
    """Serves on 127.0.0.1 until ``close``.

    faults: probability of one of ``kinds`` at each request.
    on_new_hand: what becomes of a hand that is on when another is asked for: "resume" gives it back, "fold" counts it
        as given up, "forget" does not count it.
    account: (user, password) that must log in; None for guests.
    late: seconds of an answer that comes too late.
    lifetime: hands after which a session no longer counts; None for any number.
    """

    def __init__(
        self, seed=0, faults=0.0, on_new_hand="resume", account=None, late=0.0, kinds=BEFORE + AFTER, lifetime=None
    ):
        self.rng, self.faults, self.kinds, self.late = random.Random(seed), faults, kinds, late
        self.on_new_hand, self.account, self.lifetime = on_new_hand, account, lifetime
        self.illegal, self.seen, self.results = [], Counter(), []
        self._sessions, self._lock, self._old = {}, threading.Lock(), {"action": "f", "winnings": 0}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                server.handle(self)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/slumbot/api"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def totals(self):
        """(hands, chips, baseline's chips) of all sessions, as the server counts."""
        sessions = {id(session): session for session in self._sessions.values()}.values()
        return tuple(sum(session[key] for session in sessions) for key in ("hands", "chips", "baseline"))

    def handle(self, request):
        """Answer one request, or do something else."""
        length = int(request.headers.get("Content-Length") or 0)
        try:
            body = json.loads(request.rfile.read(length))
        except ValueError:
            body = None
        with self._lock:
            fault, answer = self._fault(), {}
            if fault not in BEFORE and fault != "late":
                endpoint = request.path.rsplit("/", 1)[-1]
                answer = self._answer(endpoint, body, request.headers.get("Content-Type"))
            old, self._old = self._old, answer or self._old
        self._misbehave(request, fault, old if fault == "old answer" else answer)

    def _fault(self):
        if self.rng.random() >= self.faults:
            return ""
        fault = self.rng.choice(self.kinds)
        self.seen[fault] += 1
        return fault

    def _answer(self, endpoint, body, content_type):
        if content_type != "application/json" or not isinstance(body, dict):
            return {"error_msg": "Could not get JSON from request"}
        if endpoint == "login":
            if (body.get("username"), body.get("password")) != self.account:
                return {"error_msg": "Incorrect username or password"}
            return {"token": self._new_session()}
        token = body.get("token")
        if endpoint == "new_hand" and token is None and self.account is None:
            token = self._new_session()
        session = self._sessions.get(token)
        if session is None or session["hands"] == self.lifetime:
            return {"error_msg": "Invalid token" if token else "Missing token"}
        if endpoint == "new_hand":
            answer = self._new_hand(session)
        elif endpoint == "act":
            answer = self._act(session, body.get("incr"))
        else:
            return {"error_msg": "Unknown endpoint"}
        if self.faults and self.rng.random() < 0.01:
            fresh = f"token {len(self._sessions)} {self.rng.getrandbits(32)}"
            self._sessions[fresh] = session  # the old one counts, too: whoever loses this answer knows no other
            token = fresh
        return answer | {"token": token}

    def _new_session(self):
        token = f"token {len(self._sessions)} {self.rng.getrandbits(32)}"
        self._sessions[token] = {"hands": 0, "chips": 0, "baseline": 0, "deal": None, "seat": 1}
        return token

    def _new_hand(self, session):
        deal = session["deal"]
        if deal is not None:
            if self.on_new_hand == "resume":
                self.seen["resumed"] += 1
                return deal.answer(deal.text)
            if self.on_new_hand == "fold":
                put_in = 20_000 - deal.state.stacks[deal.seat]
                self._count(session, -put_in)
            self.seen["given up"] += 1
        session["seat"] = 1 - session["seat"]
        session["deal"] = Deal(self.rng, session["seat"])
        return self._told(session, "")

    def _act(self, session, incr):
        deal = session["deal"]
        if deal is None or not isinstance(incr, str):
            self.illegal.append((incr, "no hand"))
            return {"error_msg": "No hand in progress"}
        before = deal.text
        if error := deal.act(incr):
            self.illegal.append((incr, before, error))
            return {"error_msg": error}
        return self._told(session, before)

    def _told(self, session, before):
        deal = session["deal"]
        answer = deal.answer(before)
        if not deal.state.status:
            won = int(deal.state.payoffs[deal.seat])
            baseline = self._count(session, won)
            session["deal"] = None
            answer |= {"winnings": won, "won_pot": 2 * won, "session_num_hands": session["hands"]}
            answer |= {"baseline_winnings": baseline, "session_total": session["chips"]}
            answer |= {"session_baseline_total": session["baseline"]}
        return answer

    def _count(self, session, won):
        baseline = self.rng.randrange(-400, 401, 50)
        session["hands"] += 1
        session["chips"] += won
        session["baseline"] += baseline
        self.results.append((won, baseline))
        return baseline

    def _misbehave(self, request, fault, answer):
        data = json.dumps(answer).encode()
        if fault in ("hang up", "drop"):
            request.close_connection = True
            request.connection.close()
            return
        if fault in LATE:
            time.sleep(self.late)
        status = int(fault.split()[1]) if fault.startswith("status") else 200
        if fault == "slow":
            time.sleep(0.01)
        if fault == "error":
            data = json.dumps({"error_msg": self.rng.choice(ERRORS)}).encode()
        elif status != 200 or fault == "late":
            data = b"<html>Not now</html>"
        elif fault == "no json":
            data = self.rng.choice((b"<html>", data[:-7], b"\xff\xfe", b"{" * 5000))
        elif fault == "a list":
            data = json.dumps([answer]).encode()
        elif fault == "empty":
            data = b""
        elif fault == "other types":
            key = self.rng.choice(["action", "client_pos", "hole_cards", "board"])
            value = self.rng.choice([None, 7, "x", ["Ah", "Ah"], {}, [1, 2], True])
            data = json.dumps(answer | {key: value}).encode()
        try:
            request.send_response(status)
            if status == 429:
                request.send_header("Retry-After", "0")
            request.send_header("Content-Length", str(len(data) + 10 * (fault == "cut short")))
            request.end_headers()
            request.wfile.write(data)
        except OSError:
            self.seen["client left"] += 1
        request.close_connection = True
