"""The guides of docs/staff, each walked by whom it is for; with GUIDE_PICTURES set, their pictures are made anew."""

import base64
import contextlib
import datetime
import re
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django_otp.oath import TOTP
from markdown_it import MarkdownIt
from playwright.sync_api import expect

from treatments.tests.journeys import an_example_day, at_the_desk
from treatments.tests.journeys.by_https import by_https
from treatments.tests.journeys.hands import LATER, leave_by
from treatments.tests.journeys.serving import serving
from treatments.tests.journeys.walking import GUIDES, PICTURES, Walk, pictures_in, text_of
from treatments.tests.postgres import free_port
from treatments.tests.source_files import sentences

pytestmark = pytest.mark.journey

#: How long a button may take to be there, in milliseconds.
PATIENCE = 10_000
#: The names of the tests that walk a guide.
WALK = re.compile(r"test_the_guide_(\w+)_is_true")
#: How a guide is printed: as a word processor would, with pictures that leave room for the words.
PAPER = """<base href="{folder}/"><style>
  body {{ font: 10pt/1.35 sans-serif }} h1 {{ font-size: 16pt }} h2 {{ font-size: 12pt }}
  img {{ max-inline-size: 10cm; max-block-size: 5cm }}
  h1, h2, p, ol, ul {{ margin: 0.4em 0 }} li, li p {{ margin: 0.25em 0 }}
</style>{guide}"""

