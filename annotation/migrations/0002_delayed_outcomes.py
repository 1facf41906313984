import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0001_initial'),
    ]

    operations = [
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
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(condition=models.Q(('kind', 'later_result')), fields=['id'], name='signal_later_result'),
        ),
        migrations.AddField(
            model_name='delayedoutcome',
            name='feature',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotation.feature'),
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
    ]
