"""What is written from the models of parts says what they say."""

import pytest

from treatments.management.commands.write_from_models import CONTENT_FORMAT, described, written
from treatments.models import PARTS
from treatments.publication.document import keys_of
from treatments.values import row_types


def test_every_file_is_as_the_command_would_write_it():
    stale = [path.name for path, text in written().items() if path.read_text(encoding="utf-8") != text]

    assert stale == [], "run manage.py write_from_models"


class TestTheTypesOfRows:
    def test_have_the_keys_of_every_part(self):
        for part, model in PARTS.items():
            row = getattr(row_types, f"{model.__name__}Row")
            assert [*row.__annotations__] == keys_of(part)

    def test_may_lack_what_may_be_empty_or_is_false(self):
        assert row_types.BenefitRow.__required_keys__ == {"key", "basis", "title", "text"}
        assert row_types.SourceRow.__required_keys__ == {"reference", "title", "evidence"}
        assert "avoid" in row_types.AftercareRuleRow.__optional_keys__


class TestTheDescriptionOfTheFormat:
    TEXT = CONTENT_FORMAT.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("key", "says"),
        [
            ("pain_score", "average pain score out of 10, a number with at most 2 decimal places"),
            ("can_do", "what you can do"),
        ],
    )
    def test_gets_a_line_for_a_key_that_it_lacks(self, key, says):
        (line,) = [line for line in self.TEXT.splitlines() if line.startswith(f"| `{key}`")]

        text = described(self.TEXT.replace(f"{line}\n", ""))

        assert text == self.TEXT.replace(line, f"| `{key}` | | {says} |")

    def test_says_what_kind_of_value_a_key_has(self):
        start, end = self.TEXT.index("### `[[sources]]`"), self.TEXT.index("### `[[waivers]]`")

        text = described(self.TEXT[:start] + self.TEXT[end:])

        assert "| `checked_date` | | last checked on, a date |" in text
        assert "| `year` | | year, a whole number |" in text
        assert "| `shown` | | shown to readers, `true` or left out |" in text

    def test_gets_a_section_for_a_part_that_it_lacks(self):
        start, end = self.TEXT.index("### `[[alternatives]]`"), self.TEXT.index("### `[[questions]]`")

        text = described(self.TEXT[:start] + self.TEXT[end:])

        assert (
            "### `[[alternatives]]`: alternatives\n\n"
            "| key | | what |\n"
            "|---|---|---|\n"
            "| `name` | needed | name, at most 120 letters |\n"
            "| `good_at` | needed | good at |\n"
            "| `limits` | needed | limits |\n"
            "\n### `[["
        ) in text
