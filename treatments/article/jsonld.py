"""Structured data for search engines: one graph, and nothing in it that the page does not show."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from treatments.article.page import Article
from treatments.article.versions import Version, Versions
from treatments.article.wording import PageRow
from treatments.models import Clinic, Edition
from treatments.text.prose import words
from treatments.values import phones

#: A thing of the graph, by the names that schema.org gives.
Node = dict[str, Any]
#: So that no text can end the script element.
ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def script(graph: list[Node]) -> SafeString:
    """The graph as the text of a script element."""
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(ESCAPES))


def url(name: str, *args: str) -> str:
    return str(settings.SITE_URL) + reverse(f"treatments:{name}", args=args)


def clinic_node(clinic: Clinic) -> Node:
    """The clinic, as far as the pages name it."""
    node: Node = {"@type": "MedicalClinic", "@id": url("home") + "#clinic", "name": clinic.name, "url": url("home")}
    if clinic.phone:
        # What is no one number is shown to readers as it is, and to search engines too.
        is_number = phones.is_number(clinic.phone, clinic.country)
        node["telephone"] = phones.international(clinic.phone, clinic.country) if is_number else clinic.phone
    if clinic.address:
        node["address"] = " ".join(clinic.address.split())
    return node


def home_page(clinic: Clinic) -> SafeString:
    """The home page's graph."""
    return script([clinic_node(clinic)])


def list_page(treatments: list[PageRow]) -> SafeString:
    """The graph of the list of treatments."""
    items = [
        {"@type": "ListItem", "position": place, "name": row["name"], "url": settings.SITE_URL + row["url"]}
        for place, row in enumerate(treatments, 1)
    ]
    return script([{"@type": "ItemList", "@id": url("treatment_list"), "itemListElement": items}])


def treatment_page(article: Article, clinic: Clinic, edition: Edition | None, versions: Versions) -> SafeString:
    """The treatment page's graph; `edition` is None in a preview."""
    page = url("treatment_detail", article.slug)
    web_page: Node = {
        "@type": "MedicalWebPage",
        "@id": page,
        "url": page,
        "name": article.title,
        "description": article.description,
        "inLanguage": article.language,
        "about": {"@id": page + "#procedure"},
        "breadcrumb": {"@id": page + "#breadcrumb"},
        "publisher": {"@id": url("home") + "#clinic"},
    }
    web_page.update(translations(versions))
    document = article.document
    if "review_date" in document:
        web_page["lastReviewed"] = document["review_date"]
        web_page["reviewedBy"] = {"@type": "Person", "name": document["reviewer"]}
    if edition:
        web_page["dateModified"] = edition.published_at.astimezone(clinic.zone).date().isoformat()
    if article.hero and "preview" in article.hero:
        web_page["primaryImageOfPage"] = {"@type": "ImageObject", "url": url("picture", article.hero["preview"])}
    graph = [web_page, procedure(article, page), clinic_node(clinic), breadcrumb(article, page)]
    if article["questions"]:
        graph.append(questions(article, page))
    return script(graph)


def translations(versions: Versions) -> Node:
    """What a page is a translation of, or which translations it has."""
    here, original = versions.here, versions.original
    if here is None or original is None:
        return {}
    if here is not original:
        return {"translationOfWork": page_node(original)}
    return {"workTranslation": [page_node(version) for version in versions.others]}


def page_node(version: Version) -> Node:
    """A page in another language, as far as this one names it."""
    address = settings.SITE_URL + version.path
    return {"@type": "MedicalWebPage", "@id": address, "url": address, "inLanguage": version.language}


def procedure(article: Article, page: str) -> Node:
    """The treatment itself."""
    node: Node = {
        "@type": "MedicalProcedure",
        "@id": page + "#procedure",
        "name": article.name,
        "description": words(article.answer),
    }
    texts = {
        "howPerformed": [section["body"] for section in article["steps"]],
        # The rules to follow alone: those of what not to do would read as advice without the heading “Do not”.
        "preparation": [row["rule"] for row in article["preparation_do"]],
        "followup": [row["rule"] for row in article["aftercare_do"]],
    }
    node.update((name, " ".join(map(words, texts))) for name, texts in texts.items() if texts)
    return node


def breadcrumb(article: Article, page: str) -> Node:
    trail = [(_("Home"), url("home")), (_("Treatments"), url("treatment_list")), (article.name, page)]
    return {
        "@type": "BreadcrumbList",
        "@id": page + "#breadcrumb",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": item}
            for place, (name, item) in enumerate(trail, 1)
        ],
    }


def questions(article: Article, page: str) -> Node:
    return {
        "@type": "FAQPage",
        "@id": page + "#questions",
        "mainEntity": [
            {
                "@type": "Question",
                "name": words(row["question"]),
                "acceptedAnswer": {"@type": "Answer", "text": words(row["answer"])},
            }
            for row in article["questions"]
        ],
    }
