"""An editor's words outlive a wrong click and the end of the session."""

import pytest

from treatments.tests.journeys.hands import leave_by

pytestmark = pytest.mark.journey

BENEFITS = "/admin/treatments/treatment/1/change/?part=benefits"
WORDS = "Words that took an hour to find."


def open_benefits(page, visit):
    visit(BENEFITS, page=page)
    return page.locator("#id_benefit_rows-0-note")


def stay(page, asked):
    def answer(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)


def test_leaving_with_unsaved_words_asks(sign_in, visit):
    page = sign_in()
    asked: list[str] = []
    note = open_benefits(page, visit)
    stay(page, asked)
    leave_by(page.get_by_role("link", name="All parts"))
    assert asked == []
    page.go_back()
    note.click()
    note.press_sequentially("Unsaved")

    page.get_by_role("link", name="All parts").click()
    page.wait_for_function("document.readyState === 'complete'")

    assert asked == ["beforeunload"]
    assert note.input_value() == "Unsaved"
    note.fill("")
    leave_by(page.get_by_role("link", name="All parts"))
    assert asked == ["beforeunload"]


def test_leaving_a_screen_that_only_warns_asks_nothing(visit):
    page = visit("/admin/")
    asked: list[str] = []
    stay(page, asked)
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    leave_by(page.get_by_role("button", name="Log in"))
    assert page.locator(".errornote").is_visible()

    leave_by(page.get_by_role("link", name="Nexus Clinic"))

    assert asked == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_words_come_back_when_the_session_has_ended(sign_in, visit, site, complaints, scripts):
    page = sign_in(scripts=scripts, width=360)
    asked: list[str] = []
    note = open_benefits(page, visit)
    stay(page, asked)
    note.fill(WORDS)
    page.context.clear_cookies(name="sessionid")
    leave_by(page.get_by_role("button", name="Save", exact=True))
    assert "What you typed is not lost" in page.locator("main").inner_text()
    if scripts:
        assert complaints(page) == []

    page.get_by_label("Username").fill(site.name)
    page.get_by_label("Password").fill(site.password)
    leave_by(page.get_by_role("button", name="Log in"))
    if not scripts:
        leave_by(page.get_by_role("button", name="Show what I typed"))
    page.wait_for_url("**/change/?part=benefits")

    assert "is not saved yet" in page.locator(".messagelist").inner_text()
    assert note.input_value() == WORDS
    assert asked == []
    if scripts:
        assert page.evaluate("violations") == []
        assert complaints(page) == []
        page.get_by_role("link", name="All parts").click()
        page.wait_for_function("document.readyState === 'complete'")
        assert asked == ["beforeunload"]
    leave_by(page.get_by_role("button", name="Save", exact=True))
    assert open_benefits(page, visit).input_value() == WORDS
    page.locator("#id_benefit_rows-0-note").fill("")
    leave_by(page.get_by_role("button", name="Save", exact=True))
