"""Banks that a transfer by QR can reach, asked by NAPAS BIN.

As of 24 November 2026: vietnam-qr-pay 1.5.1 (npm, MIT), those that can receive transfers.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank under the name its customers use, and under its full one."""

    bank_bin: str
    short_name: str
    name: str


BANKS = (
    Bank("970405", "Agribank", "Ngân hàng Nông nghiệp và Phát triển Nông thôn Việt Nam"),
    Bank("970436", "Vietcombank", "Ngân hàng TMCP Ngoại thương Việt Nam"),
    Bank("970415", "VietinBank", "Ngân hàng TMCP Công thương Việt Nam"),
    Bank("970418", "BIDV", "Ngân hàng TMCP Đầu tư và Phát triển Việt Nam"),
    Bank("970422", "MB Bank", "Ngân hàng TMCP Quân đội"),
    Bank("970407", "Techcombank", "Ngân hàng TMCP Kỹ thương Việt Nam"),
    Bank("970432", "VPBank", "Ngân hàng TMCP Việt Nam Thịnh Vượng"),
    Bank("970416", "ACB", "Ngân hàng TMCP Á Châu"),
    Bank("970403", "Sacombank", "Ngân hàng TMCP Sài Gòn Thương Tín"),
    Bank("970423", "TPBank", "Ngân hàng TMCP Tiên Phong"),
    Bank("970437", "HDBank", "Ngân hàng TMCP Phát triển TP. Hồ Chí Minh"),
    Bank("970441", "VIB", "Ngân hàng TMCP Quốc tế Việt Nam"),
    Bank("970443", "SHB", "Ngân hàng TMCP Sài Gòn - Hà Nội"),
    Bank("970448", "OCB", "Ngân hàng TMCP Phương Đông"),
    Bank("970449", "LPBank", "Ngân hàng TMCP Lộc Phát Việt Nam"),
    Bank("970452", "KienlongBank", "Ngân hàng TMCP Kiên Long"),
    Bank("970431", "Eximbank", "Ngân hàng TMCP Xuất Nhập khẩu Việt Nam"),
)

_BY_BIN = {bank.bank_bin: bank for bank in BANKS}


def by_bin(bank_bin: str) -> Bank | None:
    """The bank with this BIN; None where the list does not know it (it may exist all the same)."""
    return _BY_BIN.get(bank_bin)
