from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0026_onward'),
    ]

    operations = [
        migrations.RemoveField(model_name='exportshard', name='content_sha256'),
    ]
