"""What people type is kept as they meant it, without what nobody sees, whichever way it comes in."""

import re

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from treatments.admin.part_inlines import INLINES
from treatments.admin.statement import StatementForm
from treatments.forms.comment import CommentForm
from treatments.forms.consultation import ConsultationForm
from treatments.forms.text import CleanField, PhoneField
from treatments.models import Clinic, Notice, Treatment
from treatments.publication import document as documents
from treatments.publication import publishing
from treatments.tests.builders import canonical_document, make_clinic, make_form_key, plain_document
from treatments.text import cleaning

#: What nobody sees and no script needs beside Latin letters.
NOTHING = [*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x200B, 0x200C, 0x200D, 0xFEFF, 0xFE0D, 0xFE0F, 0x034F]
NOTHING += [0x115F, 0x1160, 0x180E, 0xFFF9, 0xFFFB, 0xE0001, 0xE0041, 0xE0100, 0x1D173]
#: What is drawn as a blank, or as nothing, and is no blank to a program.
FILLERS = ["\u3164", "\uffa0", "\u2800"]
NAMES = [
    "Siti a/p Muthu",
    "Ravi s/o Kumar",
    "Tan Mei Ling @ Mary",
    "J.R. d'Souza",
    "O’Brien",
    "José",
    "Jose\u0301",
    "陈美玲",
    "山田\u3000太郎",
    "葛\U000e0100城",
    "한지민",
    "சிவகுமார்",
    "क्\u200dष",
    "ശ്രീ ന\u0d4d\u200d",
    "محمد",
    "علی\u200cرضا",
    "PDF\u200cها",
    "สมชาย",
    "Anna 👩🏽\u200d⚕️",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Ewan",
    "Mona 1\ufe0f\u20e3 ❤\ufe0f\u200d🔥",
    "Yes 🙂\u200d↔\ufe0f 🏃🏽\u200d♀\ufe0f\u200d➡\ufe0f ⛓\ufe0f\u200d💥",
    "X",
]
#: Without its mark a number of several groups would be drawn with the last group first.
NUMBERS = ["התקשרו \u200e03-123 4567", "\u200e+60 3-2161 1234 اتصل", "\u200e03 2161 اتصل", "من \u200e5 - 10 أيام"]


class TestOneLine:
    @pytest.mark.parametrize("name", NAMES)
    def test_keeps_names_as_people_write_them(self, name):
        assert cleaning.name(name) == cleaning.line(name) == name

    @pytest.mark.parametrize("code", NOTHING, ids=hex)
    def test_loses_what_nobody_sees(self, code):
        assert cleaning.line(f"{chr(code)}An{chr(code)}na {chr(code)} Tan{chr(code)}") == "Anna Tan"

    @pytest.mark.parametrize("filler", FILLERS)
    def test_takes_a_filler_for_a_blank(self, filler):
        assert cleaning.line(f"{filler}Anna{filler}{filler}Tan{filler}") == "Anna Tan"
        assert cleaning.line(filler * 3) == ""

    @pytest.mark.parametrize("blank", "\u00a0\u202f\u2007\u2009\u3000")
    def test_keeps_a_blank_that_was_chosen(self, blank):
        assert cleaning.line(f"{blank} SPF{blank}50  {blank}") == f"SPF{blank}50"

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\u2028", "\u2029", "\t", "  ", " \t "])
    def test_has_single_blanks_between_its_words(self, end):
        assert cleaning.line(f" a{end}b ") == "a b"

    @pytest.mark.parametrize(
        "kept", ["Haut\u00adarzt", "C++\u200e (عربي)", "ภาษา\u200bไทย", "ꦲꦤ\u200bꦕꦫ", "ᨠᩣ\u200bᨾ", *NUMBERS]
    )
    def test_keeps_signs_that_do_something_there(self, kept):
        assert cleaning.line(kept) == kept

    @pytest.mark.parametrize("typed", ["\u00adAb ", "Ab\u00ad", "A\u200eb", "Ab\u200f", "A\u200bb\u200b", "\u200eAb"])
    def test_loses_them_where_they_do_nothing(self, typed):
        assert cleaning.line(typed) == "Ab"

    @pytest.mark.parametrize("typed", ["\u200e5 mg", "\u200e+5 mg", "Take \u200e5 mg", "\u200fשלום", "\u200eAb שלום"])
    def test_loses_a_mark_of_direction_where_the_text_runs_one_way_or_begins_with_a_letter(self, typed):
        assert cleaning.line(typed) == re.sub("[\u200e\u200f]", "", typed)

    @pytest.mark.parametrize("typed", ["Ann\u00ada", "Anna\u200e", "An\u200bna"])
    def test_of_a_name_has_none_of_them(self, typed):
        assert cleaning.name(typed) == "Anna"


class TestSeveralLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\u2028"])
    def test_end_in_one_way(self, end):
        assert cleaning.text(f"one {end}two\u00a0{end}") == "one\ntwo"

    def test_keep_paragraphs_apart(self):
        assert cleaning.text("one\u2029two\n\nthree") == "one\n\ntwo\n\nthree"

    def test_have_single_blanks_but_before_their_first_word(self):
        assert cleaning.text("- a  b\t c\n    - d  \n\n e") == "- a b c\n    - d\n\n e"


class TestWhatMachinesRead:
    def test_has_nothing_that_nobody_sees(self):
        assert cleaning.bare("\u202a+60\u202f12\u00a0345\ufe0d 67\u206989\u202c") == "+60 12 345 6789"


