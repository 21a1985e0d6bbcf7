"""What helps those who do not see, or do not see all colours; and pages that mean harm."""

import functools
import http.server
import itertools
import re
import shutil
import threading
import time

import numpy as np
import pytest
from helpers.browsing import running_site, unnamed, watched_page

from holdem_mpi.explorer.pages import PAGE
from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources

VIEWS = [
    "/",
    "/blueprint?of=nolimit_hu_200bb&line=r300&hand=A5s",
    "/blueprint?of=nolimit_hu_200bb&line=r300c/",
    "/run?of=small",
    "/spot?of=river",
    "/play",
]


@pytest.mark.parametrize("view", VIEWS)
def test_all_that_can_be_used_has_a_name(visit, view):
    page = visit(view)
    page.wait_for_selector("main :is(.panel, .picker, form)")
    assert unnamed(page) == []
    assert page.locator("h1").count() == 1 and page.get_attribute("html", "lang") == "en"


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def lab(colour: str, blindness: str) -> np.ndarray:
    """CIE L*a*b* of ``#rrggbb`` as somebody sees it."""
    srgb = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(BLINDNESS[blindness]) @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in to_xyz @ linear / [0.9505, 1.0, 1.089]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_of_actions_are_told_apart(theme, blindness):
    blocks = re.findall(r"\{[^{}]*--fold:[^{}]*\}", (PAGE / "style.css").read_text())
    block = blocks[0] if theme == "light" else blocks[-1]
    names = ["fold", "call", *(f"bet{step}" for step in range(6))]
    seen = {name: lab(re.search(rf"--{name}: (#[0-9a-f]{{6}})", block)[1], blindness) for name in names}
    for one, other in itertools.combinations(names, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 10, (one, other)


def test_names_are_text_and_no_markup(runs, browser, tmp_path):
    name = "<img src=x onerror=document.title='harm'>"
    shutil.copytree(runs / "small", tmp_path / "runs" / name)
    explorer = Explorer(Sources([str(tmp_path / "runs")]), tmp_path / "spots")
    with running_site(explorer) as site, watched_page(browser, site) as page:
        for view in ("/", "/run", "/blueprint"):
            page.goto(site.url(view))
            page.wait_for_selector(f"text={name}" if view != "/blueprint" else ".action", state="attached")
            assert page.locator("main img").count() == 0 and "harm" not in page.title()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, *words) -> None:
        """Nothing."""


HARM = """<!doctype html><title>begun</title><body><script>
const own = "SITE", told = [];
const attempt = (name, work) => work().then(
  (found) => told.push(name + ":" + found), () => told.push(name + ":blocked"));
const body = JSON.stringify({spot: SPOT});
(async () => {
  await attempt("read", async () =>
    (await (await fetch(own + "/api/sources", {credentials: "include"})).json()).version);
  await attempt("json", async () => (await fetch(own + "/api/spot/solve", {method: "POST", credentials: "include",
    headers: {"Content-Type": "application/json"}, body})).status);
  await attempt("plain", async () => (await fetch(own + "/api/spot/solve", {method: "POST", mode: "no-cors",
    credentials: "include", body})).type);
  await attempt("stream", () => new Promise((found, failed) => {
    const stream = new EventSource(own + "/api/run/follow?of=small", {withCredentials: true});
    stream.onmessage = found; stream.onerror = () => { stream.close(); failed(); };
  }));
  await attempt("module", () => import(own + "/page/main.js"));
  const frame = document.createElement("iframe");
  frame.src = own + "/";
  await new Promise((done) => { frame.onload = done; frame.onerror = done; document.body.append(frame); });
  await attempt("frame", async () => frame.contentDocument.title.length);
  document.title = told.join(" ");
})();
</script>"""


def test_a_page_of_another_origin_reads_and_starts_nothing(site, explorer, browser, tmp_path):
    from helpers.asking import SPOT

    (tmp_path / "harm.html").write_text(
        HARM.replace("SITE", site.address).replace("SPOT", str(SPOT).replace("None", "null"))
    )
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=other.serve_forever, daemon=True).start()
    before = explorer.jobs.store.names()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(site.url("/"))
        page.wait_for_selector("main .panel")
        page.goto(f"http://localhost:{other.server_address[1]}/harm.html")
        end = time.monotonic() + 20
        while page.title() == "begun" and time.monotonic() < end:
            page.wait_for_timeout(50)
        told = dict(each.split(":", 1) for each in page.title().split(" "))
    finally:
        context.close()
        other.shutdown()
        other.server_close()
    # What cannot be read is opaque; what it asked for was refused all the same.
    assert told.pop("plain") in ("opaque", "blocked")
    assert set(told) == {"read", "json", "stream", "module", "frame"} and set(told.values()) == {"blocked"}
    assert explorer.jobs.store.names() == before and explorer.jobs.running() == []
