"""A walk through all that a client can open and send, which remembers every text that is not translated."""

import collections
import copy
import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from django.db import transaction

from treatments.accounts import roles
from treatments.models import PARTS, Treatment
from treatments.publication import claims, publishing
from treatments.tests import pseudo_language
from treatments.tests.pseudo_language import OPEN, marked, unmarked
from treatments.tests.screens import typed_into

WORDS = re.compile(r"[^\W\d_][\w-]+")
#: So many pages of one kind are opened, besides those that a walk begins with.
MOST = 1
#: Parameters of addresses whose value decides what a screen is.
TELLING = ("part", "list")
#: Names that are stored so, and what Django itself does not translate.
NOT_TRANSLATED = {"True", "False", "webp", *" ".join(roles.ROLES).split()}
DJANGOS_OWN = ("Group-permission relationship", "TOTP device", "403 Forbidden")
PERMISSIONS = "select[name$=permissions]"


class Walk:
    """Opens what links lead to, and sends the forms that stand there; remembers every text without marks."""

    def __init__(self, client, within):
        self.client, self.within = client, within
        # What the gate says of claims is content, of claims.toml.
        self.exempt = (*DJANGOS_OWN, *(claim.why for claim in claims.known()))
        self.known = {*NOT_TRANSLATED}
        for treatment in Treatment.objects.all():
            self.known |= stored(publishing.draft_of(treatment))
        self.opened: collections.Counter[str] = collections.Counter()
        self.sent: set[tuple[str, tuple[str, ...]]] = set()
        self.names: set[str] = set()
        self.found: dict[str, str] = {}

    def open(self, *addresses):
        """Open these pages, then whatever they lead to."""
        waiting, known = collections.deque(addresses), set(addresses)
        forms: list[tuple[str, Tag]] = []
        while waiting:
            address = waiting.popleft()
            page = self.look_at(self.client.get(address, follow=True), address)
            forms.extend((address, form) for form in page.find_all("form", method="post"))
            for link in self.links_of(page, address):
                if link not in known and self.opened[kind_of(link)] < MOST:
                    self.opened[kind_of(link)] += 1
                    known.add(link)
                    waiting.append(link)
        for address, form in forms:
            self.send(address, form)

    def links_of(self, page, address):
        for link in page.select("a[href]"):
            target = urlsplit(urljoin(address, link["href"]))._replace(scheme="", netloc="", fragment="").geturl()
            if re.match(self.within, target):
                yield target

    def send(self, address, form):
        """Send a form as it is, empty, and with nonsense; what was done by it is undone."""
        target = urljoin(address, form.get("action") or address)
        as_it_is = typed_into(form)
        shown = {field["name"] for field in form.select("[name]:not([type=hidden], [type=submit], button)")}
        buttons = [{button["name"]: button.get("value", "")} for button in form.select("[type=submit][name]")]
        kind = (kind_of(target), tuple(sorted(as_it_is)))
        if kind in self.sent or target.endswith("logout/"):
            return
        self.sent.add(kind)
        for values in ({}, dict.fromkeys(shown, ""), dict.fromkeys(shown, marked("?"))):
            for button in buttons[:1] if values else buttons or [{}]:
                self.post(target, {**as_it_is, **values, **button})

    def post(self, target, values):
        client = copy.copy(self.client)
        client.cookies = copy.deepcopy(self.client.cookies)
        with transaction.atomic():
            self.look_at(client.post(target, values, follow=True), f"POST {target} {values}")
            transaction.set_rollback(True)

    def look_at(self, response, address):
        """The parsed page; what it shows without marks is noted."""
        if response.status_code == 200:
            self.names.add(response.resolver_match.view_name)
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return BeautifulSoup("", "html.parser")
        page = BeautifulSoup(response.content, "html.parser")
        for names in page.select(PERMISSIONS):
            names.decompose()
        for text in filter(None, map(unmarked, pseudo_language.texts_of(page))):
            if not (text.startswith(self.exempt) or set(WORDS.findall(text)) <= self.known):
                self.found.setdefault(text, address)
        return page


def kind_of(address):
    """What pages of one kind have in common."""
    parts = urlsplit(address)
    query = [pair if pair.split("=")[0] in TELLING else pair.split("=")[0] for pair in parts.query.split("&")]
    return re.sub(r"[\w-]{22}\.[\w-]{43}", "*", re.sub(r"\d+", "#", parts.path)) + "?" + "&".join(sorted(query))


def stored(data):
    """The words of a document's keys and choices, which comparisons and lists show as they are stored."""
    rows = [data, *(row for part in PARTS for row in data.get(part, []))]
    values = [value for row in rows for value in row.values() if isinstance(value, str) and OPEN not in value]
    return set(WORDS.findall(" ".join(values)))
