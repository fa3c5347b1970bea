"""Languages by their tags (BCP 47): which way they run, what they call themselves. Plain values, no database."""

import re
from collections.abc import Iterable

from django.conf.locale import LANG_INFO

#: A language tag by its shape: a language, a script, a country and variants, as in ms, zh-Hant, es-419.
TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*", re.IGNORECASE
)
#: The languages of two letters (ISO 639-1); those of three are too many to list.
TWO_LETTERS = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng
    nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su
    sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
KNOWN_OF_TWO_LETTERS = set(TWO_LETTERS.split())
#: What a language calls itself where Django does not say; all others go by their tag.
OWN_NAMES = {"zh": "中文"}

#: Languages and scripts that run from right to left, as they stand in a language tag: living languages whose likely
#: script does (likelySubtags of CLDR 48), with their codes of before, such as iw for Hebrew.
LANGUAGES = """
    ae ar dv fa he iw ji ks ps sd ug ur yi
    aao acm acq aeb afb aii apc apd arc arq ars ary arz azb bal bej bft bgn bqi brh ckb cld
    fas glk gju haz heb hno jrb khw kvx lad lah lki lrc lsd luz mvy mzn nqo pbt pes phr pnb prd prs rhg
    sam sdh shu skr smp snd swb syc syr trw uig urd ydd yid zdj
"""
RIGHT_TO_LEFT = set(LANGUAGES.split())
#: The other direction in these countries, by the same source.
LEFT_TO_RIGHT_IN = {"sd": {"in"}, "ug": {"kz", "mn"}}
RIGHT_TO_LEFT_IN = {
    **{"az": {"iq", "ir"}, "ha": {"cm", "sd"}, "kk": {"af", "cn", "ir", "mn"}, "ku": {"iq", "ir", "lb"}, "ky": {"cn"}},
    **{"kmr": {"iq", "ir", "lb"}, "ms": {"cc"}, "pa": {"pk"}, "tg": {"pk"}, "uz": {"af"}},
}
RIGHT_TO_LEFT_SCRIPTS = {"adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"}


def is_tag(text: str) -> bool:
    """Whether a text is the tag of a language, as far as one can tell: “cn” is none, Chinese is zh."""
    found = TAG.fullmatch(text)
    return found is not None and (len(found["language"]) == 3 or found["language"].lower() in KNOWN_OF_TWO_LETTERS)


def direction_of(tag: str) -> str:
    """Which way a language is written: "rtl" or "ltr".

    A script in its tag, as in ms-Arab, decides; else its country, as in pa-PK.
    """
    language, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if script:
        return "rtl" if script in RIGHT_TO_LEFT_SCRIPTS else "ltr"
    region = next((part for part in rest if len(part) == 2), "")
    if language in RIGHT_TO_LEFT:
        return "ltr" if region in LEFT_TO_RIGHT_IN.get(language, ()) else "rtl"
    return "rtl" if region in RIGHT_TO_LEFT_IN.get(language, ()) else "ltr"


def own_name(tag: str) -> str:
    """What a language calls itself, such as “Bahasa Melayu”; its tag if nobody has told us."""
    for shorter in widening(tag):
        name = OWN_NAMES.get(shorter) or LANG_INFO.get(shorter, {}).get("name_local")
        if name:
            return str(name)[0].upper() + str(name)[1:]
    return tag


def widening(tag: str) -> Iterable[str]:
    """The tag in small letters, then without its last part, and so on: zh-hant-tw, zh-hant, zh."""
    parts = tag.lower().split("-")
    return ("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def best_of(tag: str, known: Iterable[str]) -> str | None:
    """The language among these, by their codes, in which readers of this one read their own; None without one.

    Another script is another language: who reads ms-Arab may not read ms.
    """
    there = {code.lower(): code for code in known}
    found = next((there[shorter] for shorter in widening(tag) if shorter in there), None)
    return found if found and direction_of(found) == direction_of(tag) else None
