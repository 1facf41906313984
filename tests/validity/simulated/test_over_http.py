"""A product with known truth sends over HTTP, people label at their desks, and Flywheel finds out what is true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import pytest

from annotation.models import Cell, Cohort, Feature, Interaction, Item, User
from tests import cast, stock
from tests.validity.simulated import truth, world
from tests.validity.simulated.truth import SIGNALS, Plan
from tests.validity.simulated.world import World
from tests.web_server import Visitor, WebServer, label_form

pytestmark = pytest.mark.django_db(transaction=True)

SEED: Final = 6
BATCH: Final = 500
PATIENCE: Final = 120
SHOWN: Final = re.compile(r"Simulated answer-(\d+)\.")


@dataclass
class Product:
    """The machine that sends, and the people at their desks. `said`: by feature, what was said of which answer."""

    made: World
    server: WebServer
    clock: Path
    users: Sequence[User]
    said: dict[str, dict[int, bool]] = field(default_factory=dict)
    token: str = field(default_factory=lambda: cast.token()[1])

    def it_is(self, now: datetime) -> None:
        # In one piece: the server may read it at any moment.
        new = self.clock.with_suffix(".new")
        new.write_text(now.isoformat())
        new.replace(self.clock)

    def send(self, on: int) -> None:
        """A day's answers; the signals of every second one come later, as they do."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.server.url, headers=headers, timeout=PATIENCE) as client:
            for slug in self.made.features:
                records = self.made.records(slug, on)
                late = [_later(one) for one in records[::2] if "signals" in one]
                _post(client, "interactions", records)
                _post(client, "signals", late)

    def label(self, on: int, most: int) -> None:
        """Everybody answers what the queue hands out, a third of the day's labels each, feature by feature."""
        shares = [(number, slug, -(-most // len(self.users))) for number in range(3) for slug in self.made.features]
        for slug, said in stock.together(len(self.users), lambda one: self._at_desk(*one), shares):
            self.said.setdefault(slug, {}).update(said)

    def _at_desk(self, number: int, slug: str, most: int) -> tuple[str, dict[int, bool]]:
        visitor, queue = Visitor(self.server, self.users[number]), f"/annotate/{slug}.default/"
        said: dict[int, bool] = {}
        page = visitor.get(queue)
        while form := label_form(page.text):
            answer = int(SHOWN.findall(page.text)[0])
            good = self._says(slug, number, answer)
            kind = world.KIND if self.made.answers[slug].has_signal[answer] else "no_signal"
            said[answer] = good
            # The last one asks for no other: what is shown and not answered would count as taken.
            asks = {} if len(said) < most else {"then": "nothing"}
            page = visitor.post(f"{queue}label/", form | asks | {"reason": world.SAID[kind][good]})
            assert page.status in (200, 204), page.text
            if asks:
                break
        return slug, said

    def _says(self, slug: str, number: int, answer: int) -> bool:
        """What this person would say: what is true, but for their own slips."""
        chance = np.random.default_rng([SEED, number, answer])
        return bool(self.true[slug][answer] != (chance.random() < truth.SLIPS[number]))

    @property
    def true(self) -> dict[str, truth.Truths]:
        return {slug: good for slug, (_, good) in self.made.said.items()}


def _later(record: dict[str, Any]) -> dict[str, Any]:
    (signal,) = record.pop("signals")
    return {"feature": record["feature"], "interaction_id": record["id"], **signal}


def _post(client: httpx.Client, door: str, records: list[dict[str, Any]]) -> None:
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        answer = client.post(f"/api/v1/{door}", json=batch)
        assert answer.status_code == 200, answer.text
        assert answer.json()["accepted"] == len(batch), answer.text


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    path.write_text(world.START.isoformat())
    return path


@pytest.fixture
def server(tmp_path: Path, clock: Path, transactional_db: None) -> Iterator[WebServer]:
    settings = {"SIMULATED_CLOCK": str(clock), "RATE_LIMIT": "0"}
    with WebServer(tmp_path, settings=settings, application="tests.validity.simulated.wsgi:application") as started:
        yield started


def lived(plan: Plan, server: WebServer, clock: Path) -> Product:
    """All days, with what the beat does in between."""
    users = [User.objects.create(email=f"annotator{number}@example.com") for number in range(3)]
    product = Product(world.make(plan, seed=SEED, users=users), server, clock, users)
    chance = np.random.default_rng(SEED)
    for on in range(plan.days + world.AFTER):
        product.it_is(world.day(on))
        if on < plan.days:
            product.send(on)
            world.settled(on)
        if on <= plan.days:
            product.it_is(world.day(on) + world.LABELING)
            product.label(on, world.capacity(product.made, chance))
        world.closed(on)
    return product


def reckoned(product: Product, slug: str) -> dict[str, tuple[float, float, float]]:
    """How many items each arm has, the sum of what they contribute, and of the squares: from what the test itself knows
    of keys, of what was said, and of who has the signal; without predictions."""
    found = product.made.answers[slug]
    feature = Feature.objects.get(slug=slug)
    sums = {"with": np.zeros(3), "without": np.zeros(3)}
    for cohort in Cohort.objects.filter(queue__feature=feature):
        items = Item.objects.filter(cohort=cohort).values_list("interaction__external_id", "interaction__random_number")
        keys = {world.number_of(name): key for name, key in items}
        left = min((key for number, key in keys.items() if number not in product.said[slug]), default=np.inf)
        threshold = max(key for number, key in keys.items() if key < left) if left < np.inf else np.inf
        for number, key in keys.items():
            is_good = key < threshold and product.said[slug][number]
            value = is_good / min(1.0, threshold)
            sums["with" if found.has_signal[number] else "without"] += (1, value, value**2)
    return {arm: (float(n), float(total), float(squares)) for arm, (n, total, squares) in sums.items()}


def _agrees(product: Product) -> None:
    """What Flywheel keeps is what the test reckons by itself."""
    for slug in product.made.features:
        (cell,) = Cell.objects.filter(feature__slug=slug, signal_kind=world.KIND)
        for arm, values in reckoned(product, slug).items():
            assert cell.figures[arm]["bare"] == pytest.approx(values, rel=1e-9), (slug, arm)


def test_what_a_product_sends_and_people_say_is_found_out_over_http(server: WebServer, clock: Path) -> None:
    plan = Plan(SIGNALS[:1], days=6, a_day=250, labels_a_day=75)
    product = lived(plan, server, clock)
    assert Interaction.objects.count() == plan.size == 1_500
    _agrees(product)
    found = world.seen(product.made, SIGNALS[0], 0)
    print(found)
    assert found.looks, "nothing was looked at"
    assert found.verdict in ("valid", "not_enough")


@pytest.mark.long
def test_50_000_interactions_over_http(server: WebServer, clock: Path) -> None:
    plan = Plan(SIGNALS, days=25, a_day=400, labels_a_day=110)
    product = lived(plan, server, clock)
    assert Interaction.objects.count() == plan.size == 50_000
    for signal, version in world.pairs(plan):
        found = world.seen(product.made, signal, version)
        print(signal.feature, version + 1, found)
        assert found.verdict in (signal.verdicts[version], "not_enough")
        if signal.is_clear:
            assert found.verdict == signal.verdicts[version]
    clear = [one.feature for one in SIGNALS if len(one.versions) == 1]
    product.made.features = {slug: product.made.features[slug] for slug in clear}
    _agrees(product)
