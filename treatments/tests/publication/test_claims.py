"""Promises are found however they are written, in every language of the site; honest sentences are let through."""

import re
import tomllib

import pytest

from treatments.publication import claims, reading
from treatments.tests.builders import bundled_article
from treatments.tests.tables import one_in

#: What promises too much, by the pattern that has to find it.
FOUND = {
    "no-side-effects": [
        "It has no side effects.",
        "There are **no** side effects and *zero* risks.",
        "It works without any known risk.",
        "A risk-free method",
        "A risk free treatment",
        "Free from side-effects!",
        "It comes without unwanted effects.",
        "It doesn’t have any side effects.",
        "It doesnt cause complications.",
        "Side effects: none",
        "Side effects never occur.",
        "no “side effects”",
        "[No side effects](https://example.org/)",
        "No side\neffects",
        "０ side effects",
        "Tanpa kesan sampingan.",
        "Rawatan ini tiada sebarang risiko.",
        "Ia bebas daripada komplikasi.",
        "无副作用",
        "無副作用，請放心。",
        "完全没有任何风险",
        "零風險",
    ],
    "painless": [
        "It is Pain-free!",
        "It is pain‑free.",
        "It is pain – free.",
        "It is pain\u00adless.",
        "It is pain\u200bless.",
        "It is pain\u2060less.",
        "It is pa\u034finless.",
        "It is pa\ufe0finless.",
        "It is pain\U000e0061less.",
        "It is pain\u3164less.",
        "It is pain**less**.",
        "It is pain\\-free.",
        "It is pain&shy;less.",
        "ｐａｉｎｌｅｓｓ",
        "𝐩𝐚𝐢𝐧𝐥𝐞𝐬𝐬",
        "P\u0301a\u0301inless",
        "It is pаinless.",
        "P.A.I.N.L.E.S.S",
        "Ρainless with a Greek Rho",
        "Painlessly done",
        "It doesn't hurt.",
        "It won’t hurt at all.",
        "It never hurts.",
        "You feel nothing.",
        "You will not feel a thing.",
        "No pain at all",
        "Is it painless?",
        "It is not painless.",
        "Ia tidak menyakitkan.",
        "Tanpa rasa sakit",
        "无痛",
        "無 痛",
        "一点也不痛",
    ],
    "no-downtime": [
        "There is zero downtime.",
        "No down-time",
        "No recovery time is needed.",
        "A lunch-hour laser",
        "Tiada masa pemulihan",
        "无需恢复期",
        "不需要休养",
    ],
    "no-injury": [
        "It does not damage skin.",
        "It heats the ink without harming the skin.",
        "No skin injury",
        "Tanpa merosakkan kulit",
        "不伤害皮肤",
    ],
    "no-scars": ["A scar-free result", "It leaves no scars.", "It never leaves a scar.", "Tanpa parut", "不留疤痕"],
    "safe": [
        "Gentle and harmless",
        "Safe and harmless",
        "100% safe",
        "It is 100 % effective.",
        "One hundred per cent safe",
        "Completely safe",
        "It is safe.",
        "This treatment is perfectly safe.",
        "Safe for everyone",
        "Safe and effective",
        "Nothing can go wrong.",
        "100% selamat",
        "Selamat untuk semua",
        "百分之百安全",
        "100％有效",
        "绝对安全",
    ],
    "proven": [
        "FDA approved",
        "It is approved by the FDA.",
        "Clinically proven",
        "A scientifically-proven method",
        "It is proven to work.",
        "Studies prove it.",
        "Terbukti secara klinikal",
        "临床证实",
        "經臨床證實",
    ],
    "instant": [
        "Instant results",
        "You look better instantly.",
        "Results overnight",
        "Gone in one session",
        "Hasil serta-merta",
        "立即见效",
        "一次见效",
    ],
    "cure": ["It cures acne for good.", "A cure for scars", "Menyembuhkan parut", "彻底根治", "治愈"],
    "never-again": [
        "You will never see it again.",
        "Never worry about spots again.",
        "The marks never come back.",
        "Your freckles won't return.",
        "Gone for good",
        "The marks are gone for ever.",
        "Lifetime results",
        "Jeragat tidak akan kembali.",
        "Hilang selama-lamanya",
        "永不复发",
        "不会反弹",
        "一劳永逸",
    ],
    "all-skin-types": [
        "It suits all skin types.",
        "For every skin-tone",
        "For any type of skin",
        "Untuk semua jenis kulit",
        "适合所有肤质",
    ],
    "anyone": [
        "Everyone gets better.",
        "All our patients see results.",
        "Nobody has ever had a burn.",
        "Virtually anyone is a good candidate.",
        "Suitable for everyone",
        "Everyone can have it.",
        "Sesuai untuk semua",
        "人人都可以做",
    ],
    "permanent": ["Results are permanent.", "Permanently fairer", "Hasilnya kekal.", "永久有效", "一輩子"],
    "eliminates": [
        "It removes tattoos completely.",
        "It eliminates scars.",
        "It completely removes ink.",
        "We get rid of spots.",
        "Wrinkles vanish.",
        "Ia menghilangkan parut.",
        "彻底清除色斑",
    ],
    "any-concern": ["It helps with any skin concern.", "Untuk semua masalah kulit", "所有皮肤问题"],
    "moles": [
        "It lifts moles.",
        "We remove moles.",
        "Mole removal",
        "Good for freckles, moles and warts",
        "Moles fade in weeks.",
        "Moles can be safely removed.",
        "It is not only for scars: it removes moles too.",
        "Membuang tahi lalat",
        "去痣",
    ],
    "severe-acne": ["It treats severe acne.", "For cystic acne", "Jerawat yang teruk", "严重痤疮"],
    "skin-tightening": ["It tightens.", "Against laxity", "Ia mengetatkan kulit.", "紧致肌肤"],
    "melasma-removal": ["For melasma removal.", "It removes melasma.", "Menghilangkan jeragat", "去除黄褐斑"],
    "brand-as-class": ["Also known as PicoSure.", "Dikenali sebagai PicoSure", "又称PicoSure"],
    "superiority": [
        "A cutting-edge laser.",
        "The best",
        "A miracle",
        "Rawatan terbaik",
        "最先进的激光",
        "It is safer than any other laser.",
        "Our laser is the best for melasma.",
        "Gentler than all others",
    ],
    "guarantee": [
        "We guarantee it.",
        "Guaranteed",
        "Results are guaranteed.",
        "We promise results.",
        "Flawless skin",
        "Or your money back: a money-back promise",
        "Hasil dijamin.",
        "保证有效",
        "包满意",
    ],
    "numbing-cream-two-weeks": ["Two weeks\nbefore, use numbing cream.", "Dua minggu sebelum, sapu krim kebas."],
    "surgery-substitute": ["For those who cannot undergo plastic surgery.", "不能做整形手术的人"],
    "always-free": ["We always provide free advice.", "Sentiasa percuma", "永远免费"],
    "endorsement": [
        "Doctors recommend it.",
        "Loved by celebrities",
        "Trusted by thousands of patients",
        "Disyorkan oleh doktor.",
        "专家推荐",
    ],
    "younger": ["Look ten years younger.", "It turns back the clock.", "Skin like new", "Awet muda", "逆龄"],
    "pressure": ["Now 50 % off!", "Today only", "A limited offer", "Diskaun 20%", "仅限今天"],
    "shame": ["Are you dissatisfied with your skin?", "Embarrassed by your scars?", "自卑"],
}