AWKWARD = [*map(chr, NOTHING), *FILLERS, *" \t\n\r\v\f\u2028\u2029\u00a0\u3000\u00ad\u200e\u200f\u061c"]
AWKWARD += [*"\ufe0e\u180b\u20e3\u0301\u0308🏽🏴\U000e0067\U000e007f↔➡♂#*-", *"Aa1(.กាမन्کعیש葛あ가ᠠ❤👩"]


@pytest.mark.slow
class TestCleaning:
    @settings(deadline=None, derandomize=True, database=None, max_examples=500)
    @given(typed=st.text(st.sampled_from(AWKWARD)))
    def test_twice_is_cleaning_once(self, typed):
        for clean in (cleaning.text, cleaning.line, cleaning.name, cleaning.bare):
            assert clean(clean(typed)) == clean(typed)


def sent(**texts):
    """What a browser sends."""
    data = QueryDict(mutable=True)
    data.update(texts)
    return data


class TestAControlCharacter:
    @pytest.mark.parametrize(
        "sign", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\x92", "\ud800", "\uffff", "\ufdd0", "\U0001fffe"]
    )
    def test_is_refused_with_the_word_before_it(self, sign):
        with pytest.raises(ValidationError, match=f"U\\+{ord(sign):04X} after “skin” cannot be shown"):
            cleaning.check_printable(f"dry skin{sign} peels")


@pytest.mark.django_db
class TestAFormOfVisitors:
    def consultation(self, **changes):
        data = {"name": "Aisha", "phone": "+60123456789", "consent": "on", "form_key": make_form_key(), **changes}
        return ConsultationForm(sent(best_time="any", **data), clinic=make_clinic())

    def test_keeps_what_was_seen(self):
        form = self.consultation(name="Ann \u202egnp.exe Tan", message="one\vtwo\u2028three \u202e!")

        assert form.is_valid()
        assert form.cleaned_data["name"] == "Ann gnp.exe Tan"
        assert form.cleaned_data["message"] == "one\ntwo\nthree !"

    @pytest.mark.parametrize(
        "phone", ["\u202a+60 12\u202f345 6789\u202c", "+6012\ufe0d3456789", "+60\u201112\u2060345\u200b6789"]
    )
    def test_reads_a_number_that_was_copied_with_signs_that_nobody_sees(self, phone):
        form = self.consultation(phone=phone)

        assert form.is_valid()
        assert form.cleaned_data["phone"] == "+60123456789"

    def test_counts_letters_after_cleaning(self):
        assert self.consultation(name="x" * 120 + "\u200b" * 50).is_valid()

    def test_of_a_comment_has_no_name_that_cannot_be_seen(self):
        form = CommentForm(sent(name="\u3164\u1160", text="\u2066\u2800", form_key=make_form_key()))

        assert set(form.errors) == {"name", "text"}


#: What is typed there is compared with what we made ourselves, or read and not kept.
NOT_KEPT = {("CodeForm", "code"), ("AgainForm", "code"), ("AgainForm", "password"), ("TimeForm", "time")}
NOT_KEPT |= {("SignInForm", "username"), ("SignInForm", "password")}
#: A password is kept as its hash, and has to be the same to the letter.
NOT_KEPT |= {("NewPasswordForm", "password1"), ("NewPasswordForm", "password2")}


def fields_that_clean_nothing(form):
    """The fields of a form that keep text as it was typed; addresses have rules of their own."""
    return {
        (form.__name__, name)
        for name, field in form.base_fields.items()
        if isinstance(field, forms.CharField)
        and not isinstance(field, CleanField | PhoneField | forms.EmailField)
        and not field.widget.is_hidden
    }


def subclasses(kind):
    for one in kind.__subclasses__():
        yield from (one, *subclasses(one))


class TestEveryForm:
    def test_of_ours_cleans_what_is_typed(self):
        ours = [form for form in subclasses(forms.BaseForm) if form.__module__.startswith("treatments.")]
        plain = [form for form in ours if not issubclass(form, forms.ModelForm) or form is StatementForm]

        assert len(plain) > 10
        assert set().union(*map(fields_that_clean_nothing, plain)) == NOT_KEPT

    def test_of_the_desk_cleans_what_is_typed(self, admin_client, rf):
        request = rf.get("/")
        request.user = get_user_model().objects.get()
        made = []
        for model in (Treatment, Clinic, Notice):
            screen = admin.site.get_model_admin(model)
            made.append(screen.get_form(request))
            made += [inline(model, admin.site).get_formset(request).form for inline in screen.inlines]
        made += [inline(Treatment, admin.site).get_formset(request).form for inline in INLINES.values()]

        assert set().union(*map(fields_that_clean_nothing, made)) == set()


@pytest.mark.django_db
class TestADraft:
    def test_that_an_earlier_version_saved_reads_as_if_it_were_typed_now(self):
        treatment = documents.write(canonical_document(plain_document(benefits=[{"title": "Soft", "text": "Soft."}])))
        treatment.title = "A  title\u200b "
        treatment.save()
        treatment.benefit_rows.update(text="Soft  skin \r\n\r\nfor weeks\v", title="Soft\u3164")

        draft = publishing.draft_of(treatment)

        assert draft["title"] == "A title"
        assert (draft["benefits"][0]["title"], draft["benefits"][0]["text"]) == ("Soft", "Soft skin\n\nfor weeks")
        assert publishing.problems_of(draft) == []

    def test_that_only_blanks_tell_from_its_edition_makes_no_new_one(self):
        treatment = documents.write(canonical_document(plain_document()))
        edition = publishing.publish_sample(treatment)
        treatment.answer = treatment.answer.replace(" ", "  ") + " "
        treatment.save()

        assert publishing.publish_sample(treatment) == edition
