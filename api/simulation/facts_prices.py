"""What products fetch in the story; no market's real figures of that day, and marked so."""

SOURCE = "Dữ liệu minh hoạ"

# Đồng for the product's usual unit: today's, and the day before.
PRICES: dict[str, tuple[int, int]] = {
    "coffee.green.robusta": (95_500, 95_900),
    "coffee.green.arabica": (150_000, 148_000),
    "pepper.black": (149_000, 148_000),
    "produce.fruit.durian": (57_000, 56_000),
    "produce.fruit.strawberry": (185_000, 190_000),
    "produce.fruit.dragonfruit": (13_000, 12_000),
    "produce.vegetable.potato": (24_000, 24_000),
    "produce.vegetable.carrot": (15_500, 16_000),
    "flowers.rose": (2_400, 2_200),
    "seafood.fresh.squid": (265_000, 270_000),
}