#: What honest people write.
LET_THROUGH = """
A pain score of 3.
The pain lasts an instant.
Take pain relief if you need it.
Side effects are common.
Side effects can be serious.
Molecules move.
Bestow.
It is not for moles.
A mole is not a reason to have it.
Do you have a mole or a dark spot that bleeds?
Can it remove a mole?
We do not treat moles.
Never treat a mole before a doctor has seen it.
See a doctor about a mole that changes.
There is no cure for melasma.
It is not a cure.
Melasma cannot be cured.
Is it a cure for acne?
No treatment is without risk.
No treatment is completely safe.
It is safe to wash your face the next day.
It should not hurt.
Serious side effects are rare.
The risk of infection is low, but it is not zero.
Not everyone can have it.
Herpes never goes away completely.
You will need sunscreen for life.
Nothing is risk-free.
It is not without side effects.
We cannot promise a result.
Nobody can guarantee that it works.
It has not been proven to help.
No number of days is proven.
Melasma can come back.
Redness will disappear in days.
See a doctor immediately.
Wait until the skin has healed.
Tell us about permanent make-up.
Never stop a prescribed medicine on your own.
It is not suitable for everyone.
In rare cases it stays for good.
Nobody has shown that it is safe in pregnancy.
Keep it clean overnight.
Hoping for a flawless result, or one that lasts for ever
The best time to call is the morning.
Ask your doctor which is best for you.
It is best to wait.
Use the best sunscreen you can find.
It is safest to wait.
Results are not permanent.
Permanent loss of colour is rare.
Keep it out of the sun for good, not only this month.
Not everyone gets better.
Most doctors would wait.
The device was cleared by the FDA in 2012.
The price holds until the end of the year.
Hubungi kami dengan segera.
Ia tidak kekal.
Ia tidak menghilangkan semua parut.
Kami tidak boleh menjamin hasilnya.
Ia belum terbukti berkesan.
Tunggu sehingga kulit sembuh.
Kesan sampingan yang biasa ialah kemerahan.
可能会复发。
我们不能保证效果。
没有绝对安全的治疗。
最好先问医生。
第一天会发红。
请立即就医。
痛不痛？
不能根治黄褐斑。
并非永久。
副作用包括发红。
""".strip().split("\n")