NAMES = sorted(path.stem for path in GUIDES.glob("*.md") if path.stem != "README")
REQUESTS = "/admin/treatments/consultationrequest"
TREATMENTS = "/admin/treatments/treatment"
CLINIC = "/admin/treatments/clinic/1/change/"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site that lacks no more than what a clinic fills in itself, and its staff by role."""
    folder, port, mail_port = tmp_path_factory.mktemp("guides"), free_port(), free_port()
    mail = Controller(Sink(), hostname="127.0.0.1", port=mail_port)
    mail.start()
    variables = {"SITE_URL": f"https://127.0.0.1:{port}", "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}
    with (
        serving(folder, without=["DATABASE_URL"], **variables) as (_process, site_port, _said),
        by_https(port, site_port),
        at_the_desk.desk(folder) as clinic,
    ):
        accounts = clinic.submit(an_example_day.staff_with_roles).result()
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", accounts=accounts, clinic=clinic)
    mail.stop()


@pytest.fixture(scope="module")
def prepare(site):
    """Let something have happened at the example clinic: prepare(an_example_day.a_visit, …); what it gives."""
    return lambda change, *arguments: site.clinic.submit(change, *arguments).result()


@pytest.fixture(scope="module")
def new_page(chromium, site):
    """A browser of its own."""
    with contextlib.ExitStack() as contexts:

        def open_browser():
            context = chromium.new_context(
                viewport={"width": 900, "height": 800},
                color_scheme="light",
                reduced_motion="reduce",
                locale="en-GB",
                timezone_id="Asia/Kuala_Lumpur",
            )
            # The desk's menu folded away.
            context.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            return page

        yield open_browser


@pytest.fixture(scope="module")
def page_of(site, new_page):
    """The desk, signed in to with a role, once for all guides."""
    pages = {}

    def open_desk(role):
        if role not in pages:
            page = pages[role] = new_page()
            page.goto(f"{site.url}/admin/")
            sign_in(page, site.accounts[role])
        return pages[role]

    return open_desk


@pytest.fixture
def walking(site):
    """Walk a guide from its first screen to its last: with walking(guide, page) as walk."""

    @contextlib.contextmanager
    def begin(guide, page):
        walk = Walk(guide, page, site.url)
        walk.go("/admin/")
        yield walk
        walk.arrive()

    return begin


def sign_in(page, account):
    name, password = account
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    leave_by(page.get_by_role("button", name="Log in"))


def say_who(walk, account, code=None):
    """Type password, and code, again."""
    walk.fill("Your password", account[1])
    if code:
        walk.fill("Code", code)
    walk.press("Continue")


def test_the_guide_sign_in_is_true(walking, site, new_page):
    account = site.accounts["Front desk"]
    with walking("sign-in", new_page()) as walk:
        page = walk.page
        sign_in(page, account)
        walk.follow("Set up a second factor")
        walk.picture("sign-in-set-up", ".qr", ".qr__secret")
        secret = page.locator(".qr__secret").inner_text().replace(" ", "")
        walk.fill("Code", f"{TOTP(base64.b32decode(secret)).token():06}")
        walk.press("Turn it on")
        recovery = page.locator(".recovery li").first.inner_text()
        walk.follow("I have kept them; go on")
        walk.follow("Second factor")
        walk.press("Make new recovery codes")
        say_who(walk, account, recovery)
        recovery, another = page.locator(".recovery li").all_inner_texts()[:2]
        walk.follow("I have kept them; go on")
        walk.press("Log out")
        walk.go("/admin/")
        sign_in(page, account)
        walk.picture("sign-in-code", "label:text-is('Code:')", "button:text-is('Go on')")
        walk.fill("Code", recovery)
        walk.press("Go on")
        walk.follow("Second factor")
        walk.press("Set up another phone")
        say_who(walk, account, another)
    # The others walk with a password alone.
    assert page.get_by_role("heading", name="Set up your second factor").is_visible()


def test_the_guide_worklist_is_true(walking, page_of, prepare):
    date = prepare(an_example_day.a_busy_morning)
    with walking("worklist", page_of("Front desk")) as walk:
        walk.picture("worklist-due", ".worklist__lists", ".worklist__items")
        for name in ("today", "waiting"):
            walk.go(f"/admin/?list={name}")
        walk.fill("Find a patient: name, phone, email or reference", "devi")
        walk.press("Find")
        walk.choose("Devi")
        walk.follow("Confirm the time")
        walk.press("Confirm")
        walk.go("/admin/")
        walk.choose("Elena")
        walk.follow("Called…")
        walk.page.get_by_label("Called, no answer").check()
        walk.press("Continue")
        walk.press("Confirm")
        walk.go("/admin/")
        walk.follow("Visits of the day, to print")
        walk.fill("Another day", date)
        walk.press("Show")
        walk.picture("worklist-day", ".day-sheet")


def test_the_guide_by_phone_is_true(walking, page_of, prepare):
    with walking("by-phone", page_of("Front desk")) as walk:
        walk.follow("Enter a request by phone or in person")
        time = walk.page.get_by_label("Time", exact=True)
        time.select_option(index=LATER)
        prepare(an_example_day.take_every_seat, time.input_value())
        walk.press("Enter the request")
        walk.go("/admin/")
        walk.follow("Enter a request by phone or in person")
        time.select_option(index=LATER)
        walk.fill("Name", "Grace Example")
        walk.fill("Phone", an_example_day.PHONE.format(number=20))
        walk.page.get_by_label("What is it about?").select_option(label="Pico laser")
        walk.page.get_by_label("The patient agrees that we use these details to answer.").check()
        walk.picture("by-phone-form", "h1", "#id_phone")
        walk.press("Enter the request")
        walk.picture("by-phone-entered", "h1", ".request__verbs")


def test_the_guide_change_or_cancel_is_true(walking, page_of, prepare):
    visit = prepare(an_example_day.a_visit, "Hana", 30)
    lost = prepare(an_example_day.a_lost_letter, "Ivan", 31)
    with walking("change-or-cancel", page_of("Front desk")) as walk:
        walk.go(f"{REQUESTS}/{visit}/change/")
        walk.follow("Book a time…")
        leave_by(walk.page.locator(".day a").last)
        walk.page.locator("input[type=radio][name=time]").first.check()
        walk.press("Continue")
        walk.press("Confirm, and send this")
        walk.follow("Offer other times…")
        for number in range(2):
            walk.page.locator("input[type=checkbox][name=time]").nth(number).check()
        walk.press("Continue")
        walk.follow("Back")
        walk.follow("Cancel…")
        walk.page.frame_locator(".letter iframe").get_by_role("heading").wait_for()
        walk.picture("change-letter", "h1", ".request")
        walk.press("Confirm, and send this")
        walk.picture("change-undo", ".request__undo", ".request__state", ".request__verbs")
        walk.press("Undo")
        walk.go("/admin/")
        walk.go(f"{REQUESTS}/{lost}/change/")
        walk.press("Call instead")


def test_the_guide_set_apart_is_true(walking, page_of, prepare):
    real = prepare(an_example_day.set_apart, "Lena", 34)
    machine = prepare(an_example_day.set_apart, "Olaf", 35)
    prepare(an_example_day.a_wave)
    with walking("set-apart", page_of("Manager")) as walk:
        walk.follow("To check")
        walk.picture("set-apart-list", "h1", ".to-check", ".request .submit-row")
        walk.choose("Lena")
        walk.follow("It is real")
        walk.press("Confirm, and send this")
        assert walk.page.url.endswith(f"{REQUESTS}/{real}/change/")
        walk.go("/admin/")
        walk.follow("To check")
        walk.press("Remove those that are ticked")
        walk.go(f"{REQUESTS}/{machine}/change/")
        walk.press("Undo")
        walk.go("/admin/")
        walk.follow("Unusually many requests")
        walk.press("Leave them: it is no attack")
        walk.go(CLINIC)


def test_the_guide_people_is_true(walking, page_of, prepare):
    visit = prepare(an_example_day.a_visit, "Mila", 36)
    with walking("people", page_of("Front desk")) as walk:
        walk.go(f"{REQUESTS}/{visit}/change/")
        walk.follow("Correct name, phone, email…")
        walk.fill("Email", "mila.new@example.org")
        walk.picture("people-correct", "h1", ".field", ".submit-row")
        walk.press("Continue")
        walk.press("Confirm, and send this")
        walk.follow("Note…")
        walk.fill("Note", "Comes with her sister.")
        walk.press("Save the note")
        walk.follow("Send the private link")
        walk.press("Confirm, and send this")
        walk.follow("Revoke the private link")
        walk.press("Confirm")
        walk.follow("Erase…")
        walk.press("Confirm")


def test_the_guide_comments_is_true(walking, page_of, prepare):
    prepare(an_example_day.comments)
    with walking("comments", page_of("Editor")) as walk:
        walk.follow("Comments to read")
        walk.choose("Jun Example")
        walk.picture("comments-read", "h1", ".request__verbs")
        walk.fill("Answer, in the clinic's name", "Thank you for telling us.")
        walk.picture("comments-answer", "h2:text-is('Answer')", "button:has-text('Answer, and show both')", "textarea")
        walk.press("Answer, and show both")
        walk.press("Save the answer")
        walk.press("Refuse")
        walk.press("Show")
        walk.follow("Erase this comment…")
        walk.press("Yes, erase it")


def test_the_guide_change_the_page_is_true(walking, page_of, new_page, site):
    benefits = f"{TREATMENTS}/1/change/?part=benefits"
    with walking("change-the-page", page_of("Editor")) as walk:
        walk.follow("Treatments", within="#content")
        walk.choose("Pico laser")
        walk.picture("page-parts", "h1", ".object-tools", ".desk-parts tbody tr:nth-child(5)")
        walk.follow("Benefits")
        walk.page.locator("#id_benefit_rows-0-title").fill("A title that an editor has typed")
        walk.picture("page-row", "#benefit_rows-0 h3", "#benefit_rows-0 .field-text")
        preview = walk.open_tab("Preview without saving")
        preview.get_by_text("Benefits, in figures").click()
        expect(preview.get_by_text("A title that an editor has typed").first).to_be_visible()
        preview.close()
        walk.page.locator(".row-mover").nth(1).click()
        someone_else_changes(new_page(), site, benefits)
        walk.press("Save")
        walk.press("Save")


def someone_else_changes(page, site, path):
    page.goto(site.url + path)
    sign_in(page, site.accounts["Clinician"])
    page.locator("#id_benefit_rows-0-title").fill("A title that a clinician has typed")
    leave_by(page.get_by_role("button", name="Save", exact=True))


def test_the_guide_languages_is_true(walking, page_of):
    with walking("languages", page_of("Editor")) as walk:
        walk.follow("Treatments", within="#content")
        walk.follow("Add treatment")
        walk.fill("Name", "Laser pico")
        walk.fill("Title", "Laser pico")
        walk.fill("Answer in one sentence", "Denyutan cahaya yang sangat pendek.")
        walk.fill("Description", "Apa itu laser pico, dan untuk siapa.")
        walk.fill("Language", "ms")
        walk.fill("Translation of", "pico-laser")
        walk.picture("languages-fields", ".field-answer", ".field-translation_of")
        walk.press("Save")
        walk.choose("Laser pico")
        walk.look()


def test_the_guide_publish_is_true(walking, page_of, prepare):
    treatment = prepare(an_example_day.a_fit_page)
    prepare(an_example_day.a_promise_on, treatment)
    soon = datetime.datetime.now() + datetime.timedelta(days=2)
    with walking("publish", page_of("Clinician")) as walk:
        walk.go(f"{TREATMENTS}/{treatment}/change/?part=benefits")
        walk.go(f"{TREATMENTS}/{treatment}/change/")
        walk.follow("Publish…")
        walk.picture("publish-stands-against", "h1", ".request")
        walk.follow("Let it stand, and say why")
        walk.fill("Why this exact sentence may stand", "It says the opposite of the claim.")
        walk.press("Let it stand")
        walk.follow("See what has changed since the review, and review it")
        walk.press("I have read it: record my review")
        walk.fill("When (empty: now)", f"{soon:%Y-%m-%dT09:00}")
        walk.fill("What changed, in one line for patients (may be empty)", "What patients feel")
        walk.picture("publish-form", "h1", ".submit-row")
        walk.press("Publish")
        walk.press("Do not publish it then")
        walk.press("Publish")


def test_the_guide_editions_is_true(walking, page_of, prepare):
    treatment = prepare(an_example_day.a_fit_page)
    with walking("editions", page_of("Editor")) as walk:
        walk.follow("Editions", within="#content")
        walk.choose("Light peel")
        walk.follow("Compare…")
        walk.picture("editions-compare", "h1", ".request")
        walk.press("Compare")
        walk.page.go_back()
        walk.page.go_back()
        walk.follow("Bring back into the draft…")
        walk.picture("editions-bring-back", "h1", ".request")
        walk.press("Bring it back")
        walk.go(f"{TREATMENTS}/{treatment}/change/")
        walk.follow("Withdraw…")
        walk.press("Withdraw it")
        walk.follow("Bring back…")
        walk.press("Bring it back")


def test_the_guide_staff_is_true(walking, page_of, site):
    with walking("staff", page_of("Manager")) as walk:
        walk.follow("Users", within="#content")
        walk.follow("Add user")
        say_who(walk, site.accounts["Manager"])
        walk.fill("Username", "example")
        walk.fill("Email address", "example@clinic.example")
        walk.fill("Password", "twelve-letters-or-more")
        walk.fill("Password confirmation", "twelve-letters-or-more")
        walk.press("Save")
        walk.page.get_by_label("Staff status").check()
        walk.picture("staff-role", ".field-is_staff", ".field-groups ul, .field-groups div[id]")
        walk.press("Save")
        walk.choose("example")
        walk.follow("Lost phone and codes")
        walk.press("Let them begin anew")
        walk.page.get_by_label("Active").uncheck()
        walk.press("Save")


def test_the_guide_advertising_is_true(walking, page_of, prepare):
    prepare(an_example_day.a_fit_page)
    with walking("advertising", page_of("Manager")) as walk:
        walk.follow("Clinicians", within="#content")
        walk.follow("Add clinician")
        walk.fill("Name", "Dr Example")
        walk.fill("What they are", "Dermatologist")
        walk.fill("Register", "Example Council")
        walk.fill("Number in it", "12345")
        walk.picture("advertising-clinician", "h1", ".field-register_number")
        walk.press("Save")
        walk.choose("Dr Example")
        walk.follow("Delete")
        walk.go("/admin/")
        walk.follow("Advertising approvals", within="#content")
        walk.follow("Add advertising approval")
        walk.page.get_by_label("Approved edition").select_option(index=1)
        walk.fill("Approval number", "Example 1")
        walk.fill("Valid until", "31/12/2027")
        walk.press("Save")
        walk.go("/admin/treatments/clinic/1/change/")
        walk.page.get_by_label("Say that a consultation is free").check()
        walk.page.get_by_label("Show prices").check()
        walk.press("Save")


def test_the_guide_open_the_site_is_true(walking, page_of, prepare):
    prepare(an_example_day.withdraw_every_page)
    with walking("open-the-site", page_of("Manager")) as walk:
        walk.follow("Before the site opens: what is missing")
        walk.picture("open-checklist", "h1", ".checklist__line:nth-child(5)")
        walk.follow("See to it")
        walk.fill("Phone", an_example_day.PHONE.format(number=0))
        walk.fill("Emergency number", "999")
        walk.fill("Email", "desk@clinic.example")
        walk.fill("Address", "1 Example Street")
        walk.page.get_by_label("Hours are a demonstration").uncheck()
        walk.press("Save")
        for kind in ("privacy", "consent"):
            walk.go("/admin/")
            walk.follow("Notices", within="#content")
            walk.follow("Add notice")
            walk.page.get_by_label("Kind").select_option(kind)
            walk.fill("Text", "An example.")
            walk.press("Save")
        walk.go("/admin/")
        walk.follow("Before the site opens: what is missing")
        walk.fill("Send a test letter to", "manager@clinic.example")
        walk.press("Send")
        walk.press("Yes, it is mine")
        walk.picture("open-button", ".checklist__line:last-child", "button:text-is('Open the site')")
        walk.press("Open the site")
        walk.press("Close the site again…")
        walk.press("Close the site")


def test_every_guide_is_walked():
    walked = [found[1].replace("_", "-") for name in globals() if (found := WALK.fullmatch(name))]

    assert sorted(walked) == NAMES


def test_every_picture_is_in_a_guide_and_no_other():
    named = sorted(name for guide in NAMES for name in pictures_in(text_of(guide)))

    assert named == sorted(path.stem for path in PICTURES.iterdir())


def test_the_list_names_every_guide():
    assert sorted(re.findall(r"\]\(([a-z-]+)\.md\)", text_of("README"))) == NAMES


@pytest.mark.parametrize("guide", NAMES)
def test_a_guide_is_one_page_of_short_sentences(guide):
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|^\|.*$", "", text_of(guide), flags=re.M)

    assert 200 <= len(text.split()) <= 320
    assert [sentence for sentence in sentences(text) if len(sentence.split()) > 25] == []
    assert 1 <= len(pictures_in(text_of(guide))) <= 2


@pytest.mark.parametrize("guide", NAMES)
def test_a_guide_is_one_printed_page(guide, chromium, tmp_path):
    paper = tmp_path / "guide.html"
    markup = MarkdownIt().enable("table").render(text_of(guide))
    paper.write_text(PAPER.format(folder=GUIDES.as_uri(), guide=markup), encoding="utf-8")
    page = chromium.new_page()
    page.goto(paper.as_uri())
    printed = page.pdf(format="A4", margin=dict.fromkeys(["top", "right", "bottom", "left"], "1.5cm"))
    page.close()

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
