import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from treatments.values import folding

#: Requests or comments whose words are made at once.
BATCH = 5_000


def note_all(apps, schema_editor):
    """Make the words of the requests and comments that there are."""
    # By the rules that searches use: when these change, a migration of then makes all words anew.
    requests = apps.get_model('treatments', 'ConsultationRequest').objects.filter(erased_at__isnull=True)
    fill(schema_editor.connection, requests, 'request', ('name', 'email', 'phone', 'reference'))
    comments = apps.get_model('treatments', 'Comment').objects.all()
    fill(schema_editor.connection, comments, 'comment', ('name', 'email'))


def fill(connection, rows, column, texts):
    rows = rows.using(connection.alias).order_by('pk').values('pk', *texts)
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1]['pk']
        words = [
            (row['pk'], word.encode())
            for row in batch
            for word in folding.words_of(**{name: row[name] for name in texts})
        ]
        # Not `bulk_create`, which takes as long again to make objects of them.
        into = f'treatments_searchword ({column}_id, word)'
        with connection.cursor() as cursor:
            if connection.vendor == 'postgresql':
                with cursor.copy(f'COPY {into} FROM STDIN') as copy:
                    copy.write(''.join(f'{pk}\t\\\\x{word.hex()}\n' for pk, word in words))
            else:
                cursor.executemany(f'INSERT INTO {into} VALUES (%s, %s)', words)


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', "0013_reviews_see_statements"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='comment',
            name='comment_of_name',
        ),
        migrations.RemoveIndex(
            model_name='comment',
            name='comment_of_email',
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_words', to='treatments.consultationrequest')),
                ('comment', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_words', to='treatments.comment')),
                ('word', models.BinaryField()),
            ],
            options={
                'verbose_name': 'search word',
                'verbose_name_plural': 'search words',
                'indexes': [
                    models.Index(condition=Q(('request__isnull', False)), fields=['word', 'request'], name='search_word_to_request'),
                    models.Index(condition=Q(('comment__isnull', False)), fields=['word', 'comment'], name='search_word_to_comment'),
                    models.Index(condition=Q(('request__isnull', False)), fields=['request', 'word'], name='search_word_of_request'),
                    models.Index(condition=Q(('comment__isnull', False)), fields=['comment', 'word'], name='search_word_of_comment'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=Q(('word', b''), _negated=True), name='search_word_is_filled'),
                    models.CheckConstraint(condition=Q(Q(('comment__isnull', True), ('request__isnull', False)), Q(('comment__isnull', False), ('request__isnull', True)), _connector='OR'), name='search_word_is_of_one'),
                ],
            },
        ),
        # Django makes the indexes, and PostgreSQL's foreign keys, at the end of a migration: after the rows, many times
        # faster than before them.
        migrations.RunPython(note_all, migrations.RunPython.noop, elidable=True),
    ]
