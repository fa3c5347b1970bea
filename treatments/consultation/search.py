"""Finding requests and comments by the person who made them: the words that are stored for it, and looking for them.

A search costs the same among a thousand requests and among a million: it reads no more than MOST entries of a word.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model, OuterRef, Subquery
from django.db.models.lookups import IsNull

from treatments.models import Comment, ConsultationRequest, SearchWord
from treatments.models.search_word import SearchWordQuerySet
from treatments.values import folding

#: Entries of one word that are read, and requests or comments that are looked through where every word has more.
MOST = 10_000
#: Words that one search may have.
MOST_WORDS = 10
#: What is found: a request or a comment; and the model of one.
Found = ConsultationRequest | Comment
FoundModel = type[ConsultationRequest] | type[Comment]
#: The columns by which each is found, and the column of SearchWord that leads to it.
TEXTS: dict[type[Model], tuple[str, ...]] = {
    ConsultationRequest: ("name", "email", "phone", "reference"),
    Comment: ("name", "email"),
}
COLUMNS: dict[type[Model], str] = {ConsultationRequest: "request", Comment: "comment"}


class TooShort(Exception):
    """There is too little to look for: not two letters or digits."""


class TooLong(Exception):
    """There are more words than one search may have."""


@dataclass(frozen=True)
class Finding:
    """What a search found."""

    #: The ids of the requests, or comments, that have every word.
    ids: list[int]
    #: The words, as typed, that nobody has.
    unknown: list[str]
    #: Whether every word was so common that only the newest MOST were looked through.
    is_cut: bool


# Storing


def note(*subjects: Found) -> None:
    """Store the words by which requests, or comments, are found, in the place of those stored before; all of one kind.

    Call it in the transaction that stores them or changes a name, an email, a phone number or a reference.
    """
    if not subjects:
        return
    forget(*subjects)
    column = COLUMNS[type(subjects[0])]
    SearchWord.objects.bulk_create(
        SearchWord(word=word.encode(), **{column: subject}) for subject in subjects for word in words_of(subject)
    )


def forget(*subjects: Found) -> None:
    """Let requests, or comments, be found by nothing; call it in the transaction that erases them."""
    column = COLUMNS[type(subjects[0])]
    SearchWord.objects.filter(**{f"{column}__in": subjects}).delete()


def words_of(subject: Found) -> set[str]:
    """The folded words by which a request, or a comment, is found."""
    return folding.words_of(**{name: getattr(subject, name) for name in TEXTS[type(subject)]})


# Looking


def find(model: FoundModel, text: str) -> Finding:
    """Look for requests or comments, as `model` says, that have a word for each word of the text; return a Finding.

    Raises TooShort and TooLong.
    """
    words = folding.asked(text)
    if not folding.is_enough(words):
        raise TooShort
    if len(words) > MOST_WORDS:
        raise TooLong
    sizes, first_of_newest = looked_at(model, {beginning for word in words for beginning in word.beginnings})
    # A word can be meant in several ways, each with a beginning of its own. These are the beginnings of stored words.
    present = [[beginning for beginning in word.beginnings if sizes[beginning]] for word in words]
    unknown = [word.typed for word, beginnings in zip(words, present, strict=True) if not beginnings]
    if unknown:
        return Finding([], unknown, is_cut=False)
    rarest, *others = sorted(present, key=lambda beginnings: entries_in(sizes, beginnings))
    if entries_in(sizes, rarest) <= MOST:
        return Finding(having_all(model, rarest, others), [], is_cut=False)
    # The text without blanks, as it begins a whole name that is typed in its own order.
    whole = folding.whole(words)[: folding.LONGEST]
    exact = whole if sizes[whole] <= MOST else None
    return Finding(newest_having_all(model, present, first_of_newest, exact), [], is_cut=first_of_newest > 0)


def entries_in(sizes: Mapping[str, int], beginnings: Iterable[str]) -> int:
    """How many entries begin like one of these; `sizes` has the number of each."""
    return sum(sizes[beginning] for beginning in beginnings)


def entries_of(model: FoundModel) -> SearchWordQuerySet:
    """All words of requests, or of comments."""
    return SearchWord.objects.filter(**{f"{COLUMNS[model]}__isnull": False})


def looked_at(model: FoundModel, beginnings: Iterable[str]) -> tuple[dict[str, int], int]:
    """How common each beginning is, and where the newest rows of the model start: ({beginning: number}, id).

    The number of stored words with a beginning is counted to MOST + 1 and no further, so that the one statement reads
    at most so many rows of an index for each. The id is that of the oldest among the newest MOST rows; 0 if there are
    fewer.
    """
    in_order = sorted(beginnings)
    # In the order of the index, so that no database begins anywhere else.
    entries = entries_of(model).order_by("word").values(COLUMNS[model])
    counted = [entries.beginning(one)[: MOST + 1] for one in in_order]
    newest = model.objects.order_by("-pk").values("pk")[MOST - 1 : MOST]
    compiled = [rows.query.sql_with_params() for rows in (*counted, newest)]
    columns = [f"(SELECT COUNT(*) FROM ({sql}) AS read)" for sql, _params in compiled[:-1]]
    columns.append(f"({compiled[-1][0]})")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", [param for _sql, params in compiled for param in params])
        *numbers, first_of_newest = cursor.fetchone()
    return dict(zip(in_order, numbers, strict=True)), first_of_newest or 0


def having_all(model: FoundModel, rarest: Iterable[str], others: Iterable[Collection[str]]) -> list[int]:
    """The ids of what has a word that begins like one of the rarest, of which there are few, and one for each other."""
    column = COLUMNS[model]
    entries = entries_of(model).filter(*(has(model, beginnings, column) for beginnings in others))
    # Each by its own range of the index: with OR between them, SQLite may read every entry there is.
    first, *further = (entries.beginning(one).values_list(column, flat=True) for one in rarest)
    return sorted(first.union(*further) if further else set(first))


def newest_having_all(model: FoundModel, words: Iterable[Collection[str]], first: int, exact: str | None) -> list[int]:
    """The ids, from `first` on, of what has a word for each of `words`, which begins like one of its beginnings.

    And of whatever has a word that begins with `exact`, however old it is; None for nothing.
    """
    newest = model.objects.filter(*(has(model, beginnings, "pk") for beginnings in words), pk__gte=first)
    ids = newest.order_by().values_list("pk", flat=True)
    if exact is None:
        return sorted(ids)
    return sorted(ids.union(entries_of(model).beginning(exact).values_list(COLUMNS[model], flat=True)))


def has(model: FoundModel, beginnings: Collection[str], column: str) -> IsNull:
    """Whether what a column of the outer query names has a word that begins like one of these."""
    entries = entries_of(model).filter(**{COLUMNS[model]: OuterRef(column)}).beginning(*beginnings)
    # Not Exists: PostgreSQL may make a join of it, and read all entries of a common word.
    return IsNull(Subquery(entries.values("pk")[:1]), False)
