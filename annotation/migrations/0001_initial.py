import annotation.models.queues
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from annotation.migrations._at_once import AtOnce


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [AtOnce([
        migrations.CreateModel(
            name='Feature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=100, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('closure_days', models.PositiveSmallIntegerField(default=30)),
                ('settle_hours', models.PositiveIntegerField(default=24)),
                ('eval_share', models.FloatField(default=0)),
                ('redaction', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('derive_edited_from', models.FloatField(default=0, null=True)),
                ('derive_abandoned_minutes', models.PositiveIntegerField(null=True)),
                ('retention_days', models.PositiveIntegerField(null=True)),
                ('audited_key', models.CharField(db_default='', default='', max_length=100)),
                ('is_sample', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('verb', models.CharField(max_length=60)),
                ('target_type', models.CharField(max_length=40)),
                ('target_id', models.CharField(max_length=60)),
                ('data', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='BacklogCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signal_kind', models.CharField(max_length=60)),
                ('what', models.CharField(choices=[('open', 'Open'), ('disputed', 'Disputed'), ('flagged', 'Flagged'), ('came', 'Came'), ('done', 'Done')], max_length=8)),
                ('hour', models.IntegerField()),
                ('number', models.BigIntegerField()),
                ('is_sum', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Calibration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signal_kind', models.CharField(max_length=60)),
                ('answer', models.CharField(max_length=16)),
                ('items', models.PositiveBigIntegerField(default=0)),
                ('weight', models.FloatField(default=0)),
                ('good', models.FloatField(default=0)),
                ('bad', models.FloatField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Cell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signal_kind', models.CharField(max_length=60)),
                ('model_version', models.TextField()),
                ('polarity', models.CharField(max_length=8)),
                ('family', models.PositiveIntegerField(default=1)),
                ('verdict', models.CharField(default='not_enough', max_length=10)),
                ('verdict_at', models.DateTimeField(null=True)),
                ('restarted_at', models.DateTimeField(null=True)),
                ('corrections', models.PositiveBigIntegerField(default=0)),
                ('suggestions_seen', models.BooleanField(default=False)),
                ('helper_why', models.CharField(default='none', max_length=12)),
                ('figures', models.JSONField(default=dict)),
                ('provisional_labels', models.PositiveBigIntegerField(default=0)),
                ('provisional_rate', models.FloatField(null=True)),
                ('provisional_days', models.PositiveIntegerField(default=0)),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ClosureMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(choices=[('day', 'Day'), ('interaction', 'Interaction'), ('item', 'Item'), ('cohort', 'Cohort'), ('export', 'Export')], max_length=11)),
                ('ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('feature_id', models.BigIntegerField(null=True)),
                ('day', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ClosureTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('signal_kind', models.CharField(max_length=60)),
                ('model_version', models.TextField()),
                ('cells', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Cohort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('threshold', models.FloatField(null=True)),
                ('items', models.PositiveIntegerField(null=True)),
                ('reached', models.PositiveIntegerField(null=True)),
                ('sampled', models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ConsensusFit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signal_kind', models.CharField(max_length=60)),
                ('fitted_at', models.DateTimeField()),
                ('is_used', models.BooleanField()),
                ('why', models.CharField(choices=[('fitted', 'Fitted'), ('too_few', 'Too Few'), ('collapsed', 'Collapsed'), ('gold_for', 'Gold For'), ('gold_against', 'Gold Against')], max_length=12)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('log_prior', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None)),
                ('pooled', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None)),
                ('labels', models.PositiveBigIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('known', models.PositiveIntegerField()),
                ('missing', models.PositiveBigIntegerField(default=0)),
                ('shift', models.FloatField(null=True)),
                ('below_chance', models.FloatField(null=True)),
                ('gold_items', models.PositiveIntegerField(default=0)),
                ('gold_fitted', models.FloatField(null=True)),
                ('gold_majority', models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ConsensusReliability',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('labels', models.PositiveBigIntegerField()),
                ('is_known', models.BooleanField()),
                ('told', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='ConsensusRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('method', models.CharField(choices=[('single', 'Single'), ('majority', 'Majority'), ('dawid_skene', 'Dawid Skene'), ('adjudicated', 'Adjudicated'), ('gold', 'Gold'), ('skipped', 'Skipped')], max_length=12)),
                ('label_source', models.CharField(max_length=5, null=True)),
                ('confidence', models.FloatField(null=True)),
                ('posterior', models.JSONField(null=True)),
                ('label_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('resolved_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ConsensusRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('rule', models.CharField(max_length=12)),
                ('standings', models.CharField(default='', max_length=32)),
                ('labels_total', models.PositiveBigIntegerField(null=True)),
                ('items_total', models.PositiveBigIntegerField(null=True)),
                ('items_done', models.PositiveBigIntegerField(default=0)),
                ('changed', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('good', 'Good'), ('bad', 'Bad'), ('not_about_model', 'Not About Model'), ('unknowable', 'Unknowable')], max_length=16)),
                ('noted_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='DelayedOutcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('days', models.PositiveSmallIntegerField()),
                ('good_when', models.BooleanField()),
                ('absent_is_false', models.BooleanField()),
                ('margin', models.FloatField()),
                ('named_at', models.DateTimeField()),
                ('figures', models.JSONField(null=True)),
                ('computed_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.TextField()),
                ('kind', models.CharField(max_length=60)),
                ('observed_at', models.DateTimeField()),
                ('ingested_at', models.DateTimeField()),
                ('is_late', models.BooleanField(default=False)),
                ('derived_by', models.CharField(max_length=60, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('event', models.CharField(max_length=20)),
                ('payload', models.JSONField()),
                ('status', models.CharField(choices=[('pending', 'waiting'), ('delivered', 'delivered'), ('given_up', 'given up')], default='pending', max_length=9)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('sent', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('next_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('answer_status', models.PositiveSmallIntegerField(null=True)),
                ('answer', models.CharField(blank=True, default='', max_length=500)),
                ('problem', models.CharField(blank=True, choices=[('', 'answered'), ('forbidden', 'its address leads into a network that is not allowed'), ('unknown_host', 'its host has no address'), ('unreachable', 'its server was not reached'), ('timed_out', 'no answer in time'), ('cut_off', 'the connection was cut'), ('off', 'the webhook was switched off'), ('no_mail', 'no mail server is set up, or the account has ended'), ('refused', 'the mail server refused it')], default='', max_length=12)),
            ],
        ),
        migrations.CreateModel(
            name='Deployment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model_version', models.CharField(max_length=200)),
                ('deployed_at', models.DateTimeField()),
                ('share', models.FloatField(default=1)),
                ('reported_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-deployed_at'],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('comment', models.TextField(default='')),
                ('correction', models.TextField(default='')),
                ('quote', models.TextField(default='')),
                ('certainty', models.PositiveSmallIntegerField(null=True)),
                ('typed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(choices=[('user', 'User'), ('interaction', 'Interaction')], max_length=11)),
                ('subject_hash', models.BinaryField(max_length=16)),
                ('first_asked_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField()),
                ('touched_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('interactions', models.PositiveBigIntegerField(default=0)),
                ('signals', models.PositiveBigIntegerField(default=0)),
                ('waiting_signals', models.PositiveBigIntegerField(default=0)),
                ('items_withdrawn', models.PositiveBigIntegerField(default=0)),
                ('labels_kept', models.PositiveBigIntegerField(default=0)),
                ('label_texts', models.PositiveBigIntegerField(default=0)),
                ('mates', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('facts', models.JSONField()),
                ('changes', models.JSONField(null=True)),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='EvidenceDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('request', models.JSONField()),
                ('idempotency_key', models.CharField(max_length=200, null=True)),
                ('exported_at', models.DateTimeField(null=True)),
                ('rows_total', models.PositiveBigIntegerField(null=True)),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('left_out', models.JSONField(default=dict)),
                ('signal_validity', models.JSONField(null=True)),
                ('warnings', models.JSONField(default=list)),
                ('manifest', models.JSONField(null=True)),
                ('content_sha256', models.CharField(default='', max_length=64)),
                ('files_erased_at', models.DateTimeField(null=True)),
                ('pinned_at', models.DateTimeField(null=True)),
                ('files_removed_at', models.DateTimeField(null=True)),
                ('files_removed_why', models.CharField(choices=[('expired', 'Expired'), ('asked', 'Asked')], default='', max_length=7)),
            ],
        ),
        migrations.CreateModel(
            name='ExportRow',
            fields=[
                ('pk', models.CompositePrimaryKey('export', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveBigIntegerField()),
                ('row_kind', models.CharField(choices=[('row', 'Row'), ('pair', 'Pair'), ('label', 'Label'), ('consensus', 'Consensus')], max_length=9)),
                ('split', models.CharField(max_length=10)),
                ('group', models.TextField()),
                ('label_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('weight', models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ExportSet',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('train', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('held_out', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='ExportShard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('name', models.CharField(max_length=200)),
                ('split', models.CharField(max_length=10)),
                ('first_ordinal', models.PositiveBigIntegerField()),
                ('last_ordinal', models.PositiveBigIntegerField()),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('bytes', models.PositiveBigIntegerField(null=True)),
                ('sha256', models.CharField(default='', max_length=64)),
            ],
            options={
                'ordering': ['first_ordinal'],
            },
        ),
        migrations.CreateModel(
            name='ExportWithdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name='Firing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('cause', models.CharField(choices=[('page', 'by hand, on the page'), ('api', 'by hand, over the API'), ('command', 'by a command'), ('schedule', 'by its schedule'), ('trigger', 'by a trigger')], max_length=8)),
                ('about', models.JSONField(default=dict)),
                ('due_at', models.DateTimeField(null=True)),
                ('skip', models.CharField(blank=True, choices=[('', 'not skipped'), ('nothing_changed', 'nothing changed since its last export'), ('nothing_matches', 'nothing matches its request'), ('still_made', 'its last export was still being made')], default='', max_length=15)),
            ],
        ),
        migrations.CreateModel(
            name='Flag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('garbled', 'The text is garbled or cut off'), ('wrong_signal', "The signal doesn't belong to this answer"), ('private', 'It shows what nobody should see'), ('other', 'Something else is wrong')], max_length=20)),
                ('flagged_at', models.DateTimeField()),
                ('submission_id', models.UUIDField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('file_name', models.CharField(max_length=200)),
                ('bytes_total', models.PositiveBigIntegerField()),
                ('format', models.CharField(default='', max_length=20)),
                ('container', models.CharField(default='', max_length=10)),
                ('wishes', models.JSONField(default=dict)),
                ('stage', models.CharField(choices=[('check', 'Check'), ('take', 'Take')], default='check', max_length=5)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('checked', 'Checked'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('file_removed_at', models.DateTimeField(null=True)),
                ('values_done', models.PositiveBigIntegerField(default=0)),
                ('bytes_done', models.PositiveBigIntegerField(default=0)),
                ('accepted', models.PositiveBigIntegerField(default=0)),
                ('duplicates', models.PositiveBigIntegerField(default=0)),
                ('waiting', models.PositiveBigIntegerField(default=0)),
                ('refused', models.PositiveBigIntegerField(default=0)),
                ('left_out', models.JSONField(default=dict)),
                ('scores', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='ImportRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveBigIntegerField()),
                ('external_id', models.TextField(default='')),
                ('code', models.CharField(max_length=60)),
                ('message', models.TextField()),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('hash_key_check', models.CharField(max_length=64)),
                ('sample_loaded_at', models.DateTimeField(null=True)),
                ('backed_up_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Interaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.TextField()),
                ('fingerprint', models.BinaryField(max_length=16)),
                ('conversation_id', models.TextField(null=True)),
                ('conversation_rank', models.PositiveIntegerField(default=1)),
                ('user_hash', models.BinaryField(max_length=16, null=True)),
                ('occurred_at', models.DateTimeField()),
                ('ingested_at', models.DateTimeField()),
                ('model_version', models.TextField()),
                ('request_model', models.TextField(default='')),
                ('response_model', models.TextField(default='')),
                ('replaces', models.TextField(null=True)),
                ('exposure_set', models.TextField(null=True)),
                ('exposure_rank', models.PositiveIntegerField(null=True)),
                ('exposure_of', models.PositiveIntegerField(null=True)),
                ('exposure_propensity', models.FloatField(null=True)),
                ('random_number', models.FloatField()),
                ('is_evaluation', models.BooleanField(default=False)),
                ('clock_ahead_ms', models.BigIntegerField(default=0)),
                ('settle_at', models.DateTimeField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('feature_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('round', models.PositiveIntegerField(default=1)),
                ('sent_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24)),
                ('signal_kind', models.CharField(max_length=60)),
                ('purpose', models.CharField(choices=[('sample', 'Sample'), ('gold', 'Gold'), ('backfill', 'Backfill'), ('second_look', 'Second Look')], max_length=12)),
                ('status', models.CharField(choices=[('open', 'Open'), ('reserve', 'Reserve'), ('disputed', 'Disputed'), ('resolved', 'Resolved'), ('flagged', 'Flagged'), ('withdrawn', 'Withdrawn')], default='open', max_length=10)),
                ('weight', models.FloatField(null=True)),
                ('key', models.FloatField(null=True)),
                ('evidence_version', models.PositiveIntegerField(default=1)),
                ('needed', models.PositiveSmallIntegerField(default=1)),
                ('extra', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('full_overlap', models.BooleanField(db_default=False, default=False)),
                ('taken', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('queued_at', models.DateTimeField()),
                ('first_shown_at', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ItemMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('signal_kind', models.CharField(blank=True, default='', max_length=60)),
                ('queued_until', models.DateTimeField()),
                ('items_moved', models.PositiveBigIntegerField(default=0)),
                ('last_item', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Judge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='JudgeAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('answered', 'Answered'), ('failed', 'Failed'), ('skipped', 'Skipped')], default='waiting', max_length=8)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('problem', models.CharField(db_default='', default='', max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name='JudgeCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.PositiveIntegerField()),
                ('reserved', models.DecimalField(decimal_places=12, max_digits=24)),
                ('cost', models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ('tokens_in', models.PositiveIntegerField(null=True)),
                ('tokens_out', models.PositiveIntegerField(null=True)),
                ('outcome', models.CharField(choices=[('', 'on its way'), ('answered', 'answered'), ('rate_limited', 'the server had too many calls (429)'), ('server_error', 'the server failed (5xx)'), ('cut_off', 'the connection was cut'), ('timed_out', 'no answer in time'), ('unreachable', 'the server was not reached'), ('malformed', 'the response was no chat completion'), ('refused', 'the server refused the call (4xx)'), ('no_schema', 'the server knows no JSON schema; asked again without'), ('unparsed', 'the answer was not the JSON that was asked for'), ('unknown_reason', 'the answer named a reason that does not exist'), ('no_confidence', 'the answer had no confidence from 0 to 1'), ('dropped', 'answered, and not needed any more'), ('lost', 'its worker died before the answer came')], default='', max_length=20)),
                ('sent_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='JudgeRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('choice', models.JSONField(default=dict)),
                ('per_second', models.FloatField()),
                ('concurrency', models.PositiveSmallIntegerField()),
                ('tries', models.PositiveSmallIntegerField()),
                ('cost_cap', models.DecimalField(decimal_places=12, max_digits=24)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('capped', 'Capped'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('selected_at', models.DateTimeField(null=True)),
                ('items_total', models.PositiveIntegerField(default=0)),
                ('answered', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('skipped', models.PositiveIntegerField(default=0)),
                ('committed', models.DecimalField(decimal_places=12, default=0, max_digits=24)),
                ('spent', models.DecimalField(decimal_places=12, default=0, max_digits=24)),
            ],
        ),
        migrations.CreateModel(
            name='JudgeVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('model', models.CharField(max_length=200)),
                ('prompt', models.TextField()),
                ('temperature', models.FloatField(null=True)),
                ('max_tokens', models.PositiveIntegerField()),
                ('price_in', models.DecimalField(decimal_places=6, max_digits=12)),
                ('price_out', models.DecimalField(decimal_places=6, max_digits=12)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['judge', '-number'],
            },
        ),
        migrations.CreateModel(
            name='KnownAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('marked', 'Marked'), ('adjudicated', 'Adjudicated'), ('sent', 'Sent')], max_length=11)),
                ('added_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-added_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('annotator', 'Annotator'), ('adjudicator', 'Adjudicator')], default='annotator', max_length=11)),
                ('certainty', models.PositiveSmallIntegerField(null=True)),
                ('confidence', models.FloatField(null=True)),
                ('labeled_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('shown_at', models.DateTimeField(null=True)),
                ('duration_ms', models.PositiveBigIntegerField(null=True)),
                ('suggestion_seen', models.BooleanField(default=False)),
                ('evidence_version', models.PositiveIntegerField(null=True)),
                ('submission_id', models.UUIDField(unique=True)),
                ('superseded_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease_group', models.CharField(max_length=24)),
                ('leased_at', models.DateTimeField()),
                ('shown_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('is_ahead', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('rate', models.FloatField()),
                ('rate_low', models.FloatField()),
                ('rate_high', models.FloatField()),
                ('difference', models.FloatField()),
                ('difference_low', models.FloatField()),
                ('difference_high', models.FloatField()),
                ('labels', models.PositiveBigIntegerField()),
                ('verdict', models.CharField(max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='LoopFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detector', models.CharField(max_length=20)),
                ('figures', models.JSONField()),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.CreateModel(
            name='MendedCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draw', models.FloatField()),
                ('drawn_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MendedJudgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('mended', 'Mended'), ('same', 'Same'), ('worse', 'Worse'), ('apart', 'Apart')], max_length=6)),
                ('judged_at', models.DateTimeField()),
                ('submission_id', models.UUIDField(unique=True)),
                ('undone_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='MendedLease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MendedPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('similarity', models.FloatField()),
                ('rank', models.PositiveSmallIntegerField()),
                ('draw', models.FloatField()),
                ('later_first', models.BooleanField()),
                ('needed', models.PositiveSmallIntegerField(default=1)),
                ('taken', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MendedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model_version', models.CharField(max_length=200)),
                ('population', models.JSONField(default=list)),
                ('counted_at', models.DateTimeField(null=True)),
                ('read', models.PositiveBigIntegerField(default=0)),
                ('read_until_at', models.DateTimeField(null=True)),
                ('read_until_id', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('value', models.CharField(max_length=100)),
                ('is_rest', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='PartialCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sender', models.PositiveBigIntegerField(default=0)),
                ('external_id', models.TextField()),
                ('call', models.JSONField(null=True)),
                ('call_digest', models.BinaryField(max_length=16, null=True)),
                ('user_hash', models.BinaryField(max_length=16, null=True)),
                ('parts', models.JSONField(default=dict)),
                ('has_output', models.BooleanField(default=False)),
                ('is_whole', models.BooleanField(default=False)),
                ('received_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('stored_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=100)),
                ('rank', models.IntegerField(default=100)),
                ('signal_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('overlap', models.PositiveSmallIntegerField(default=1)),
                ('overlap_max', models.PositiveSmallIntegerField(default=5)),
                ('stop_at', models.FloatField(default=0.95)),
                ('full_overlap_share', models.FloatField(default=0.05)),
                ('mix', models.FloatField(default=1)),
                ('mean_u', models.FloatField(null=True)),
                ('delay_hours', models.PositiveIntegerField(default=0)),
                ('lease_minutes', models.PositiveIntegerField(default=15)),
                ('limit_hours', models.PositiveIntegerField(default=168)),
                ('gold_share', models.FloatField(default=0)),
                ('second_look_share', models.FloatField(default=0)),
                ('second_looks_until', models.DateTimeField(null=True)),
                ('guideline', models.TextField(default='')),
                ('show_suggestions', models.BooleanField(default=False)),
                ('consensus', models.CharField(choices=[('majority', 'Majority'), ('dawid_skene', 'Dawid Skene')], default='majority', max_length=12)),
                ('paused_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['feature', 'rank', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Rater',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('human', 'Human'), ('rule', 'Rule'), ('judge', 'Judge'), ('gold', 'Gold')], max_length=5)),
                ('name', models.CharField(max_length=200)),
                ('standing', models.CharField(choices=[('told', 'Told'), ('double_labeled', 'Double Labeled'), ('quarantined', 'Quarantined')], default='', max_length=14)),
                ('standing_from', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Reason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signal_kind', models.CharField(max_length=60)),
                ('code', models.CharField(max_length=60)),
                ('title', models.CharField(max_length=100)),
                ('definition', models.TextField()),
                ('examples', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('outcome', models.CharField(choices=[('good', 'Good'), ('bad', 'Bad'), ('not_about_model', 'Not About Model'), ('unknowable', 'Unknowable')], max_length=16)),
                ('uses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), default=list, size=None)),
                ('key', models.CharField(max_length=1)),
                ('position', models.PositiveSmallIntegerField()),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='ReasonMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.CreateModel(
            name='Recipe',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('request', models.JSONField()),
                ('is_incremental', models.BooleanField(default=False)),
                ('is_enabled', models.BooleanField(default=True)),
                ('schedule', models.CharField(blank=True, choices=[('', 'only by hand'), ('daily', 'every day'), ('weekly', 'every week'), ('monthly', 'every month')], default='', max_length=7)),
                ('hour', models.PositiveSmallIntegerField(default=0)),
                ('weekday', models.PositiveSmallIntegerField(default=0)),
                ('day', models.PositiveSmallIntegerField(default=1)),
                ('next_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['feature', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Redecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('since', models.DateTimeField()),
                ('items_total', models.PositiveBigIntegerField()),
                ('items_done', models.PositiveBigIntegerField(default=0)),
                ('last_item', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Remap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('labels_total', models.PositiveBigIntegerField()),
                ('mapped', models.PositiveBigIntegerField(default=0)),
                ('again', models.PositiveBigIntegerField(default=0)),
                ('last_item', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ResponseId',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('response_id', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='RetentionCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('model_version', models.TextField()),
                ('is_first', models.BooleanField()),
                ('signal_kind', models.CharField(max_length=60, null=True)),
                ('queued_on', models.DateField(null=True)),
                ('interactions', models.PositiveBigIntegerField(default=0)),
                ('queued', models.PositiveBigIntegerField(default=0)),
                ('signals', models.PositiveBigIntegerField(default=0)),
                ('items', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sent_at', models.DateTimeField()),
                ('submission_id', models.UUIDField(unique=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Rewriting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('rows_total', models.PositiveBigIntegerField()),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('files', models.JSONField(default=list)),
                ('manifest', models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=60)),
                ('created_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('seen_item', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'ordering': ['feature', 'name'],
            },
        ),
        migrations.CreateModel(
            name='RuleRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=9)),
                ('started_at', models.DateTimeField(null=True)),
                ('claimed_by', models.CharField(default='', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('base_attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('base_done', models.BigIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('items_total', models.PositiveBigIntegerField()),
                ('items_done', models.PositiveBigIntegerField(default=0)),
                ('labeled', models.PositiveBigIntegerField(default=0)),
                ('until_item', models.PositiveBigIntegerField()),
                ('last_item', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('condition', models.JSONField()),
                ('confidence', models.FloatField(null=True)),
                ('created_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField(null=True)),
                ('tried', models.JSONField(null=True)),
                ('switched_on_at', models.DateTimeField(null=True)),
                ('judged', models.PositiveIntegerField(db_default=0, default=0)),
                ('right', models.PositiveIntegerField(db_default=0, default=0)),
            ],
            options={
                'ordering': ['rule', '-number'],
            },
        ),
        migrations.CreateModel(
            name='SamplingDesign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mix', models.FloatField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('agent', models.CharField(blank=True, max_length=300)),
                ('began_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SignalKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('polarity', models.CharField(choices=[('positive', 'Positive'), ('negative', 'Negative'), ('none', 'None')], max_length=8)),
                ('is_queued', models.BooleanField(default=True)),
                ('position', models.PositiveSmallIntegerField()),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='SignatureDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Skip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('cant_judge', "I can't judge this one"), ('not_my_field', 'Not my field'), ('language', "I don't read this language"), ('conflict', 'I know the people or the case')], max_length=20)),
                ('skipped_at', models.DateTimeField()),
                ('submission_id', models.UUIDField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='SplitAssignment',
            fields=[
                ('pk', models.CompositePrimaryKey('feature', 'seed', 'group_by', 'member', blank=True, editable=False, primary_key=True, serialize=False)),
                ('seed', models.BigIntegerField()),
                ('group_by', models.CharField(max_length=12)),
                ('member', models.TextField()),
                ('split', models.CharField(max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='SplitPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seed', models.BigIntegerField()),
                ('group_by', models.CharField(max_length=12)),
                ('split_by', models.CharField(db_default='group', default='group', max_length=5)),
                ('ratios', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='TaxonomyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('created_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('note', models.TextField(default='')),
            ],
        ),
        migrations.CreateModel(
            name='TermSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('suggestions_seen', models.BooleanField(default=False)),
                ('written_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id_hash', models.BinaryField(max_length=16)),
                ('erased_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TrainingRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('status', models.CharField(choices=[('succeeded', 'Succeeded'), ('failed', 'Failed')], max_length=9)),
                ('base_model', models.CharField(default='', max_length=200)),
                ('model_version', models.CharField(max_length=200)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField()),
                ('validation', models.JSONField(null=True)),
                ('reported_at', models.DateTimeField()),
                ('retracted_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-finished_at'],
            },
        ),
        migrations.CreateModel(
            name='Trigger',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('condition', models.JSONField()),
                ('cooldown_hours', models.PositiveSmallIntegerField()),
                ('is_enabled', models.BooleanField(default=True)),
                ('since', models.DateTimeField()),
                ('seen_until', models.DateTimeField()),
                ('counted', models.PositiveBigIntegerField(default=0)),
                ('first_day', models.DateField(null=True)),
                ('fired', models.PositiveIntegerField(default=0)),
                ('fired_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['feature', 'name'],
            },
        ),
        migrations.CreateModel(
            name='TriggerFiring',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('about', models.JSONField()),
                ('fired_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='WaitingSignal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('interaction_external_id', models.TextField()),
                ('external_id', models.TextField()),
                ('kind', models.CharField(max_length=60)),
                ('observed_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('details', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('url', models.CharField(max_length=2000)),
                ('secret_number', models.PositiveIntegerField(default=1)),
                ('is_enabled', models.BooleanField(default=True)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('name', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='email address')),
                ('name', models.CharField(blank=True, max_length=150)),
                ('is_staff', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('joined_at', models.DateTimeField(auto_now_add=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('open', 'open items'), ('past_limit', 'items past their limit'), ('drain', 'days until nothing is open'), ('quiet', 'hours in which nothing was resolved')], max_length=10)),
                ('most', models.PositiveIntegerField()),
                ('is_enabled', models.BooleanField(default=True)),
                ('number', models.PositiveIntegerField(default=0)),
                ('raised_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('people', models.ManyToManyField(related_name='alarms', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['feature', 'queue', 'kind', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('is_over', models.BooleanField()),
                ('value', models.FloatField(null=True)),
                ('at', models.DateTimeField()),
                ('alarm', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='annotation.alarm')),
            ],
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('prefix', models.CharField(max_length=12)),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('requests_per_second', models.PositiveIntegerField(blank=True, null=True)),
                ('rotated_at', models.DateTimeField(blank=True, null=True)),
                ('former_prefix', models.CharField(blank=True, max_length=12)),
                ('former_hash', models.BinaryField(max_length=32, null=True, unique=True)),
                ('former_until', models.DateTimeField(blank=True, null=True)),
                ('former_last_used_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('feature', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='annotation.feature')),
                ('computed_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('seen_revision', models.PositiveBigIntegerField(default=0)),
                ('seconds_a_label', models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Ledger',
            fields=[
                ('feature', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='annotation.feature')),
                ('counted_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='VersionFigures',
            fields=[
                ('feature', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='annotation.feature')),
                ('figures', models.JSONField()),
                ('stamp', models.JSONField()),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name='feature',
            constraint=models.CheckConstraint(condition=models.Q(('derive_edited_from__isnull', True), models.Q(('derive_edited_from__gte', 0), ('derive_edited_from__lt', 1)), _connector='OR'), name='feature_derive_edited_in_0_1'),
        ),
        migrations.AddConstraint(
            model_name='feature',
            constraint=models.CheckConstraint(condition=models.Q(('retention_days__isnull', True), ('retention_days__gte', 1), _connector='OR'), name='feature_retention_positive'),
        ),
        migrations.AddConstraint(
            model_name='feature',
            constraint=models.CheckConstraint(condition=models.Q(('eval_share__gte', 0), ('eval_share__lt', 1)), name='feature_eval_share_in_0_1'),
        ),
        migrations.AddConstraint(
            model_name='feature',
            constraint=models.CheckConstraint(condition=models.Q(('closure_days__gte', 1)), name='feature_closure_days_positive'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='feature',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='feature',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.apitoken'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='backlogcount',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='calibration',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='cell',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='closuretally',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='consensusreliability',
            name='fit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.consensusfit'),
        ),
        migrations.AddField(
            model_name='consensusrun',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correction',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='delayedoutcome',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.CreateModel(
            name='DelayedSignal',
            fields=[
                ('signal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='annotation.signal')),
                ('due_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SignalContent',
            fields=[
                ('signal', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='annotation.signal')),
                ('details', models.JSONField()),
                ('facts', models.JSONField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='delivery',
            name='alert',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='annotation.alert'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='deployment',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deployments', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='asked_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='erasure',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='token',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.apitoken'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='signal',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='annotation.signal'),
        ),
        migrations.CreateModel(
            name='ExportHygiene',
            fields=[
                ('export', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='hygiene', serialize=False, to='annotation.export')),
                ('figures', models.JSONField()),
            ],
        ),
        migrations.AddField(
            model_name='export',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='export',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='export',
            name='since',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.export'),
        ),
        migrations.AddField(
            model_name='export',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.apitoken'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='exports',
            field=models.ManyToManyField(related_name='erasures', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='export',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='exportrow',
            name='counterpart_revision',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.consensusrevision'),
        ),
        migrations.AddField(
            model_name='exportrow',
            name='export',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='exportrow',
            name='revision',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='export_rows', to='annotation.consensusrevision'),
        ),
        migrations.AddField(
            model_name='closuretally',
            name='exports',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='annotation.exportset'),
        ),
        migrations.AddField(
            model_name='exportshard',
            name='export',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='shards', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='exportwithdrawal',
            name='export',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='firing',
            name='export',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='firing', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='firing',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='firing',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.apitoken'),
        ),
        migrations.CreateModel(
            name='FlagContent',
            fields=[
                ('flag', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='annotation.flag')),
                ('comment', models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name='import',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='import',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='importrefusal',
            name='source',
            field=models.ForeignKey(db_column='import_id', on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='annotation.import'),
        ),
        migrations.AddConstraint(
            model_name='installation',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='installation_only_one'),
        ),
        migrations.CreateModel(
            name='InteractionContent',
            fields=[
                ('interaction', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='annotation.interaction')),
                ('input', models.JSONField(null=True)),
                ('output', models.JSONField()),
                ('final_text', models.TextField(null=True)),
                ('metadata', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('interaction', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='signature', serialize=False, to='annotation.interaction')),
                ('digest', models.BinaryField(max_length=16, null=True)),
                ('bands', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None)),
                ('shingles', models.PositiveIntegerField(default=0)),
                ('ties', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('answer_tokens', models.PositiveIntegerField()),
                ('kept_tokens', models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='signal',
            name='interaction',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='interaction',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='evidencedue',
            name='interaction',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='invited_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invitation',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('item', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='annotation.item')),
                ('signal_kind', models.CharField(max_length=60)),
                ('model_version', models.TextField()),
                ('is_first', models.BooleanField()),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('counts_with', models.BooleanField()),
                ('counts_without', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('probability', models.FloatField(null=True)),
                ('outcome', models.CharField(choices=[('good', 'Good'), ('bad', 'Bad'), ('not_about_model', 'Not About Model'), ('unknowable', 'Unknowable')], max_length=16, null=True)),
                ('f_good', models.FloatField(null=True)),
                ('f_bad', models.FloatField(null=True)),
                ('lam_good', models.FloatField()),
                ('lam_bad', models.FloatField()),
                ('written_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='item',
            name='cohort',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.cohort'),
        ),
        migrations.AddField(
            model_name='item',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='item',
            name='interaction',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='item',
            name='signal',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='annotation.signal'),
        ),
        migrations.AddField(
            model_name='flag',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='flags', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='exportwithdrawal',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='exportrow',
            name='counterpart_item',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='exportrow',
            name='item',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.item'),
        ),
        migrations.AddField(
            model_name='draft',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='consensusrevision',
            name='item',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='itemmove',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='itemmove',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='judgeask',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.item'),
        ),
        migrations.CreateModel(
            name='JudgeCallContent',
            fields=[
                ('call', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='content', serialize=False, to='annotation.judgecall')),
                ('text', models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name='judgecall',
            name='ask',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='annotation.judgeask'),
        ),
        migrations.AddField(
            model_name='judgerun',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='judge_runs', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='judgerun',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='judgecall',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='annotation.judgerun'),
        ),
        migrations.AddField(
            model_name='judgeask',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='asks', to='annotation.judgerun'),
        ),
        migrations.AddField(
            model_name='judgeversion',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='judgeversion',
            name='judge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='annotation.judge'),
        ),
        migrations.AddField(
            model_name='judgerun',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='annotation.judgeversion'),
        ),
        migrations.AddField(
            model_name='knownanswer',
            name='added_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='knownanswer',
            name='item',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='known_answer', to='annotation.item'),
        ),
        migrations.CreateModel(
            name='LabelContent',
            fields=[
                ('label', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='content', serialize=False, to='annotation.label')),
                ('comment', models.TextField(default='')),
                ('correction', models.TextField(default='')),
                ('quote', models.TextField(default='')),
                ('explanation', models.TextField(default='')),
            ],
        ),
        migrations.CreateModel(
            name='Relabel',
            fields=[
                ('label', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='relabel', serialize=False, to='annotation.label')),
            ],
        ),
        migrations.AddField(
            model_name='label',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='labels', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='label',
            name='mapped_from',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.label'),
        ),
        migrations.AddField(
            model_name='exportrow',
            name='correction',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.label'),
        ),
        migrations.AddField(
            model_name='lease',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='leases', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='look',
            name='cell',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='looks', to='annotation.cell'),
        ),
        migrations.AddField(
            model_name='loopfigures',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='membership',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='membership',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mendedcase',
            name='interaction',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='mendedcase',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='mendedpair',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pairs', to='annotation.mendedcase'),
        ),
        migrations.AddField(
            model_name='mendedpair',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='mendedpair',
            name='later',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='mendedlease',
            name='pair',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='leases', to='annotation.mendedpair'),
        ),
        migrations.AddField(
            model_name='mendedjudgement',
            name='pair',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='judgements', to='annotation.mendedpair'),
        ),
        migrations.AddField(
            model_name='mendedsearch',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='mendedcase',
            name='search',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='annotation.mendedsearch'),
        ),
        migrations.AddField(
            model_name='part',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='cell',
            name='part',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to='annotation.part'),
        ),
        migrations.AddIndex(
            model_name='partialcall',
            index=models.Index(condition=models.Q(('has_output', True), ('stored_at__isnull', True)), fields=['updated_at'], name='partial_call_due'),
        ),
        migrations.AddIndex(
            model_name='partialcall',
            index=models.Index(fields=['received_at'], name='partial_call_age'),
        ),
        migrations.AddConstraint(
            model_name='partialcall',
            constraint=models.UniqueConstraint(fields=('sender', 'external_id'), name='partial_call_once'),
        ),
        migrations.AddField(
            model_name='queue',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queues', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='queue',
            name='members',
            field=models.ManyToManyField(related_name='queues', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lease',
            name='queue',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='knownanswer',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='known_answers', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='itemmove',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves_out', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='itemmove',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves_in', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='item',
            name='queue',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='consensusrun',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consensus_runs', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='consensusfit',
            name='queue',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='cohort',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cohorts', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='backlogcount',
            name='queue',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='queue',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='rater',
            name='user',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rater', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mendedlease',
            name='rater',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='mendedjudgement',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='lease',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='label',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='judgeversion',
            name='rater',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='judge_version', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='flag',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='draft',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='consensusreliability',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='cell',
            name='helper',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='calibration',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='label',
            name='reason',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='correction',
            name='reason',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='consensusrevision',
            name='reason',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='closuretally',
            name='reason',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='reasonmapping',
            name='from_reason',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mapped_by', to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='reasonmapping',
            name='to_reason',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='origins', to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='recipe',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recipe',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recipes', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='firing',
            name='recipe',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='firings', to='annotation.recipe'),
        ),
        migrations.AddField(
            model_name='export',
            name='recipe',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='annotation.recipe'),
        ),
        migrations.AddField(
            model_name='redecision',
            name='rater',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redecisions', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='remap',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='responseid',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='responseid',
            name='interaction',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='response_ids', to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='retentioncount',
            name='cohort',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.cohort'),
        ),
        migrations.AddField(
            model_name='retentioncount',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='retentioncount',
            name='queue',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.queue'),
        ),
        migrations.CreateModel(
            name='ReviewNoteContent',
            fields=[
                ('note', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='annotation.reviewnote')),
                ('text', models.TextField()),
                ('answer', models.TextField(default='')),
            ],
        ),
        migrations.AddField(
            model_name='reviewnote',
            name='answer_label',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.label'),
        ),
        migrations.AddField(
            model_name='reviewnote',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='reviewnote',
            name='label',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='annotation.label'),
        ),
        migrations.AddField(
            model_name='reviewnote',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='reviewnote',
            name='sent_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='rewriting',
            name='export',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rewritings', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='rewriting',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rewriting',
            name='token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.apitoken'),
        ),
        migrations.AddField(
            model_name='export',
            name='rewriting',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rewriting'),
        ),
        migrations.AddField(
            model_name='rule',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='rulerun',
            name='requested_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='created_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='rater',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='rule_version', to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='reason',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='rule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='annotation.rule'),
        ),
        migrations.AddField(
            model_name='rulerun',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='annotation.ruleversion'),
        ),
        migrations.AddField(
            model_name='rule',
            name='current',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.ruleversion'),
        ),
        migrations.AddField(
            model_name='samplingdesign',
            name='queue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='designs', to='annotation.queue'),
        ),
        migrations.AddField(
            model_name='item',
            name='design',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.samplingdesign'),
        ),
        migrations.AddField(
            model_name='session',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='signaturedue',
            constraint=models.CheckConstraint(condition=models.Q(('last_id__gte', models.F('first_id'))), name='signature_due_range_not_empty'),
        ),
        migrations.AddField(
            model_name='skip',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='skips', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='skip',
            name='rater',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.rater'),
        ),
        migrations.AddField(
            model_name='splitassignment',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='splitplan',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='taxonomyversion',
            name='published_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signalkind',
            name='taxonomy_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kinds', to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='remap',
            name='taxonomy_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remaps', to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='reasonmapping',
            name='taxonomy_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mappings', to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='reason',
            name='taxonomy_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reasons', to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='queue',
            name='taxonomy_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='label',
            name='taxonomy_version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='judgeversion',
            name='taxonomy_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='export',
            name='taxonomy_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.taxonomyversion'),
        ),
        migrations.AddField(
            model_name='termsheet',
            name='cohort',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='annotation.cohort'),
        ),
        migrations.AddField(
            model_name='termsheet',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='tombstone',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='exports',
            field=models.ManyToManyField(related_name='training_runs', to='annotation.export'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='training_runs', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='trigger',
            name='feature',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='triggers', to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='recipe',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='triggers', to='annotation.recipe'),
        ),
        migrations.AddField(
            model_name='triggerfiring',
            name='firing',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trigger_firing', to='annotation.firing'),
        ),
        migrations.AddField(
            model_name='triggerfiring',
            name='recipe',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.recipe'),
        ),
        migrations.AddField(
            model_name='triggerfiring',
            name='trigger',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='firings', to='annotation.trigger'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='trigger_firing',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='annotation.triggerfiring'),
        ),
        migrations.AddField(
            model_name='waitingsignal',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='webhook',
            name='alarm',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhook', to='annotation.alarm'),
        ),
        migrations.AddField(
            model_name='webhook',
            name='recipe',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhook', to='annotation.recipe'),
        ),
        migrations.AddField(
            model_name='webhook',
            name='trigger',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhook', to='annotation.trigger'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='webhook',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='annotation.webhook'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_any_case'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(fields=('alarm', 'number', 'is_over'), name='alert_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='alert',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e9b19d5bcb5428ac69873093dd7c0d4ab9db187b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f9afb', table='annotation_alert', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('former_hash__isnull', True), ('former_until__isnull', True)), models.Q(('former_hash__isnull', False), ('former_until__isnull', False)), _connector='OR'), name='token_former_until'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('requests_per_second__isnull', True), ('requests_per_second__gte', 1), _connector='OR'), name='token_requests_positive'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['ingest', 'label', 'export', 'loop', 'read', 'manage']), ('scopes__len__gt', 0)), name='token_scopes_known'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['-at'], name='audit_recent'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['target_type', 'target_id'], name='audit_target'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['verb'], name='audit_verb'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2fd16df29965ffc330ecc000de670a775449fc5c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1f06c', table='annotation_auditevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='delayedoutcome',
            constraint=models.UniqueConstraint(fields=('feature', 'name'), name='delayed_outcome_once'),
        ),
        migrations.AddConstraint(
            model_name='delayedoutcome',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 365)), name='delayed_outcome_days_in_a_year'),
        ),
        migrations.AddConstraint(
            model_name='delayedoutcome',
            constraint=models.CheckConstraint(condition=models.Q(('margin__gt', 0), ('margin__lt', 1)), name='delayed_outcome_margin_in_0_1'),
        ),
        migrations.AddIndex(
            model_name='delayedsignal',
            index=models.Index(fields=['due_at'], name='delayed_signal_due'),
        ),
        migrations.AddConstraint(
            model_name='deployment',
            constraint=models.UniqueConstraint(fields=('feature', 'model_version', 'deployed_at'), name='deployment_once'),
        ),
        migrations.AddConstraint(
            model_name='deployment',
            constraint=models.CheckConstraint(condition=models.Q(('share__gt', 0), ('share__lte', 1)), name='deployment_share_in_0_1'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('signal', 'version'), name='evidence_once'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 2)), name='evidence_first_is_with_the_signal'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exporthygiene',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0afe39b1c69369c453ca3b09645752ec623d19a0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d2496', table='annotation_exporthygiene', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['touched_at'], name='erasure_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='erasure',
            constraint=models.UniqueConstraint(fields=('feature', 'subject', 'subject_hash'), name='erasure_once'),
        ),
        migrations.AddConstraint(
            model_name='exportshard',
            constraint=models.UniqueConstraint(fields=('export', 'name'), name='export_shard_once'),
        ),
        migrations.AddConstraint(
            model_name='exportshard',
            constraint=models.CheckConstraint(condition=models.Q(('last_ordinal__gte', models.F('first_ordinal'))), name='export_shard_range_not_empty'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['feature', '-created_at'], name='import_recent'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'running'])), fields=['heartbeat_at'], name='import_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('bytes_done__lte', models.F('bytes_total'))), name='import_reads_no_more_than_all'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['done', 'failed', 'cancelled']), _negated=True), ('finished_at__isnull', False), _connector='OR'), name='import_ended_has_its_time'),
        ),
        migrations.AddIndex(
            model_name='signature',
            index=models.Index(condition=models.Q(('digest__isnull', False)), fields=['digest'], name='signature_digest'),
        ),
        migrations.AddIndex(
            model_name='signature',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('digest__isnull', False)), fastupdate=False, fields=['bands'], name='signature_bands'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(condition=models.Q(('kind', 'later_result')), fields=['id'], name='signal_later_result'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.UniqueConstraint(fields=('interaction', 'external_id'), name='signal_once'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('conversation_id__isnull', False)), fields=['feature', 'conversation_id', 'occurred_at'], name='interaction_conversation'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['feature', 'model_version', 'occurred_at'], name='interaction_version'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('user_hash__isnull', False)), fields=['feature', 'user_hash', 'occurred_at'], name='interaction_user_time'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('exposure_set__isnull', False)), fields=['feature', 'exposure_set'], name='interaction_set'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('replaces__isnull', False)), fields=['feature', 'replaces'], name='interaction_replaces'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('settle_at__isnull', False)), fields=['settle_at'], name='interaction_settles'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('is_evaluation', True)), fields=['feature'], name='interaction_evaluation'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['ingested_at'], name='interaction_ingested'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.UniqueConstraint(fields=('feature', 'external_id'), name='interaction_once'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('random_number__gt', 0), ('random_number__lt', 1)), name='interaction_random_number_in_0_1'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interaction',
            trigger=pgtrigger.compiler.Trigger(name='closure_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids, feature_id, day)\n    SELECT DISTINCT 'day', '{}'::bigint[], feature_id, (occurred_at AT TIME ZONE 'UTC')::date FROM rows;\n    RETURN NULL;\n", hash='2e7979f6b30954845a551825680fc5731ecddabf', level='STATEMENT', operation='INSERT', pgid='pgtrigger_closure_added_e8969', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_interaction', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interaction',
            trigger=pgtrigger.compiler.Trigger(name='closure_removed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids, feature_id, day)\n    SELECT DISTINCT 'day', '{}'::bigint[], feature_id, (occurred_at AT TIME ZONE 'UTC')::date FROM rows;\n    RETURN NULL;\n", hash='6a989d32b73cbe768b84079f87aeb6cad4a6bbe9', level='STATEMENT', operation='DELETE', pgid='pgtrigger_closure_removed_56504', referencing='REFERENCING OLD TABLE AS rows ', table='annotation_interaction', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interaction',
            trigger=pgtrigger.compiler.Trigger(name='closure_changed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."occurred_at" IS DISTINCT FROM (NEW."occurred_at") OR OLD."ingested_at" IS DISTINCT FROM (NEW."ingested_at") OR OLD."model_version" IS DISTINCT FROM (NEW."model_version") OR OLD."is_evaluation" IS DISTINCT FROM (NEW."is_evaluation") OR OLD."erased_at" IS DISTINCT FROM (NEW."erased_at"))', func="\n    INSERT INTO annotation_closuremark (about, ids, feature_id, day)\n    SELECT DISTINCT 'day', '{}'::bigint[], one.feature_id, one.day\n    FROM (VALUES (OLD.feature_id, (OLD.occurred_at AT TIME ZONE 'UTC')::date),\n                 (NEW.feature_id, (NEW.occurred_at AT TIME ZONE 'UTC')::date)) AS one (feature_id, day);\n    RETURN NULL;\n", hash='427e1f33b6746a356a6964a341f6c8a22e21f371', operation='UPDATE', pgid='pgtrigger_closure_changed_9c948', table='annotation_interaction', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('used_at__isnull', True), ('withdrawn_at__isnull', True)), name='invitation_open_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), ('used_at__isnull', True), _connector='OR'), name='invitation_used_or_withdrawn'),
        ),
        migrations.AddField(
            model_name='term',
            name='cohort',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.cohort'),
        ),
        migrations.AddField(
            model_name='term',
            name='feature',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.feature'),
        ),
        migrations.AddField(
            model_name='term',
            name='interaction',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.interaction'),
        ),
        migrations.AddField(
            model_name='term',
            name='part',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='annotation.part'),
        ),
        migrations.AddField(
            model_name='term',
            name='reason',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='annotation.reason'),
        ),
        migrations.AddField(
            model_name='term',
            name='sheet',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='annotation.termsheet'),
        ),
        migrations.AddField(
            model_name='correction',
            name='term',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='annotation.term'),
        ),
        migrations.AddConstraint(
            model_name='exportwithdrawal',
            constraint=models.UniqueConstraint(fields=('export', 'item'), name='export_withdrawal_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exportwithdrawal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fe39900f7950b6b444b46ad474f6a90cfe0e9004', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d1167', table='annotation_exportwithdrawal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exportwithdrawal',
            trigger=pgtrigger.compiler.Trigger(name='none_after_the_end', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (\n        SELECT FROM annotation_export e WHERE e.status = 'done' AND e.id IN (SELECT export_id FROM added)\n    ) THEN\n        RAISE EXCEPTION 'the export is done and its rows are final: ask for a new one';\n    END IF;\n    RETURN NULL;\n", hash='5181af77a586043af42a8cb6fd009c7299202655', level='STATEMENT', operation='INSERT', pgid='pgtrigger_none_after_the_end_839d9', referencing='REFERENCING NEW TABLE AS added ', table='annotation_exportwithdrawal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='judgecallcontent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e42ab9d0acf40aa793958bb69d913feeb539dc07', operation='UPDATE', pgid='pgtrigger_append_only_2bc2d', table='annotation_judgecallcontent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='judgecallcontent',
            trigger=pgtrigger.compiler.Trigger(name='only_erasure_deletes', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF NOT EXISTS (\n        SELECT FROM annotation_judgecall c\n        JOIN annotation_judgeask a ON a.id = c.ask_id\n        JOIN annotation_item i ON i.id = a.item_id\n        JOIN annotation_interaction n ON n.id = i.interaction_id\n        WHERE c.id = OLD.call_id AND n.erased_at IS NOT NULL\n    ) THEN\n        RAISE EXCEPTION 'Cannot delete what a judge answered: only erasure does, with its interaction';\n    END IF;\n    RETURN OLD;\n", hash='5ac3307123aa6530900d892535e381dc5735bf52', operation='DELETE', pgid='pgtrigger_only_erasure_deletes_eb84c', table='annotation_judgecallcontent', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='judgecall',
            index=models.Index(fields=['run', 'outcome', 'id'], name='judge_call_outcome'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='judgecall',
            trigger=pgtrigger.compiler.Trigger(name='settled_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."outcome" = \'\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c55e6a4398e36a367d11c0230db4f091d419115d', operation='UPDATE', pgid='pgtrigger_settled_is_final_244fd', table='annotation_judgecall', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='judgecall',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='542eeb5f13c8a35f2ac2c223bc4ecae6c99f239b', operation='DELETE', pgid='pgtrigger_kept_b245e', table='annotation_judgecall', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='judgeask',
            index=models.Index(fields=['item'], name='judge_ask_item'),
        ),
        migrations.AddIndex(
            model_name='judgeask',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['run', 'id'], name='judge_ask_waiting'),
        ),
        migrations.AddIndex(
            model_name='judgeask',
            index=models.Index(fields=['run', 'state', 'problem'], name='judge_ask_state'),
        ),
        migrations.AddConstraint(
            model_name='judgeask',
            constraint=models.UniqueConstraint(fields=('run', 'item'), name='judge_ask_once'),
        ),
        migrations.AddIndex(
            model_name='judgerun',
            index=models.Index(fields=['version', '-created_at'], name='judge_run_recent'),
        ),
        migrations.AddIndex(
            model_name='judgerun',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'running'])), fields=['heartbeat_at'], name='judge_run_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='judgerun',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'running'])), fields=('version',), name='judge_run_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='judgerun',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'running']), ('finished_at__isnull', False), _connector='OR'), name='judge_run_ended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='judgerun',
            constraint=models.CheckConstraint(condition=models.Q(('concurrency__gte', 1), ('cost_cap__gte', 0), ('per_second__gt', 0), ('tries__gte', 1)), name='judge_run_has_limits'),
        ),
        migrations.AddConstraint(
            model_name='judgerun',
            constraint=models.CheckConstraint(condition=models.Q(('items_total__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('answered'), '+', models.F('failed')), '+', models.F('skipped')))), name='judge_run_counts_no_item_twice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='labelcontent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5f627cdc01d8d1ca607275ac04c384614ff1cb5f', operation='UPDATE', pgid='pgtrigger_append_only_38159', table='annotation_labelcontent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='labelcontent',
            trigger=pgtrigger.compiler.Trigger(name='only_erasure_deletes', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF NOT EXISTS (\n        SELECT FROM annotation_label l\n        JOIN annotation_item i ON i.id = l.item_id\n        JOIN annotation_interaction n ON n.id = i.interaction_id\n        WHERE l.id = OLD.label_id AND n.erased_at IS NOT NULL\n    ) THEN\n        RAISE EXCEPTION 'Cannot delete what was written beside a label: only erasure does, with its interaction';\n    END IF;\n    RETURN OLD;\n", hash='c5e74e31a2793ac37d55820b74070f83fae3f6d8', operation='DELETE', pgid='pgtrigger_only_erasure_deletes_3b0f3', table='annotation_labelcontent', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='relabel',
            name='remap',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relabels', to='annotation.remap'),
        ),
        migrations.AddIndex(
            model_name='exportrow',
            index=models.Index(fields=['item'], name='export_row_item'),
        ),
        migrations.AddIndex(
            model_name='exportrow',
            index=models.Index(condition=models.Q(('counterpart_item__isnull', False)), fields=['counterpart_item'], name='export_row_counterpart'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exportrow',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a4186b13ad2380ebf49076b2c5e9ecc0faa802ed', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d3a48', table='annotation_exportrow', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exportrow',
            trigger=pgtrigger.compiler.Trigger(name='none_after_the_end', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (\n        SELECT FROM annotation_export e WHERE e.status = 'done' AND e.id IN (SELECT export_id FROM added)\n    ) THEN\n        RAISE EXCEPTION 'the export is done and its rows are final: ask for a new one';\n    END IF;\n    RETURN NULL;\n", hash='afa62b408421a4f4bf1471e306bdafc29ba86464', level='STATEMENT', operation='INSERT', pgid='pgtrigger_none_after_the_end_8704c', referencing='REFERENCING NEW TABLE AS added ', table='annotation_exportrow', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='look',
            constraint=models.UniqueConstraint(fields=('cell', 'day'), name='look_once'),
        ),
        migrations.AddConstraint(
            model_name='look',
            constraint=models.CheckConstraint(condition=models.Q(('difference_low__lte', models.F('difference_high')), ('rate_low__lte', models.F('rate_high'))), name='look_bounds_in_order'),
        ),
        migrations.AddConstraint(
            model_name='loopfigures',
            constraint=models.UniqueConstraint(fields=('feature', 'detector'), name='loop_figures_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('user', 'feature'), name='membership_once'),
        ),
        migrations.AddIndex(
            model_name='mendedpair',
            index=models.Index(models.F('feature'), models.F('rank'), models.F('draw'), models.F('id'), condition=models.Q(('needed__gt', annotation.models.queues.Cardinality('taken'))), name='mended_pair_open'),
        ),
        migrations.AddConstraint(
            model_name='mendedpair',
            constraint=models.UniqueConstraint(fields=('case', 'rank'), name='mended_pair_rank_once'),
        ),
        migrations.AddConstraint(
            model_name='mendedpair',
            constraint=models.CheckConstraint(condition=models.Q(('needed__gte', 1), ('needed__gte', annotation.models.queues.Cardinality('taken'))), name='mended_pair_taken_at_most_as_needed'),
        ),
        migrations.AddConstraint(
            model_name='mendedpair',
            constraint=models.CheckConstraint(condition=models.Q(('similarity__gte', 0), ('similarity__lte', 1)), name='mended_pair_similarity_in_0_1'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mendedpair',
            trigger=pgtrigger.compiler.Trigger(name='made_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."public_id" IS DISTINCT FROM (NEW."public_id") OR OLD."feature_id" IS DISTINCT FROM (NEW."feature_id") OR OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."later_id" IS DISTINCT FROM (NEW."later_id") OR OLD."similarity" IS DISTINCT FROM (NEW."similarity") OR OLD."rank" IS DISTINCT FROM (NEW."rank") OR OLD."draw" IS DISTINCT FROM (NEW."draw") OR OLD."later_first" IS DISTINCT FROM (NEW."later_first") OR OLD."needed" IS DISTINCT FROM (NEW."needed") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='acfeac98d3a41e73c03a1104ad63523f5b06d62c', operation='UPDATE', pgid='pgtrigger_made_is_final_abec3', table='annotation_mendedpair', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='mendedsearch',
            constraint=models.UniqueConstraint(fields=('feature', 'model_version'), name='mended_search_once'),
        ),
        migrations.AddConstraint(
            model_name='mendedcase',
            constraint=models.UniqueConstraint(fields=('search', 'interaction'), name='mended_case_once'),
        ),
        migrations.AddConstraint(
            model_name='mendedcase',
            constraint=models.CheckConstraint(condition=models.Q(('draw__gt', 0), ('draw__lt', 1)), name='mended_case_draw_in_0_1'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mendedcase',
            trigger=pgtrigger.compiler.Trigger(name='drawn_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='bf4502e11595edde25c37d282de3c71ce62fc773', operation='UPDATE', pgid='pgtrigger_drawn_is_final_c9c13', table='annotation_mendedcase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mendedcase',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='aab4051bccf95cdc44ec1bfe6bddee9388a2b7ab', operation='DELETE', pgid='pgtrigger_kept_29a6d', table='annotation_mendedcase', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='part',
            constraint=models.UniqueConstraint(fields=('feature', 'key', 'value', 'is_rest'), name='part_once'),
        ),
        migrations.AddConstraint(
            model_name='part',
            constraint=models.UniqueConstraint(condition=models.Q(('is_rest', True)), fields=('feature', 'key'), name='part_one_rest'),
        ),
        migrations.AddConstraint(
            model_name='itemmove',
            constraint=models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='item_move_elsewhere'),
        ),
        migrations.AddConstraint(
            model_name='itemmove',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'running']), ('finished_at__isnull', False), _connector='OR'), name='item_move_ended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='itemmove',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'running'])), fields=('source',), name='item_move_one_a_queue'),
        ),
        migrations.AddIndex(
            model_name='consensusrun',
            index=models.Index(fields=['queue', '-id'], name='consensus_run_latest'),
        ),
        migrations.AddConstraint(
            model_name='consensusrun',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'running'])), fields=('queue',), name='consensus_run_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='consensusrun',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'running']), ('finished_at__isnull', False), _connector='OR'), name='consensus_run_ended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='consensusfit',
            constraint=models.UniqueConstraint(fields=('queue', 'signal_kind'), name='consensus_fit_once'),
        ),
        migrations.AddIndex(
            model_name='cohort',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['day'], name='cohort_open'),
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.UniqueConstraint(fields=('queue', 'day'), name='cohort_once'),
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('threshold__isnull', True)), models.Q(('closed_at__isnull', False), ('threshold__isnull', False)), _connector='OR'), name='cohort_closed_has_threshold'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cohort',
            trigger=pgtrigger.compiler.Trigger(name='closed_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."closed_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6424623f0f12921f82a55ca9395395acf520f6eb', operation='UPDATE OR DELETE', pgid='pgtrigger_closed_is_final_e3a36', table='annotation_cohort', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cohort',
            trigger=pgtrigger.compiler.Trigger(name='closure_closed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."closed_at" IS DISTINCT FROM (NEW."closed_at"))', func="\n    INSERT INTO annotation_closuremark (about, ids) VALUES ('cohort', ARRAY[NEW.id]);\n    RETURN NULL;\n", hash='a9489d53ae95784f2443769cf8420af2e78cc206', operation='UPDATE', pgid='pgtrigger_closure_closed_c7870', table='annotation_cohort', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='backlogcount',
            index=models.Index(fields=['feature', 'what', 'hour'], name='backlog_count_feature'),
        ),
        migrations.AddConstraint(
            model_name='backlogcount',
            constraint=models.UniqueConstraint(condition=models.Q(('is_sum', True)), fields=('queue', 'signal_kind', 'what', 'hour'), name='backlog_count_one_sum'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(condition=models.Q(('is_enabled', True)), fields=('feature', 'queue', 'kind'), name='alarm_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(('most__gte', 1)), name='alarm_most_positive'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(('raised_at__isnull', True), ('number__gte', 1), _connector='OR'), name='alarm_raised_counted'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='alarm',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='edb4d9751d5736b5fd5c08d07618a352351b57e9', operation='DELETE', pgid='pgtrigger_kept_73a04', table='annotation_alarm', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='alarm',
            trigger=pgtrigger.compiler.Trigger(name='watches_the_same', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."feature_id" IS DISTINCT FROM (NEW."feature_id") OR OLD."queue_id" IS DISTINCT FROM (NEW."queue_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."most" IS DISTINCT FROM (NEW."most"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f4d4af981bc87f21c0a193bd17f3156b40f59bc1', operation='UPDATE', pgid='pgtrigger_watches_the_same_643be', table='annotation_alarm', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rater',
            constraint=models.UniqueConstraint(condition=models.Q(('user__isnull', True)), fields=('kind', 'name'), name='rater_once'),
        ),
        migrations.AddConstraint(
            model_name='rater',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('kind', 'human'), _connector='OR'), name='rater_with_account_is_human'),
        ),
        migrations.AddConstraint(
            model_name='rater',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('standing', ''), ('standing_from', None)), models.Q(models.Q(('standing', ''), _negated=True), ('standing_from__isnull', False)), _connector='OR'), name='rater_standing_since'),
        ),
        migrations.AddIndex(
            model_name='mendedlease',
            index=models.Index(fields=['expires_at'], name='mended_lease_expiry'),
        ),
        migrations.AddConstraint(
            model_name='mendedlease',
            constraint=models.UniqueConstraint(fields=('pair', 'rater'), name='mended_lease_once'),
        ),
        migrations.AddIndex(
            model_name='mendedjudgement',
            index=models.Index(fields=['rater', '-judged_at'], name='mended_judgement_rater'),
        ),
        migrations.AddConstraint(
            model_name='mendedjudgement',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('pair', 'rater'), name='mended_judgement_one_current'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mendedjudgement',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."pair_id" IS DISTINCT FROM (NEW."pair_id") OR OLD."rater_id" IS DISTINCT FROM (NEW."rater_id") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict") OR OLD."judged_at" IS DISTINCT FROM (NEW."judged_at") OR OLD."submission_id" IS DISTINCT FROM (NEW."submission_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='1f6ff04d1124cd5dd4872e55f9ec65f23fdd652f', operation='UPDATE', pgid='pgtrigger_append_only_f7f20', table='annotation_mendedjudgement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mendedjudgement',
            trigger=pgtrigger.compiler.Trigger(name='undone_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."undone_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a8481f7982ef5ce70efb4e40d4e105d649096998', operation='UPDATE', pgid='pgtrigger_undone_is_final_a52e4', table='annotation_mendedjudgement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mendedjudgement',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='31fe1fd46877b8ee5e709bb92b00ddf99923c0e4', operation='DELETE', pgid='pgtrigger_kept_72580', table='annotation_mendedjudgement', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='lease',
            index=models.Index(fields=['rater', 'queue'], name='lease_mine'),
        ),
        migrations.AddIndex(
            model_name='lease',
            index=models.Index(fields=['expires_at'], name='lease_expiry'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.UniqueConstraint(fields=('item', 'rater'), name='lease_once'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.UniqueConstraint(condition=models.Q(('is_ahead', True)), fields=('rater', 'queue'), name='lease_one_ahead'),
        ),
        migrations.AddConstraint(
            model_name='lease',
            constraint=models.CheckConstraint(condition=models.Q(('is_ahead', False), ('shown_at__isnull', True), _connector='OR'), name='lease_ahead_not_shown'),
        ),
        migrations.AddConstraint(
            model_name='flag',
            constraint=models.UniqueConstraint(fields=('item', 'rater'), name='flag_once'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('item', 'rater'), name='draft_once'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(('certainty__isnull', True), models.Q(('certainty__gte', 1), ('certainty__lte', 3)), _connector='OR'), name='draft_certainty_1_to_3'),
        ),
        migrations.AddConstraint(
            model_name='consensusreliability',
            constraint=models.UniqueConstraint(fields=('fit', 'rater'), name='consensus_reliability_once'),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.UniqueConstraint(fields=('feature', 'model_version', 'signal_kind', 'part'), name='cell_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.CheckConstraint(condition=models.Q(('family__gte', 1)), name='cell_family_of_one_at_least'),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.CheckConstraint(condition=models.Q(('verdict', 'not_enough'), ('verdict_at__isnull', False), _connector='OR'), name='cell_verdict_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='calibration',
            constraint=models.UniqueConstraint(fields=('feature', 'signal_kind', 'rater', 'answer'), name='calibration_once'),
        ),
        migrations.AddIndex(
            model_name='consensusrevision',
            index=models.Index(fields=['resolved_at'], name='consensus_resolved'),
        ),
        migrations.AddIndex(
            model_name='consensusrevision',
            index=models.Index(condition=models.Q(('superseded_at__isnull', True), models.Q(('method__in', ['single', 'skipped']), _negated=True)), fields=['item'], name='consensus_weighed'),
        ),
        migrations.AddConstraint(
            model_name='consensusrevision',
            constraint=models.UniqueConstraint(fields=('item', 'number'), name='consensus_number_once'),
        ),
        migrations.AddConstraint(
            model_name='consensusrevision',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('item',), name='consensus_one_current'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consensusrevision',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."reason_id" IS DISTINCT FROM (NEW."reason_id") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."label_source" IS DISTINCT FROM (NEW."label_source") OR OLD."confidence" IS DISTINCT FROM (NEW."confidence") OR OLD."posterior" IS DISTINCT FROM (NEW."posterior") OR OLD."label_ids" IS DISTINCT FROM (NEW."label_ids") OR OLD."resolved_at" IS DISTINCT FROM (NEW."resolved_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='bb02b62d69e84845fe96c2f7e7538ec1455ad2bd', operation='UPDATE', pgid='pgtrigger_append_only_99897', table='annotation_consensusrevision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consensusrevision',
            trigger=pgtrigger.compiler.Trigger(name='superseded_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."superseded_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='57ff6a4d2dc0854113a8d74d6dc74386feedcb0e', operation='UPDATE', pgid='pgtrigger_superseded_is_final_ba6b2', table='annotation_consensusrevision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consensusrevision',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='237bf6f0ebe8470242e05074703f77fc30a88a1d', operation='DELETE', pgid='pgtrigger_kept_6ef9f', table='annotation_consensusrevision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consensusrevision',
            trigger=pgtrigger.compiler.Trigger(name='closure_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids)\n    SELECT 'item', array_agg(id)\n    FROM (SELECT item_id AS id, row_number() OVER () / 200 AS part FROM rows) AS named GROUP BY part;\n    RETURN NULL;\n", hash='64ff24c8030f037d18785ca791004d06bdb56f08', level='STATEMENT', operation='INSERT', pgid='pgtrigger_closure_added_52345', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_consensusrevision', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consensusrevision',
            trigger=pgtrigger.compiler.Trigger(name='closure_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids)\n    SELECT 'item', array_agg(id)\n    FROM (SELECT item_id AS id, row_number() OVER () / 200 AS part FROM rows) AS named GROUP BY part;\n    RETURN NULL;\n", hash='fa5b87aef73a32411e839bf953f5239f7b822c2a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_closure_changed_cc201', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_consensusrevision', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='closuretally',
            index=models.Index(fields=['feature', 'day'], name='closure_tally_day'),
        ),
        migrations.AddIndex(
            model_name='recipe',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='recipe_due'),
        ),
        migrations.AddConstraint(
            model_name='recipe',
            constraint=models.UniqueConstraint(fields=('feature', 'name'), name='recipe_name_once'),
        ),
        migrations.AddConstraint(
            model_name='recipe',
            constraint=models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 28), ('hour__lte', 23), ('weekday__lte', 6)), name='recipe_times'),
        ),
        migrations.AddIndex(
            model_name='firing',
            index=models.Index(fields=['recipe', '-created_at'], name='firing_recent'),
        ),
        migrations.AddIndex(
            model_name='firing',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'running'])), fields=['heartbeat_at'], name='firing_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='firing',
            constraint=models.UniqueConstraint(condition=models.Q(('due_at__isnull', False)), fields=('recipe', 'due_at'), name='firing_once_a_time'),
        ),
        migrations.AddConstraint(
            model_name='firing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(('export__isnull', False), models.Q(('skip', ''), _negated=True), _connector='XOR'), _connector='OR'), name='firing_made_or_skipped'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='firing',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='12ee1d66a0a1326a13b0fd62210e69c33bf7785a', operation='DELETE', pgid='pgtrigger_kept_61398', table='annotation_firing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='firing',
            trigger=pgtrigger.compiler.Trigger(name='ended_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'done\', \'failed\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3546e10d9a413e42ccc320161f3310ffbe2c0aca', operation='UPDATE', pgid='pgtrigger_ended_is_final_0c4bd', table='annotation_firing', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='redecision',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'running']), ('finished_at__isnull', False), _connector='OR'), name='redecision_ended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='responseid',
            constraint=models.UniqueConstraint(fields=('feature', 'response_id'), name='response_id_once'),
        ),
        migrations.AddIndex(
            model_name='retentioncount',
            index=models.Index(condition=models.Q(('queued_on__isnull', False)), fields=['feature', 'queued_on'], name='retention_count_queued'),
        ),
        migrations.AddIndex(
            model_name='retentioncount',
            index=models.Index(condition=models.Q(('cohort__isnull', False)), fields=['cohort'], name='retention_count_cohort'),
        ),
        migrations.AddConstraint(
            model_name='retentioncount',
            constraint=models.UniqueConstraint(fields=('feature', 'day', 'model_version', 'is_first', 'signal_kind', 'queue', 'cohort', 'queued_on'), name='retention_count_once', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewnotecontent',
            trigger=pgtrigger.compiler.Trigger(name='text_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."note_id" IS DISTINCT FROM (NEW."note_id") OR OLD."text" IS DISTINCT FROM (NEW."text"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='87d97716482c7c967e9594024c581f0017fc35f0', operation='UPDATE', pgid='pgtrigger_text_stays_827c7', table='annotation_reviewnotecontent', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='reviewnote',
            index=models.Index(fields=['item'], name='review_note_item'),
        ),
        migrations.AddIndex(
            model_name='reviewnote',
            index=models.Index(fields=['rater', '-sent_at'], name='review_note_rater'),
        ),
        migrations.AddIndex(
            model_name='reviewnote',
            index=models.Index(fields=['sent_by', '-sent_at'], name='review_note_sent_by'),
        ),
        migrations.AddConstraint(
            model_name='reviewnote',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True), ('ended_at__isnull', True)), fields=('item', 'rater'), name='review_note_one_open'),
        ),
        migrations.AddConstraint(
            model_name='reviewnote',
            constraint=models.CheckConstraint(condition=models.Q(('answered_at__isnull', True), ('ended_at__isnull', True), _connector='OR'), name='review_note_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewnote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer_label__isnull', True), ('answered_at__isnull', True)), models.Q(('answer_label__isnull', False), ('answered_at__isnull', False)), _connector='OR'), name='review_note_answered_with_a_label'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewnote',
            trigger=pgtrigger.compiler.Trigger(name='sent_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."label_id" IS DISTINCT FROM (NEW."label_id") OR OLD."rater_id" IS DISTINCT FROM (NEW."rater_id") OR OLD."sent_by_id" IS DISTINCT FROM (NEW."sent_by_id") OR OLD."sent_at" IS DISTINCT FROM (NEW."sent_at") OR OLD."submission_id" IS DISTINCT FROM (NEW."submission_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5ee1ae7f2d6acf8af9baf765aedb61284b9e6b19', operation='UPDATE', pgid='pgtrigger_sent_is_final_ea99d', table='annotation_reviewnote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewnote',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a9be0deeded69dfa1669a5c74e92be322ef330cd', operation='DELETE', pgid='pgtrigger_kept_dc149', table='annotation_reviewnote', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rewriting',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'running'])), fields=('export',), name='rewriting_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(fields=('rule', 'number'), name='rule_version_once'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__isnull', True), models.Q(('confidence__gte', 0), ('confidence__lte', 1)), _connector='OR'), name='rule_confidence_in_0_1'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('right__lte', models.F('judged'))), name='rule_right_of_judged'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('switched_on_at__isnull', True), ('tried_at__isnull', False), _connector='OR'), name='rule_tried_before_on'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleversion',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."rule_id" IS DISTINCT FROM (NEW."rule_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."condition" IS DISTINCT FROM (NEW."condition") OR OLD."reason_id" IS DISTINCT FROM (NEW."reason_id") OR OLD."confidence" IS DISTINCT FROM (NEW."confidence") OR OLD."rater_id" IS DISTINCT FROM (NEW."rater_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3f6f370cdc280bc9a914909b28a6872c716ae0a8', operation='UPDATE', pgid='pgtrigger_frozen_15567', table='annotation_ruleversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleversion',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='191f608961536a9c3c698dc578fab1ed09ad40fa', operation='DELETE', pgid='pgtrigger_kept_adf73', table='annotation_ruleversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rulerun',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'running'])), fields=('version',), name='rule_run_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='rulerun',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'running']), ('finished_at__isnull', False), _connector='OR'), name='rule_run_ended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(fields=('feature', 'name'), name='rule_once'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('current__isnull', True), ('seen_at__isnull', False), _connector='OR'), name='rule_on_has_a_watermark'),
        ),
        migrations.AddConstraint(
            model_name='samplingdesign',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('queue',), name='sampling_design_current'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='samplingdesign',
            trigger=pgtrigger.compiler.Trigger(name='immutable', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."queue_id" IS DISTINCT FROM (NEW."queue_id") OR OLD."mix" IS DISTINCT FROM (NEW."mix") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d073a96f7ca654de962332c0bd6cb4c64457f752', operation='UPDATE', pgid='pgtrigger_immutable_40ea2', table='annotation_samplingdesign', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='samplingdesign',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e25c1ef81b7ffb0c0b78535b005db0287519708c', operation='DELETE', pgid='pgtrigger_kept_9cc63', table='annotation_samplingdesign', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(models.F('queue'), models.F('key'), models.F('id'), condition=models.Q(('status', 'open'), ('needed__gt', annotation.models.queues.Cardinality('taken'))), name='item_open'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(models.F('queue'), models.F('signal_kind'), models.F('key'), models.F('id'), condition=models.Q(('status', 'open'), ('needed__gt', annotation.models.queues.Cardinality('taken'))), name='item_open_kind'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['cohort'], name='item_cohort', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['feature', 'status', 'id'], name='item_status'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['feature', 'queued_at'], name='item_queued'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('purpose', 'second_look')), fields=['feature', 'signal'], name='item_second_look'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('purpose', 'gold')), fields=['queue', 'signal'], name='item_gold'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cohort__isnull', False), ('key__gt', 0), ('purpose', 'sample'), ('weight__gt', 0)), models.Q(models.Q(('purpose', 'sample'), _negated=True), ('cohort__isnull', True), ('key__isnull', True), ('weight__isnull', True)), _connector='OR'), name='item_sample_has_weight_and_key'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('needed__gte', 1), ('needed__gte', annotation.models.queues.Cardinality('taken'))), name='item_taken_at_most_as_needed'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.UniqueConstraint(fields=('public_id',), name='item_public_id_once'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.UniqueConstraint(models.F('signal'), models.Case(models.When(purpose__in=['sample', 'backfill'], then=models.Value(0)), default=models.F('id'), output_field=models.BigIntegerField()), name='item_once_a_signal'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='weight_and_key_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."purpose" IS DISTINCT FROM (NEW."purpose") OR OLD."weight" IS DISTINCT FROM (NEW."weight") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."cohort_id" IS DISTINCT FROM (NEW."cohort_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='2b44920ed22758ca8f38fcfa2f6cde71451f8da9', operation='UPDATE', pgid='pgtrigger_weight_and_key_stay_3ae9f', table='annotation_item', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='closure_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids)\n    SELECT 'interaction', array_agg(id)\n    FROM (SELECT interaction_id AS id, row_number() OVER () / 200 AS part FROM rows) AS named GROUP BY part;\n    RETURN NULL;\n", hash='a0228acd65247c80da5b685e92cf583e31931af6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_closure_added_7d444', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='closure_removed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids)\n    SELECT 'interaction', array_agg(id)\n    FROM (SELECT interaction_id AS id, row_number() OVER () / 200 AS part FROM rows) AS named GROUP BY part;\n    RETURN NULL;\n", hash='80f0b497f061782516334de5141ea27c22d87b04', level='STATEMENT', operation='DELETE', pgid='pgtrigger_closure_removed_da756', referencing='REFERENCING OLD TABLE AS rows ', table='annotation_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='closure_changed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IS DISTINCT FROM (NEW."status"))', func="\n    INSERT INTO annotation_closuremark (about, ids) VALUES ('interaction', ARRAY[NEW.interaction_id]);\n    RETURN NULL;\n", hash='be9e8fe3ef921e115fb6e90eb1c1d57fbacb0857', operation='UPDATE', pgid='pgtrigger_closure_changed_9fab0', table='annotation_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='backlog_came', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_backlogcount (feature_id, queue_id, signal_kind, what, hour, number)\n    SELECT feature_id, queue_id, signal_kind, counted.what, floor(extract(epoch FROM queued_at) / 3600)::int, sum(number)\n    FROM (\n        SELECT feature_id, queue_id, signal_kind, status, queued_at, count(*) AS number\n        FROM rows GROUP BY 1, 2, 3, 4, 5\n    ) AS alike CROSS JOIN LATERAL (VALUES ('came'), (status)) AS counted (what)\n    WHERE counted.what IN ('came', 'open', 'disputed', 'flagged')\n    GROUP BY 1, 2, 3, 4, 5;\n    RETURN NULL;\n", hash='fa286122629d27961ac5033c127a2426c664d75d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_backlog_came_fc258', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='backlog_gone', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_backlogcount (feature_id, queue_id, signal_kind, what, hour, number)\n    SELECT feature_id, queue_id, signal_kind, status, floor(extract(epoch FROM queued_at) / 3600)::int, -sum(number)\n    FROM (\n        SELECT feature_id, queue_id, signal_kind, status, queued_at, count(*) AS number\n        FROM rows GROUP BY 1, 2, 3, 4, 5\n    ) AS alike WHERE status IN ('open', 'disputed', 'flagged')\n    GROUP BY 1, 2, 3, 4, 5;\n    RETURN NULL;\n", hash='78679002741e085e43a3d21432f889fb9ca06dce', level='STATEMENT', operation='DELETE', pgid='pgtrigger_backlog_gone_15554', referencing='REFERENCING OLD TABLE AS rows ', table='annotation_item', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='item',
            trigger=pgtrigger.compiler.Trigger(name='backlog_changed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."queue_id" IS DISTINCT FROM (NEW."queue_id"))', func="\n    INSERT INTO annotation_backlogcount (feature_id, queue_id, signal_kind, what, hour, number)\n    SELECT NEW.feature_id, one.queue_id, NEW.signal_kind, one.what, one.hour, one.number\n    FROM (VALUES\n        (OLD.queue_id, OLD.status, floor(extract(epoch FROM OLD.queued_at) / 3600)::int, -1),\n        (NEW.queue_id, NEW.status, floor(extract(epoch FROM NEW.queued_at) / 3600)::int, 1),\n        (NEW.queue_id, 'done', floor(extract(epoch FROM COALESCE(OLD.resolved_at, NEW.resolved_at)) / 3600)::int,\n            (OLD.resolved_at IS NULL)::int - (NEW.resolved_at IS NULL)::int)\n    ) AS one (queue_id, what, hour, number)\n    WHERE one.number <> 0 AND one.what IN ('done', 'open', 'disputed', 'flagged');\n    RETURN NULL;\n", hash='3579d13c4796091c1610d23cce98bccab9b7df11', operation='UPDATE', pgid='pgtrigger_backlog_changed_a41ab', table='annotation_item', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='skip',
            index=models.Index(fields=['rater', '-skipped_at'], name='skip_rater_recent'),
        ),
        migrations.AddConstraint(
            model_name='skip',
            constraint=models.UniqueConstraint(fields=('item', 'rater'), name='skip_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='splitassignment',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a75de83e8644390e3a40166825a475b0abbd96ae', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_83d70', table='annotation_splitassignment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='splitplan',
            constraint=models.UniqueConstraint(fields=('feature', 'seed', 'group_by'), name='split_plan_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='splitplan',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3c0aa78424977cbde88b83b98328b297ba4ebf55', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_52b21', table='annotation_splitplan', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxonomyversion',
            trigger=pgtrigger.compiler.Trigger(name='frozen_when_published', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."published_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ac2935b133650d5e297929236ee3989c8a181dde', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_when_published_efaaf', table='annotation_taxonomyversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='signalkind',
            constraint=models.UniqueConstraint(fields=('taxonomy_version', 'kind'), name='signal_kind_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signalkind',
            trigger=pgtrigger.compiler.Trigger(name='frozen_when_published', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (\n        SELECT FROM annotation_taxonomyversion v\n        WHERE v.published_at IS NOT NULL AND v.id IN (OLD.taxonomy_version_id, NEW.taxonomy_version_id)\n    ) THEN\n        RAISE EXCEPTION 'taxonomy version is published and frozen: draft a new one';\n    END IF;\n    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n    RETURN NEW;\n", hash='4d7e076b8584ff942490fe48546b7ff2f7d221a2', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_when_published_bb418', table='annotation_signalkind', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='remap',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'running'])), fields=('taxonomy_version',), name='remap_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='remap',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'running']), ('finished_at__isnull', False), _connector='OR'), name='remap_ended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='reasonmapping',
            constraint=models.UniqueConstraint(fields=('taxonomy_version', 'from_reason'), name='reason_mapped_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reasonmapping',
            trigger=pgtrigger.compiler.Trigger(name='frozen_when_published', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (\n        SELECT FROM annotation_taxonomyversion v\n        WHERE v.published_at IS NOT NULL AND v.id IN (OLD.taxonomy_version_id, NEW.taxonomy_version_id)\n    ) THEN\n        RAISE EXCEPTION 'taxonomy version is published and frozen: draft a new one';\n    END IF;\n    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n    RETURN NEW;\n", hash='9d4d4867a20c41cafc633933ca4cd4d3f4d92fc2', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_when_published_62dc6', table='annotation_reasonmapping', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='reason',
            constraint=models.UniqueConstraint(fields=('taxonomy_version', 'signal_kind', 'code'), name='reason_once'),
        ),
        migrations.AddConstraint(
            model_name='reason',
            constraint=models.UniqueConstraint(fields=('taxonomy_version', 'signal_kind', 'key'), name='reason_key_once'),
        ),
        migrations.AddConstraint(
            model_name='reason',
            constraint=models.CheckConstraint(condition=models.Q(('uses__contained_by', ['sft', 'sft_edit', 'pair', 'kto+', 'kto-'])), name='reason_uses_known'),
        ),
        migrations.AddConstraint(
            model_name='reason',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['good', 'bad']), ('uses__len', 0), _connector='OR'), name='reason_uses_need_a_verdict'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reason',
            trigger=pgtrigger.compiler.Trigger(name='frozen_when_published', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (\n        SELECT FROM annotation_taxonomyversion v\n        WHERE v.published_at IS NOT NULL AND v.id IN (OLD.taxonomy_version_id, NEW.taxonomy_version_id)\n    ) THEN\n        RAISE EXCEPTION 'taxonomy version is published and frozen: draft a new one';\n    END IF;\n    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n    RETURN NEW;\n", hash='9363c90bd3ca8b6566189761e83deceac9457835', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_when_published_6c895', table='annotation_reason', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='queue',
            constraint=models.UniqueConstraint(fields=('feature', 'name'), name='queue_once'),
        ),
        migrations.AddConstraint(
            model_name='queue',
            constraint=models.CheckConstraint(condition=models.Q(('overlap__gte', 1), ('overlap_max__gte', models.F('overlap'))), name='queue_overlap_within_max'),
        ),
        migrations.AddConstraint(
            model_name='queue',
            constraint=models.CheckConstraint(condition=models.Q(('lease_minutes__gte', 1)), name='queue_lease_at_least_a_minute'),
        ),
        migrations.AddConstraint(
            model_name='queue',
            constraint=models.CheckConstraint(condition=models.Q(('mix__gte', 0), ('mix__lte', 1)), name='queue_mix_in_0_1'),
        ),
        migrations.AddIndex(
            model_name='label',
            index=models.Index(fields=['item'], name='label_item'),
        ),
        migrations.AddIndex(
            model_name='label',
            index=models.Index(fields=['rater', '-received_at'], name='label_rater_recent'),
        ),
        migrations.AddIndex(
            model_name='label',
            index=models.Index(fields=['received_at'], name='label_received'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('item', 'rater'), name='label_one_current'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('certainty__isnull', True), models.Q(('certainty__gte', 1), ('certainty__lte', 3)), _connector='OR'), name='label_certainty_1_to_3'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__isnull', True), models.Q(('confidence__gte', 0), ('confidence__lte', 1)), _connector='OR'), name='label_confidence_in_0_1'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='label',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."rater_id" IS DISTINCT FROM (NEW."rater_id") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."taxonomy_version_id" IS DISTINCT FROM (NEW."taxonomy_version_id") OR OLD."reason_id" IS DISTINCT FROM (NEW."reason_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."confidence" IS DISTINCT FROM (NEW."confidence") OR OLD."labeled_at" IS DISTINCT FROM (NEW."labeled_at") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."shown_at" IS DISTINCT FROM (NEW."shown_at") OR OLD."duration_ms" IS DISTINCT FROM (NEW."duration_ms") OR OLD."suggestion_seen" IS DISTINCT FROM (NEW."suggestion_seen") OR OLD."evidence_version" IS DISTINCT FROM (NEW."evidence_version") OR OLD."mapped_from_id" IS DISTINCT FROM (NEW."mapped_from_id") OR OLD."submission_id" IS DISTINCT FROM (NEW."submission_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ba1c218350ecf064760f79af8cba5f2b9362928e', operation='UPDATE', pgid='pgtrigger_append_only_9aeef', table='annotation_label', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='label',
            trigger=pgtrigger.compiler.Trigger(name='superseded_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."superseded_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='634ec80399225801f046c49aa6aaa8649683dd4a', operation='UPDATE', pgid='pgtrigger_superseded_is_final_9668b', table='annotation_label', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='label',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a7e109e307046612b9adda4e9608dca3bd1c34ca', operation='DELETE', pgid='pgtrigger_kept_80611', table='annotation_label', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='label',
            trigger=pgtrigger.compiler.Trigger(name='closure_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids)\n    SELECT 'item', array_agg(id)\n    FROM (SELECT item_id AS id, row_number() OVER () / 200 AS part FROM rows WHERE rater_id IN (SELECT id FROM annotation_rater WHERE kind IN ('human', 'gold'))) AS named GROUP BY part;\n    RETURN NULL;\n", hash='3895ceff54d9cb58c8d040b0b3bb7762acedf16a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_closure_added_23154', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_label', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='label',
            trigger=pgtrigger.compiler.Trigger(name='closure_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO annotation_closuremark (about, ids)\n    SELECT 'item', array_agg(id)\n    FROM (SELECT item_id AS id, row_number() OVER () / 200 AS part FROM rows WHERE rater_id IN (SELECT id FROM annotation_rater WHERE kind IN ('human', 'gold'))) AS named GROUP BY part;\n    RETURN NULL;\n", hash='001a63aadb425fbb33e16011ce1aac33b9e8e459', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_closure_changed_2f721', referencing='REFERENCING NEW TABLE AS rows ', table='annotation_label', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='judgeversion',
            constraint=models.UniqueConstraint(fields=('judge', 'number'), name='judge_version_once'),
        ),
        migrations.AddConstraint(
            model_name='judgeversion',
            constraint=models.CheckConstraint(condition=models.Q(('price_in__gte', 0), ('price_out__gte', 0)), name='judge_version_prices'),
        ),
        migrations.AddConstraint(
            model_name='judgeversion',
            constraint=models.CheckConstraint(condition=models.Q(('max_tokens__gte', 1)), name='judge_version_answers'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='judgeversion',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8c4bb65bc0b526784b7bc751684004fba698435a', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_0bdac', table='annotation_judgeversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(fields=['feature', '-created_at'], name='export_recent'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(condition=models.Q(('recipe__isnull', False)), fields=['recipe', '-id'], name='export_of_recipe'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'running'])), fields=['heartbeat_at'], name='export_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('token', 'idempotency_key'), name='export_idempotency_key_once'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False), ('token__isnull', True)), fields=('requested_by', 'idempotency_key'), name='export_idempotency_key_once_a_person'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(('finished_at__isnull', False), ('manifest__isnull', False)), _connector='OR'), name='export_done_has_manifest'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='export',
            trigger=pgtrigger.compiler.Trigger(name='finished_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" = \'done\' AND (OLD."request" IS DISTINCT FROM (NEW."request") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."exported_at" IS DISTINCT FROM (NEW."exported_at") OR OLD."finished_at" IS DISTINCT FROM (NEW."finished_at") OR OLD."manifest" IS DISTINCT FROM (NEW."manifest") OR OLD."content_sha256" IS DISTINCT FROM (NEW."content_sha256") OR OLD."left_out" IS DISTINCT FROM (NEW."left_out") OR OLD."signal_validity" IS DISTINCT FROM (NEW."signal_validity") OR OLD."warnings" IS DISTINCT FROM (NEW."warnings")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='322029b7942cb3573a3873e2cdf1628244e353a0', operation='UPDATE', pgid='pgtrigger_finished_is_final_1a7b6', table='annotation_export', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='export',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='b4549486cdf65c337e93e61d5aa19a9d200671c0', operation='DELETE', pgid='pgtrigger_kept_af7bc', table='annotation_export', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='export',
            trigger=pgtrigger.compiler.Trigger(name='closure_done', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IS DISTINCT FROM (NEW."status"))', func="\n    INSERT INTO annotation_closuremark (about, ids) VALUES ('export', ARRAY[NEW.id]);\n    RETURN NULL;\n", hash='ddb14f65b394b7bb6a6bc8e5d3235f0f47a5c99f', operation='UPDATE', pgid='pgtrigger_closure_done_d5bc6', table='annotation_export', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='termsheet',
            index=models.Index(fields=['feature', 'id'], name='term_sheet_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='termsheet',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='22985b4f1199293510e7119b252c7844ebaa3e1f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d9c5b', table='annotation_termsheet', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='tombstone',
            constraint=models.UniqueConstraint(fields=('feature', 'external_id_hash'), name='tombstone_once'),
        ),
        migrations.AddIndex(
            model_name='trainingrun',
            index=models.Index(fields=['feature', 'model_version'], name='training_run_version'),
        ),
        migrations.AddConstraint(
            model_name='trainingrun',
            constraint=models.UniqueConstraint(fields=('feature', 'name'), name='training_run_once'),
        ),
        migrations.AddConstraint(
            model_name='trainingrun',
            constraint=models.CheckConstraint(condition=models.Q(('retracted_at__isnull', True), ('status', 'failed'), _connector='OR'), name='training_run_retracted_is_failed'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.UniqueConstraint(fields=('feature', 'name'), name='trigger_name_once'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(('seen_until__gte', models.F('since'))), name='trigger_seen_since'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(('fired', 0), ('fired_at__isnull', False), _connector='OR'), name='trigger_fired_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trigger',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e32bddd969f0a34cc0349db976ca9de01e27eb2a', operation='DELETE', pgid='pgtrigger_kept_df9fc', table='annotation_trigger', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trigger',
            trigger=pgtrigger.compiler.Trigger(name='condition_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."feature_id" IS DISTINCT FROM (NEW."feature_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."recipe_id" IS DISTINCT FROM (NEW."recipe_id") OR OLD."condition" IS DISTINCT FROM (NEW."condition"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='82b5c8fdd83b89241e6b210594df3bec72bcb3ae', operation='UPDATE', pgid='pgtrigger_condition_stays_919b6', table='annotation_trigger', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='triggerfiring',
            constraint=models.UniqueConstraint(fields=('trigger', 'number'), name='trigger_firing_once'),
        ),
        migrations.AddConstraint(
            model_name='triggerfiring',
            constraint=models.CheckConstraint(condition=models.Q(('firing__isnull', True), ('recipe__isnull', False), _connector='OR'), name='trigger_firing_of_its_recipe'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='triggerfiring',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='41f60a70714839d27ad8ecdbd697f8fb41b755c7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c51eb', table='annotation_triggerfiring', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='waitingsignal',
            index=models.Index(fields=['received_at'], name='waiting_signal_age'),
        ),
        migrations.AddConstraint(
            model_name='waitingsignal',
            constraint=models.UniqueConstraint(fields=('feature', 'interaction_external_id', 'external_id'), name='waiting_signal_once'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('alarm__isnull', True), ('recipe__isnull', False), ('trigger__isnull', True)), models.Q(('alarm__isnull', True), ('recipe__isnull', True), ('trigger__isnull', False)), models.Q(('alarm__isnull', False), ('recipe__isnull', True), ('trigger__isnull', True)), _connector='OR'), name='webhook_of_one_owner'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['next_at'], name='delivery_due'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('webhook', 'export'), name='delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('webhook', 'trigger_firing'), name='delivery_once_a_firing'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('alert__isnull', False)), fields=('alert', 'webhook', 'person'), name='delivery_once_an_alert', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('alert__isnull', True), ('export__isnull', False), ('trigger_firing__isnull', True)), models.Q(('alert__isnull', True), ('export__isnull', True), ('trigger_firing__isnull', False)), models.Q(('alert__isnull', False), ('export__isnull', True), ('trigger_firing__isnull', True)), _connector='OR'), name='delivery_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', True), ('webhook__isnull', False)), models.Q(('person__isnull', False), ('webhook__isnull', True)), _connector='OR'), name='delivery_to_one'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('person', None), ('alert__isnull', False), _connector='OR'), name='delivery_mails_alerts'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('status', 'pending')), models.Q(('status', 'pending'), _negated=True), _connector='OR'), name='delivery_pending_due'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='aad42a1d7ae8bea9de12dd434de67ba1cf01cddf', operation='DELETE', pgid='pgtrigger_kept_01d54', table='annotation_delivery', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='term',
            index=models.Index(fields=['feature', 'model_version', 'signal_kind', 'item'], name='term_version'),
        ),
        migrations.AddConstraint(
            model_name='term',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome__isnull', True), ('probability__isnull', True)), models.Q(('outcome__isnull', False), ('probability__gt', 0), ('probability__lte', 1)), _connector='OR'), name='term_of_the_sample_has_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='term',
            constraint=models.CheckConstraint(condition=models.Q(('reason__isnull', True), ('outcome__isnull', False), _connector='OR'), name='term_reason_has_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='term',
            constraint=models.CheckConstraint(condition=models.Q(('lam_bad__gte', 0), ('lam_bad__lte', 1), ('lam_good__gte', 0), ('lam_good__lte', 1)), name='term_lambda_in_0_1'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='term',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b8e7c8962b180b9d4f42051897e4e5e518a69bdd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9b5a6', table='annotation_term', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='correction',
            index=models.Index(fields=['feature', 'noted_at'], name='correction_recent'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='correction',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5dda382ccc120e8c556ca57e04b8e47f14b1b240', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_56365', table='annotation_correction', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='relabel',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='372b702a4737ea4952f6fb869bbaea1f139d9048', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_18b8c', table='annotation_relabel', when='BEFORE')),
        ),
    ])]