def found(text):
    """(claim's id, sentence) of each claim of a Markdown text."""
    return [(claim.id, sentence) for claim, sentence in claims.found_in(reading.words_of_markdown(text))]


class TestAClaim:
    @pytest.mark.parametrize(
        ("claim", "text"), one_in(4, [(claim, text) for claim, texts in FOUND.items() for text in texts])
    )
    def test_is_found(self, claim, text):
        assert claim in {name for name, _sentence in found(text)}

    def test_is_tried_for_every_pattern_of_the_file(self):
        assert set(FOUND) == {claim.id for claim in claims.known()}

    @pytest.mark.parametrize("text", one_in(3, LET_THROUGH))
    def test_is_not_seen_in_an_honest_sentence(self, text):
        assert found(text) == []

    @pytest.mark.slow
    def test_is_made_in_no_sentence_of_the_bundled_article(self):
        texts = reading.texts(bundled_article())

        assert [sentence for *_place, words in texts for _claim, sentence in claims.found_in(words)] == []

    @pytest.mark.parametrize("text", ["It is painless.", "pain**less**", "无痛"])
    def test_is_found_where_markup_is_not_read_too(self, text):
        assert claims.found_in(reading.words_of("risks", "lasts", text))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("5. sessions a year", "5. sessions a year"),
            ("5. sessions\n6. weeks", "5. sessions\nweeks"),
            ("5. sessions\n\n6. weeks", "5. sessions\nweeks"),
            ("1. sessions\n2. weeks", "sessions\nweeks"),
        ],
    )
    def test_is_sought_with_the_number_that_a_list_begins_with(self, text, words):
        assert reading.words_of_markdown(text) == words

    def test_says_what_holds_for_every_treatment(self):
        told = " ".join(f"{claim.why} {claim.say}" for claim in claims.known())

        assert not re.findall(r"\b(laser|pulse|pico\w*|tattoos?|ink|inject\w*|needle|filler)\b", told, re.I)

    def test_of_the_file_is_written_in_a_language_of_the_site(self):
        rows = tomllib.loads(claims.CLAIMS.read_text(encoding="utf-8"))["claim"]

        assert {key for row in rows for key in row} == {"id", "why", "say", "unless", *claims.LANGUAGES}
        assert all(set(claims.LANGUAGES) <= set(row) for row in rows)


class TestASentence:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("It helps. It is painless for\nmost. It lasts 2.5 weeks.", "It is painless for most."),
            ("It helps\n\nIt is painless\n\nIt lasts", "It is painless"),
            ("It is:\n\n- quick\n- painless\n- cheap", "painless"),
            ("It is:\n\n- quick\n    - painless\n    - cheap\n- good", "painless"),
            ("It is painless", "It is painless"),
            ("Is it painless? No.", "Is it painless?"),
            ("He said: “It is painless.” It is not.", "He said: “It is painless.”"),
            ("可能会红。这是painless的！没关系。", "这是painless的！"),
            ("真的painless吗？！不。", "真的painless吗？！"),
            ("यह अच्छा है। It is painless। ठीक।", "It is painless।"),
            ("جيد؟ It is painless؟ لا.", "It is painless؟"),
            ("It helps. It is P A I N L E S S. It lasts.", "It is P A I N L E S S."),
            ("In room no. 12 it is painless. It lasts.", "In room no. 12 it is painless."),
        ],
    )
    def test_is_quoted_alone_and_without_markup(self, text, sentence):
        assert found(text) == [("painless", sentence)]

    def test_is_quoted_once(self):
        assert found("It is painless. It is painless.") == [("painless", "It is painless.")]

    def test_does_not_borrow_the_words_of_the_next(self):
        assert found("Everyone has questions. Ask whether candidates are chosen with care.") == []


class TestALongText:
    @pytest.mark.parametrize(
        "piece", one_in(4, ["best.", "best. ", "?!", ".", "no ", "side effects ", "never a ", "痛", "cures ( "])
    )
    def test_is_read_in_a_time_that_grows_with_its_length(self, piece, monkeypatch):
        """Doubling the text doubles the signs that are looked at; a text that is split anew for each find would not."""
        looked_at = []
        fold = reading.folded

        def folded(sentence):
            looked_at.append(len(sentence))
            return fold(sentence)

        monkeypatch.setattr(reading, "folded", folded)

        for length in (2_000, 4_000):
            claims.found_in.__wrapped__((piece * length)[: length * 2])

        assert sum(looked_at) <= 3 * 8_000
