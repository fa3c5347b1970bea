"""What patients and staff do in a browser, whatever they want there."""

from treatments.tests.waiting import may_be_sent, until

#: Of the times that the desk lists, one of some hours ahead: none begins while a test runs.
LATER = 9
#: A page that takes more steps to cross has lost its reader.
MOST_STEPS = 80


def leave_by(target):
    """Click what leads to another page, and wait until all of that page is there."""
    with target.page.expect_navigation():
        target.click()


def take_time(page):
    """Let the page's form be open as long as a person's is."""
    key = page.locator("[name=form_key]").input_value()
    until(lambda: may_be_sent(key))


def heading(page):
    return page.get_by_role("heading", level=1).inner_text()


class Keyboard:
    """Hands on the keyboard of a page; the mouse lies untouched."""

    def __init__(self, page):
        self.page = page

    def reach(self, target):
        """Tab until this has the focus; AssertionError if it never has, or if nobody sees that it has."""
        for _step in range(MOST_STEPS):
            if target.evaluate("element => element === document.activeElement"):
                # A small circle or box has its ring around its words as well.
                near = "[element, element.parentElement]"
                ring = f"{near}.some(near => getComputedStyle(near).outlineStyle !== 'none')"
                assert target.evaluate(f"element => {ring}"), "The focus is not visible"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached")

    def press(self, role, name):
        """Go where this link or button leads."""
        self.reach(self.page.get_by_role(role, name=name).first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, label, text):
        self.reach(self.page.get_by_label(label))
        self.page.keyboard.type(text)

    def choose_time(self, *, further=0):
        """Choose the first time that is offered, or one further on."""
        self.reach(self.page.locator("input[type=radio][name=time]").first)
        self.page.keyboard.press("Space")
        for _time in range(further):
            self.page.keyboard.press("ArrowDown")

    def fill_in(self, **answers):
        self.type("Your name", "Mei Ling")
        for label, text in answers.items():
            self.type(label, text)
        self.reach(self.page.get_by_label("You may use what I write"))
        self.page.keyboard.press("Space")
        take_time(self.page)
