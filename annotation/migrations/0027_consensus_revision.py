import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0026_onward"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consensusrevision",
            name="item",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="annotation.item",
            ),
        ),
        migrations.AlterField(
            model_name="consensusrevision",
            name="reason",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="annotation.reason",
            ),
        ),
    ]
