# Constraints in plain SQL: the names stay, what they say stays, and no function of Django's own is called any more.

from django.conf import settings
from django.db import migrations, models

from treatments.migrations._one_rewrite import InOneRewrite


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', "0014_find_people_by_folded_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='aftercarerule',
            name='aftercarerule_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='alternative',
            name='alternative_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='askatconsultation',
            name='askatconsultation_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='benefit',
            name='benefit_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='clinic',
            name='clinic_country_has_two_letters',
        ),
        migrations.RemoveConstraint(
            model_name='concern',
            name='concern_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='keyfact',
            name='keyfact_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='openinghours',
            name='opening_hours_are_on_whole_five_minutes',
        ),
        migrations.RemoveConstraint(
            model_name='photo',
            name='photo_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='precaution',
            name='precaution_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='preparationrule',
            name='preparationrule_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='question',
            name='question_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='recoverystage',
            name='recoverystage_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='risk',
            name='risk_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='section',
            name='section_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='source',
            name='source_reference_is_short',
        ),
        migrations.RemoveConstraint(
            model_name='term',
            name='term_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='treatment',
            name='treatment_slug_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='treatment',
            name='treatment_language_is_a_tag',
        ),
        migrations.RemoveConstraint(
            model_name='waiver',
            name='waiver_key_is_a_slug',
        ),
        migrations.RemoveConstraint(
            model_name='warningsign',
            name='warningsign_key_is_a_slug',
        ),
        migrations.AddField(
            model_name='clinic',
            name='key_mark',
            field=models.CharField(blank=True, editable=False, max_length=32, verbose_name='mark of the secret key'),
        ),
        migrations.AddField(
            model_name='clinic',
            name='proxies_checked',
            field=models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='trusted proxies when a manager last knew their own address'),
        ),
        migrations.AddConstraint(
            model_name='aftercarerule',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='aftercarerule_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='alternative',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='alternative_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='askatconsultation',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='askatconsultation_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='benefit',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='benefit_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='clinic',
            constraint=models.CheckConstraint(condition=models.Q(('country__glob', '[A-Z][A-Z]')), name='clinic_country_has_two_letters'),
        ),
        migrations.AddConstraint(
            model_name='concern',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='concern_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='keyfact',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='keyfact_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('opens__glob', '*:?[05]:00'), ('opens__glob', '*:?[05]:00[^.]*'), _connector='OR'), models.Q(('closes__glob', '*:?[05]:00'), ('closes__glob', '*:?[05]:00[^.]*'), _connector='OR')), name='opening_hours_are_on_whole_five_minutes', violation_error_message='Use times on a multiple of five minutes, such as 9:00 or 9:35.'),
        ),
        migrations.AddConstraint(
            model_name='photo',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='photo_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='precaution',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='precaution_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='preparationrule',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='preparationrule_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='question_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='recoverystage',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='recoverystage_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='risk',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='risk_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='section_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('reference__glob', '[A-Z]*'), models.Q(('reference__glob', '*[^A-Z0-9]*'), ('reference__glob', '*[0-9][A-Z]*'), _connector='OR', _negated=True)), name='source_reference_is_short'),
        ),
        migrations.AddConstraint(
            model_name='term',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='term_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='treatment',
            constraint=models.CheckConstraint(condition=models.Q(('slug__glob', '[a-z0-9]*'), models.Q(('slug__glob', '*[^a-z0-9-]*'), ('slug__glob', '*--*'), ('slug__glob', '*-'), _connector='OR', _negated=True)), name='treatment_slug_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='treatment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('language__glob', '[A-Za-z][A-Za-z]'), ('language__glob', '[A-Za-z][A-Za-z]-*'), ('language__glob', '[A-Za-z][A-Za-z][A-Za-z]'), ('language__glob', '[A-Za-z][A-Za-z][A-Za-z]-*'), _connector='OR'), models.Q(('language__glob', '*[^A-Za-z0-9-]*'), ('language__glob', '*-'), ('language__glob', '*-?'), ('language__glob', '*-?-*'), ('language__glob', '*--*'), ('language__glob', '*-[^-][^-][^-][^-][^-][^-][^-][^-][^-]*'), _connector='OR', _negated=True)), name='treatment_language_is_a_tag'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='waiver_key_is_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='warningsign',
            constraint=models.CheckConstraint(condition=models.Q(('key__glob', '[a-z0-9]*'), models.Q(('key__glob', '*[^a-z0-9-]*'), ('key__glob', '*--*'), ('key__glob', '*-'), _connector='OR', _negated=True)), name='warningsign_key_is_a_slug'),
        ),
        InOneRewrite(
            migrations.RemoveConstraint(
                model_name='consultationrequest',
                name='consultation_request_reference_can_be_read_out',
            ),
            migrations.AddConstraint(
                model_name='consultationrequest',
                constraint=models.CheckConstraint(condition=models.Q(('reference__glob', '[ACDEFGHJKLMNPQRTUVWXY34679][ACDEFGHJKLMNPQRTUVWXY34679][ACDEFGHJKLMNPQRTUVWXY34679][ACDEFGHJKLMNPQRTUVWXY34679][ACDEFGHJKLMNPQRTUVWXY34679][ACDEFGHJKLMNPQRTUVWXY34679]')), name='consultation_request_reference_can_be_read_out'),
            ),
        ),
        InOneRewrite(
            migrations.RemoveConstraint(
                model_name='edition',
                name='edition_digest_is_sha256',
            ),
            migrations.AddConstraint(
                model_name='edition',
                constraint=models.CheckConstraint(condition=models.Q(('digest__glob', '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]')), name='edition_digest_is_sha256'),
            ),
        ),
        InOneRewrite(
            migrations.RemoveConstraint(
                model_name='seatcell',
                name='seat_cell_starts_on_whole_five_minutes',
            ),
            migrations.AddConstraint(
                model_name='seatcell',
                constraint=models.CheckConstraint(condition=models.Q(('starts_at__glob', '*:?[05]:00'), ('starts_at__glob', '*:?[05]:00[^.]*'), _connector='OR'), name='seat_cell_starts_on_whole_five_minutes'),
            ),
        ),
    ]
