"""A browser, and the site that it looks at: the shipped blueprint, and a run of three-player Leduc."""

import contextlib

import pytest
from helpers.browsing import a_browser, running_site, watched_page
from helpers.launching import run_here

from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.explorer.spot_jobs import JobLimits


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """A folder with a finished run."""
    folder = tmp_path_factory.mktemp("runs")
    options = (
        "--game",
        "leduc_3p",
        "--iters",
        "4000",
        "--batch-size",
        "500",
        "--logdir",
        "small",
        "--log-interval",
        "0.001",
    )
    done = run_here(("-m", "holdem_mpi.train", *options), folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def explorer(runs):
    """What stands behind the site."""
    return Explorer(Sources([str(runs), "nolimit_hu_200bb"]), runs / "spots", JobLimits(ranks=2))


@pytest.fixture(scope="session")
def site(explorer):
    """The address of a running server."""
    with running_site(explorer) as site:
        yield site


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    with a_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser, site):
    """``visit(path, width=1280)``: a new browser that has opened a page of the site by its address."""
    with contextlib.ExitStack() as pages:

        def visit(path: str, width: int = 1280, **options):
            page = pages.enter_context(watched_page(browser, site, width, **options))
            page.goto(site.url(path))
            return page

        yield visit
