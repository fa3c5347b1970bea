"""Which way a document's text runs."""

import json
import unicodedata

from treatments.values.row_types import Document

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
#: What Unicode calls letters, numbers and marks that run from right to left.
LEFTWARD = {"R", "AL", "AN", "RLE", "RLO", "RLI"}


def direction_of(document: Document) -> str:
    """Which way a document's language is written: "rtl" or "ltr".

    A script in its tag, as in ms-Arab, decides; else its country, as in pa-PK.
    """
    language, *rest = document["language"].lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if script:
        return "rtl" if script in RIGHT_TO_LEFT_SCRIPTS else "ltr"
    region = next((part for part in rest if len(part) == 2), "")
    if language in RIGHT_TO_LEFT:
        return "ltr" if region in LEFT_TO_RIGHT_IN.get(language, ()) else "rtl"
    return "rtl" if region in RIGHT_TO_LEFT_IN.get(language, ()) else "ltr"


def has_leftward(document: Document) -> bool:
    """Whether any text of a document, the words of its pictures included, has a letter that runs from right to left."""
    letters = set(json.dumps(document, ensure_ascii=False))
    return any(unicodedata.bidirectional(letter) in LEFTWARD for letter in letters)
