"""Take signs of direction out of names that visitors gave before forms did so: they turned round what stood beside them."""

import functools
import operator

from django.db import migrations
from django.db.models import F, Q, Value
from django.db.models.functions import Replace, Trim

SIGNS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


def take_out_signs(apps, schema_editor):
    has_sign = functools.reduce(operator.or_, (Q(name__contains=sign) for sign in SIGNS))
    without = functools.reduce(lambda name, sign: Replace(name, Value(sign), Value("")), SIGNS, F("name"))
    for model in ("ConsultationRequest", "Comment"):
        rows = apps.get_model("treatments", model).objects.using(schema_editor.connection.alias)
        # What nobody could see stays what it is: a name is never empty.
        rows.filter(has_sign).annotate(seen=Trim(without)).exclude(seen="").update(name=Trim(without))


class Migration(migrations.Migration):
    dependencies = [("treatments", "0011_pages_have_tokens")]
    operations = [migrations.RunPython(take_out_signs, migrations.RunPython.noop)]
