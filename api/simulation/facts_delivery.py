"""Where some of the demo's sellers deliver and for how much, and where they hand goods out."""

from typing import Any

# By seller: up to how many kilometres, for how many đồng; estimates, as no farm publishes its own.
RINGS: dict[str, tuple[tuple[int, int], ...]] = {
    "ka-hoa": ((30, 20_000), (120, 35_000), (1_000, 60_000)),
    "k-brep": ((30, 15_000), (1_000, 45_000)),
}
POINTS: dict[str, dict[str, Any]] = {
    "ka-hoa": {
        "name": "Sạp 12, chợ Bảo Lộc",
        "unit_code": "24820",
        "address": "45 Hồng Bàng",
        "hours": {day: ["07:00", "11:00"] for day in "123456"},
    },
}
