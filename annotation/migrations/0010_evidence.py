from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0009_drafts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('user_hash__isnull', False)), fields=['feature', 'user_hash', 'occurred_at'], name='interaction_user_time'),
        ),
        migrations.RemoveIndex(
            model_name='interaction',
            name='interaction_user',
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('exposure_set__isnull', False)), fields=['feature', 'exposure_set'], name='interaction_set'),
        ),
    ]
