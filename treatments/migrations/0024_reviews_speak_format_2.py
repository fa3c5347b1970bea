"""What was read of the sources of a treatment counts as read although format 2 names the list and a key otherwise."""

import hashlib
import json

from django.db import migrations


def rename(apps, schema_editor):
    """Sources were read as rows of `source` with an `address`: write them as rows of `sources` with a `url`."""
    statements = apps.get_model("treatments", "ReviewedStatement").objects
    for statement in statements.filter(part="source").iterator(chunk_size=500):
        words = {"url" if name == "address" else name: said for name, said in statement.words.items()}
        text = json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        statements.filter(pk=statement.pk).update(part="sources", words=words, digest=digest)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0023_first_layer")]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
