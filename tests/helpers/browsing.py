"""The explorer's server on a thread of the tests, and Debian's Chromium to look at it."""

import contextlib
import re
import shutil
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from holdem_mpi.explorer.serving import ExplorerServer, bound_socket
from holdem_mpi.explorer.site import Explorer, site_of

TOKEN = "the-token-of-the-tests"
_USED = "button, a[href], input, select, textarea, svg[role], [role=gridcell]"
_UNNAMED = """(used) => [...document.querySelectorAll(used)]
    .filter((each) => each.type !== 'hidden' && !(each.getAttribute('aria-label') || each.textContent.trim()
        || [...(each.labels || [])].some((label) => label.textContent.trim())))
    .map((each) => each.outerHTML.slice(0, 120))"""


class Site(NamedTuple):
    """A running server. address: ``http://127.0.0.1:PORT``. cookie: the name of its cookie."""

    address: str
    cookie: str

    def url(self, path: str) -> str:
        """An address of the site that lets a new browser in."""
        return f"{self.address}{path}{'&' if '?' in path else '?'}token={TOKEN}"


@contextlib.contextmanager
def running_site(explorer: Explorer) -> Iterator[Site]:
    """Serve ``explorer`` while entered."""
    with bound_socket("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        cookie = f"holdem_mpi_{port}"
        site = site_of(explorer, frozenset({f"127.0.0.1:{port}"}), TOKEN, cookie)
        server = ExplorerServer(site, explorer.close)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Site(f"http://127.0.0.1:{port}", cookie)
        finally:
            server.should_exit = True
            thread.join()


def chromium() -> str:
    """Where Chromium is. FileNotFoundError without it: no test passes so."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("no chromium found: the tests need a browser (apt-get install chromium)")
    return found


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """A headless browser while entered."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until the page shows what its address says."""
    page.wait_for_selector('main[aria-busy="false"]', state="attached")


def unnamed(page: Page) -> list[str]:
    """What can be used on a page, but has no name for a screen reader."""
    return page.evaluate(_UNNAMED, _USED)


@contextlib.contextmanager
def watched_page(browser: Browser, site: Site, width: int = 1280, **options) -> Iterator[Page]:
    """A page in a browser of its own. AssertionError at its end where it had errors, asked other
    hosts, or shows the words of a value that is missing.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.set_default_timeout(45_000)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((site.address, "data:", "blob:")) else wrong.append(asked.url),
    )
    yield page
    if not page.is_closed():
        wrong += re.findall(r"\b(?:null|undefined|NaN|Infinity)\b", page.evaluate("document.body.innerText"))
    context.close()
    assert wrong == []
