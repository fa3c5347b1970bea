"""A visitor leaves a comment, the clinic reads and answers it, and the visitor takes it away again."""

import pytest

from treatments.tests.journeys.hands import heading, leave_by, take_time

pytestmark = pytest.mark.journey

PAGE = "/treatments/pico-laser/comments/"
LIST = "/admin/treatments/comment/"


def leave(page, name, text):
    """Leave a comment; the path of its private page."""
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your comment").fill(text)
    take_time(page)
    leave_by(page.get_by_role("button", name="Send the comment"))
    return page.url[page.url.index("/comments/") :]


def open_comment(page, visit, name):
    """Open the screen of a comment at the desk; its path."""
    visit(LIST, page=page)
    leave_by(page.get_by_role("link", name=name))
    return page.url[page.url.index("/admin/") :]


def assert_clean(page, complaints):
    assert complaints(page) == [], page.url
    assert page.evaluate("violations") == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
class TestLeavingAComment:
    def test_from_the_article_and_erasing_it_again(self, visit, width, scripts):
        page = visit("/treatments/pico-laser/", width=width, scripts=scripts)

        leave_by(page.get_by_role("link", name="Comments", exact=True))
        path = leave(page, "Mei Ling", f"It stung less than I thought, {width} {scripts}.")
        assert heading(page) == "Thank you"
        assert page.get_by_role("link", name=path).is_visible()
        leave_by(page.get_by_role("link", name="Back to the comments"))
        assert page.get_by_text(f"{width} {scripts}").count() == 0

        visit(path, page=page)
        leave_by(page.get_by_role("link", name="Erase my comment"))
        leave_by(page.get_by_role("button", name="Yes, erase it"))
        assert heading(page) == "It is erased"
        assert visit(path).title() == "This page is not here"

    def test_shows_a_mistake_first_and_leads_to_it(self, visit, width, scripts):
        page = visit(PAGE, width=width, scripts=scripts)
        page.get_by_label("Your name").fill("Mei Ling")
        leave_by(page.get_by_role("button", name="Send the comment"))

        assert page.title().startswith("Error:")
        assert page.evaluate("document.activeElement.className") == "error-summary"
        page.get_by_role("link", name="Write your comment.").click()

        assert page.evaluate("document.activeElement.name") == "text"
        assert page.get_by_label("Your name").input_value() == "Mei Ling"


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
class TestACommentOnItsWay:
    def test_is_read_answered_and_shown_and_every_screen_is_clean(self, visit, sign_in, complaints, width, scheme):
        name, text = f"{width}{scheme}{'M' * 60}", f"<script>alert(1)</script> \u202e {'x' * 500}\nعربي"
        visitor = visit(PAGE, width=width, scheme=scheme)
        leave_by(visitor.get_by_role("button", name="Send the comment"))
        assert_clean(visitor, complaints)
        path = leave(visitor, name, text)
        assert_clean(visitor, complaints)
        assert_clean(visit(path + "erase/", page=visitor), complaints)

        desk = sign_in(width=width, scheme=scheme)
        leave_by(desk.get_by_role("link", name="Comments to read"))
        assert_clean(desk, complaints)
        screen = open_comment(desk, visit, f"{width}{scheme}")
        assert_clean(desk, complaints)
        desk.get_by_label("Answer, in the clinic's name").fill("Thank you.\n" + "y" * 200)
        leave_by(desk.get_by_role("button", name="Answer, and show both"))
        assert desk.get_by_text("The answer shows now.").is_visible()
        assert_clean(desk, complaints)

        visit(PAGE, page=visitor)
        comment = visitor.locator(".comment").filter(has_text=name)
        assert "<script>alert(1)</script>" in comment.inner_text()
        assert "Thank you." in comment.locator(".comment__answer").inner_text()
        assert_clean(visitor, complaints)

        visit(screen, page=desk)
        leave_by(desk.get_by_role("button", name="Refuse"))
        assert desk.get_by_text("Erased by itself on").is_visible()
        assert_clean(desk, complaints)
        leave_by(desk.get_by_role("link", name="Erase this comment…"))
        assert_clean(desk, complaints)
        leave_by(desk.get_by_role("button", name="Yes, erase it"))
        assert visit(path).title() == "This page is not here"
