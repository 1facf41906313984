from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0027_consensus_revision"),
    ]

    operations = [
        migrations.RemoveField(model_name='exportshard', name='content_sha256'),
    ]
