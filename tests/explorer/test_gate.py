"""Who may ask the server, and what it says to all others."""

import httpx
import pytest
from helpers.browsing import TOKEN

QUESTION = "/api/policy/decision?of=nolimit_hu_200bb"
HEADERS = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "cache-control")


@pytest.fixture
def ask(site):
    """``ask(path, method="GET", cookie=True, **headers)``: the answer to a request."""

    def ask(
        path: str, method: str = "GET", cookie: bool = True, content: bytes | None = None, **headers
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            named.setdefault("Cookie", f"{site.cookie}={TOKEN}")
        return httpx.request(method, site.address + path, headers=named, content=content)

    return ask


def test_only_who_knows_the_token_gets_an_answer(ask, site):
    assert ask(QUESTION).status_code == 200
    assert ask(QUESTION, cookie=False).status_code == 401
    for wrong in ("", "x", TOKEN[:-1], f"{TOKEN}x", "\u00e4"):
        assert ask(QUESTION, Cookie=f"{site.cookie}={wrong}".encode()).status_code == 401
    assert ask(f"{QUESTION}&token={TOKEN}", cookie=False).status_code == 401


def test_the_token_in_an_address_becomes_a_cookie(ask, site):
    found = ask(f"/blueprint?token={TOKEN}", cookie=False)
    kept = found.headers["set-cookie"]
    assert kept == f"{site.cookie}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    for path in ("/blueprint", "/blueprint?token=x", f"/blueprint?token={TOKEN}&token=x"):
        assert "set-cookie" not in ask(path, cookie=False).headers
    assert TOKEN not in found.text


def test_other_hosts_and_origins_are_refused(ask, site):
    own = site.address
    assert ask(QUESTION, Origin=own, Sec_Fetch_Site="same-origin").status_code == 200
    for origin in (
        "http://evil.example",
        "null",
        own.replace("http:", "https:"),
        own + "0",
        own.replace("127.0.0.1", "localhost"),
    ):
        assert ask(QUESTION, Origin=origin).status_code == 403
    for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", "localhost:80", ""):
        assert ask(QUESTION, Host=host).status_code in (400, 421)
    for path in ("/", "/page/main.js"):
        assert ask(path, Host="evil.example").status_code == 421
    for where in ("cross-site", "same-site"):
        assert ask(QUESTION, Sec_Fetch_Site=where).status_code == 403


def test_what_changes_something_needs_an_origin_and_json(ask, site):
    name, own = "/api/nothing", site.address
    assert ask(name, "POST", content=b"{}").status_code == 403
    assert ask(name, "POST", Origin=own, content=b"{}", Content_Type="text/plain").status_code == 415
    assert (
        ask(name, "POST", Origin="http://evil.example", content=b"{}", Content_Type="application/json").status_code
        == 403
    )
    assert ask("/", "POST", Origin=own, content=b"{}").status_code == 405


@pytest.mark.parametrize("path", ["/", "/page/main.js", QUESTION, "/api/none", "/none"])
def test_every_answer_keeps_other_pages_out(ask, path):
    for cookie in (True, False):
        headers = ask(path, cookie=cookie).headers
        assert all(name in headers for name in HEADERS)
        assert "'unsafe" not in headers["content-security-policy"] and "*" not in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers and "server" not in headers


@pytest.mark.parametrize(
    "path",
    ["/page/../site.py", "/page/%2e%2e/site.py", "/page/..%2fsite.py", "/page//etc/passwd", "/page/x", "/etc/passwd"],
)
def test_no_other_file_is_served(ask, path):
    found = ask(path)
    assert found.status_code == 404 and "import" not in found.text and "root:" not in found.text


def test_pages_name_nothing_from_outside(ask):
    from holdem_mpi.explorer.pages import PAGE

    files = sorted(PAGE.iterdir())
    assert len(files) >= 8
    for path in files:
        text = path.read_text()
        assert text.replace("http://www.w3.org/2000/svg", "").count("://") == 0, path.name
        assert "innerHTML" not in text and "eval(" not in text and "insertAdjacentHTML" not in text, path.name
        assert ask(f"/page/{path.name}").status_code == 200
