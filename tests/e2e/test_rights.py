"""Two browsers on one server: neither sees, stops or deletes what the other has started there."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from convnext_viz.lab import Lab
from convnext_viz.text import t
from convnext_viz.ui.server.visitors import COOKIE
from tests.e2e.conftest import READY, settle
from tests.e2e.servers import chromium, running

SLOW = 120_000  # milliseconds: a worker may have to import torch first
CELLS = "[data-testid=stDataFrame] td"
KEY = "a-long-random-key"
STEERING = ("pause", "resume", "batch", "epoch", "stop")


@pytest.fixture
def classroom(
    driver: Playwright, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path, BrowserContext, BrowserContext, BrowserContext]]:
    """A server that takes nobody for its teacher without the key, its home, and three browsers."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "out").symlink_to("/etc")
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    monkeypatch.setenv("CONVNEXT_VIZ_ROOTS", str(tmp_path / "open"))
    monkeypatch.setenv("CONVNEXT_VIZ_TEACHER_KEY", KEY)
    with running(home) as server, chromium(driver) as browser:
        ann, ben, teacher = (browser.new_context() for _ in range(3))
        yield server.url, home, ann, ben, teacher
        Lab(home).close()  # workers outlive their server on purpose


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("h1", timeout=READY)
    settle(page)
    return page


def steering(page: Page) -> int:
    names = [t(f"train_page.control.{name}") for name in STEERING]
    names += [t("train_page.shelf.delete"), t("train_page.note.edit")]
    return sum(page.get_by_role("button", name=name, exact=True).count() for name in names)


def test_two_visitors_and_a_teacher(
    classroom: tuple[str, Path, BrowserContext, BrowserContext, BrowserContext],
) -> None:
    url, home, ann, ben, teacher = classroom
    hers = opened(ann.new_page(), f"{url}/train?minutes=480")
    hers.get_by_text(t("train_page.start.nobody"), exact=True).click()
    settle(hers)
    hers.get_by_role("button", name=t("train_page.start.go"), exact=True).click()
    hers.wait_for_function("() => /run=/.test(location.href)", timeout=SLOW)
    (run,) = parse_qs(urlsplit(hers.url).query)["run"]
    missing = t("lab.error.no_run", run=run)
    stop = hers.get_by_role("button", name=t("train_page.control.stop"), exact=True)
    expect(stop).to_be_visible(timeout=SLOW)
    (owner,) = {one.owner for one in Lab(home).runs() if not one.recorded}

    # The cookie is the browser's own, hidden from scripts, and not what is written down.
    (cookie,) = [one for one in ann.cookies() if one["name"] == COOKIE]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert cookie["value"] != owner and COOKIE not in hers.evaluate("document.cookie")

    # By the list, by hand in the address, from Explain, and with a cookie that is made up.
    his = opened(ben.new_page(), f"{url}/train?view=shelf")
    expect(his.locator(CELLS).get_by_text("R1", exact=True)).to_have_count(1)
    assert his.locator(CELLS).get_by_text("#1", exact=True).count() == 0
    opened(his, f"{url}/train?run={run}")
    expect(his.get_by_text(missing)).to_be_visible()
    assert steering(his) == 0
    opened(his, f"{url}/explain?net=run:{run}::BN&view=compare&models=run:{run}::LN")
    expect(his.get_by_text(t("explain_subjects.lab.none"))).to_be_visible()
    for made_up in ("server", "", owner, owner + owner):
        ben.add_cookies([{"name": COOKIE, "value": made_up, "url": url}])
        opened(his, f"{url}/train?run={run}")
        expect(his.get_by_text(missing)).to_be_visible()
        assert steering(his) == 0

    # No path leads out of what is opened to visitors, whether there is something or not.
    opened(his, f"{url}/train?data=folder")
    for path in ("/etc", "/no/such", "../..", "~", f"{home}", f"{home.parent}/open/out"):
        place = his.get_by_role("textbox", name=t("train_page.data.path"))
        place.fill(path)
        place.press("Enter")
        settle(his)
        expect(his.get_by_text(t("train.error.not_permitted"))).to_be_visible()

    # Who has the key sees it too, and shares it: he looks at it, and cannot change it.
    desk = opened(teacher.new_page(), f"{url}/train?run={run}")
    expect(desk.get_by_text(missing)).to_be_visible()
    desk.get_by_text(t("train_page.rights.is_teacher"), exact=True).click()
    for key, found in (("a guess", "wrong_key"), (KEY, "teacher")):
        desk.get_by_role("textbox", name=t("train_page.rights.key")).fill(key)
        desk.get_by_role("button", name=t("train_page.rights.enter"), exact=True).click()
        expect(desk.get_by_text(t(f"train_page.rights.{found}"))).to_be_visible(timeout=SLOW)
    desk.get_by_role("button", name=t("train_page.rights.share"), exact=True).click()
    unshare = desk.get_by_role("button", name=t("train_page.rights.unshare"), exact=True)
    expect(unshare).to_be_visible(timeout=SLOW)
    opened(his, f"{url}/train?run={run}")
    expect(his.get_by_text(t("train_page.rights.shared_note"))).to_be_visible(timeout=SLOW)
    assert steering(his) == 0
    unshare.click()
    expect(his.get_by_text(missing)).to_be_visible(timeout=SLOW)

    # She comes back, and it is hers to stop.
    assert not Lab(home).status(run).resumable
    hers.close()
    again = opened(ann.new_page(), f"{url}/train?view=shelf")
    expect(again.locator(CELLS).get_by_text("#1", exact=True)).to_have_count(1)
    opened(again, f"{url}/train?run={run}")
    again.get_by_role("button", name=t("train_page.control.stop"), exact=True).click()
    expect(again.get_by_text(t("train_page.state.stopped"), exact=True)).to_be_visible(timeout=SLOW)
