"""Statements as banks export them: every credit is read, or the file is refused at its row."""

from datetime import UTC, datetime

import pytest

from payments import feeds
from payments.bank_lines import StatementLine
from payments.feeds import ROWS_MAX, StatementUnreadable

FULL_WIDTH = {ord("5"): "５"}  # of what an amount is written with
HEADING = "date,reference,amount,text\n"

EXPORTS = {
    "Vietcombank": """\
Ngày GD/ TNX Date;Số CT/ Doc No;Số tiền ghi nợ/ Debit;Số tiền ghi có/ Credit;Số dư/ Balance;\
Nội dung chi tiết/ Transactions in detail
26/11/2026;5243.65937;;116,500;1,000,000;LD123
""",
    "Techcombank": """\
Ngày giao dịch/Transaction date,Số bút toán/Reference,Diễn giải/Description,\
Remitter's account name,Nợ/Debit,Có/Credit,Số dư/Balance
26/11/2026,5243.65937,LD123,LAN,,"116,500","1,000,000"
""",
    "BIDV": """\
STT,Ngày GD,Số tham chiếu,Mô tả,Phát sinh Nợ,Phát sinh Có,Số dư
1,26/11/2026,5243.65937,LD123,,116.500,1.000.000
""",
    "MB Bank": """\
STT No\tNgày giao dịch Transaction Date\tSố bút toán Transaction No\t\
Phát sinh nợ Debit\tPhát sinh có Credit\tNội dung Details
1\t26/11/2026\t5243.65937\t\t116500\tLD123
""",
}


def read(text):
    return feeds.parse_csv(text.encode(), account="0123")


class TestAStatement:
    @pytest.mark.parametrize(
        "text",
        [
            HEADING + "2026-11-26T03:00:00+00:00,FT1,116500,LD123\n",
            HEADING + '26/11/2026 10:00,FT1,"116,500",LD123\n',
            (
                "\ufeffNgày;Số tham chiếu;Ghi nợ;Ghi có;Nội dung\n"
                "26/11/2026 10:00:00;FT1;;116.500 VND;LD123\n"
            ),
            (
                "Nội dung,Số tiền,Mã giao dịch,Ngày giao dịch,Số dư\n"
                "LD123,+116500,FT1,2026-11-26T10:00,900000\n"
            ),
        ],
    )
    def test_is_read_in_the_dialect_of_its_headings(self, text):
        (line,) = read(text)

        assert line == StatementLine(
            account="0123",
            reference="FT1",
            booked_at=datetime(2026, 11, 26, 3, tzinfo=UTC),
            amount_minor=116_500,
            text="LD123",
        )

    def test_tells_debits_below_zero_and_passes_over_empty_rows(self):
        text = (
            "date,reference,debit,credit,text\n26/11/2026,R,500,,fee\n,,,,\n26/11/2026,R,0,900,in\n"
        )

        assert [line.amount_minor for line in read(text)] == [-500, 900]
        assert [line.amount_minor for line in read(HEADING + "26/11/2026,R,-500,fee\n")] == [-500]

    @pytest.mark.parametrize("bank", EXPORTS)
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_of_a_bank_is_read_as_it_exports_it(self, bank, encoding):
        text = f"NGÂN HÀNG; SAO KÊ, TÀI KHOẢN\nSố tài khoản: 0123\n\n{EXPORTS[bank]}"

        (line,) = feeds.parse_csv(text.encode(encoding), account="0123")

        assert (line.reference, line.amount_minor, line.text) == ("5243.65937", 116_500, "LD123")

    def test_says_who_paid(self):
        (line,) = read(
            "date,reference,amount,text,Tên tài khoản đối ứng,Số tài khoản đối ứng\n"
            "26/11/2026,R,5,x,NGUYEN THI LAN,0351\n"
        )

        assert (line.payer_name, line.payer_account) == ("NGUYEN THI LAN", "0351")

    @pytest.mark.parametrize(
        ("rows", "wrong"),
        [
            (["100,,1000", ",30,970", "5,,975"], None),
            (["5,,975", ",30,970", "100,,1000"], None),  # the newest first
            (["100,,1000", "5,,975"], 3),  # one is missing
            (["100,,1000", ",30,970", ",30,970", "5,,975"], 4),  # one stands twice
            (["5,,975", "100,,1000"], 3),
            (["100,,x"], 2),
            (["100,,"], 2),
        ],
    )
    def test_whose_balances_leave_a_gap_is_refused_at_that_row(self, rows, wrong):
        text = "date,reference,text,credit,debit,balance\n" + "".join(
            f"26/11/2026,R,x,{row}\n" for row in rows
        )
        if wrong is None:
            assert len(read(text)) == len(rows)
            return

        with pytest.raises(StatementUnreadable) as refusal:
            read(text)
        assert refusal.value.facts == {"row": wrong, "column": "balance"}

    @pytest.mark.parametrize(
        ("text", "row", "column"),
        [
            ("", 1, "booked_at"),
            ("date,reference,text\n", 1, "amount"),
            ("date,reference,amount,text,amount\n", 1, "amount"),
            ("date,reference,amount,credit,text\n", 1, "amount"),
            (HEADING + "26/11/2026,R\n", 2, "amount"),
            (HEADING + "26/11/2026,R,,x\n", 2, "amount"),
            (HEADING + "26/11/2026,R,1.5,x\n", 2, "amount"),
            (HEADING + "26/11/2026,R,9999999999999,x\n", 2, "amount"),
            (HEADING + '26/11/2026,R,"1.500,000",x\n', 2, "amount"),
            (HEADING + "26/11/2026,R,1500,x\n".translate(FULL_WIDTH), 2, "amount"),
            (HEADING + "26/11/2026,R,1e6,x\n", 2, "amount"),
            ("date,reference,credit,debit,text\n26/11/2026,R,5,5,x\n", 2, "debit"),
            ("date,reference,credit,debit,text\n26/11/2026,R,,half,x\n", 2, "debit"),
            (HEADING + "26/11/2026,R,-5,x\n32/11/2026,R,-5,x\n", 3, "booked_at"),
            (HEADING + "26/11/2026,R,1,500,000,x\n", 2, "cells"),
            (HEADING + '26/11/2026,R,5,x\n"26/11/2026,R,100,x\n', 3, "csv"),
            (HEADING + "31/11/2026,R,5,x\n", 2, "booked_at"),
            (HEADING + "01/01/0001,R,5,x\n", 2, "booked_at"),
            (HEADING + "0001-01-01,R,5,x\n", 2, "booked_at"),
            (HEADING + "9999-12-31T23:00,R,5,x\n", 2, "booked_at"),
            (HEADING + "yesterday,R,5,x\n", 2, "booked_at"),
            (HEADING + "26/11/2026,R,5,\x00\n", 0, "encoding"),
            (HEADING + "26/11/2026,R,5,x\n" * (ROWS_MAX + 1), ROWS_MAX + 2, "rows"),
        ],
    )
    def test_is_refused_where_it_cannot_be_read(self, text, row, column):
        with pytest.raises(StatementUnreadable) as refusal:
            read(text)

        assert refusal.value.facts == {"row": row, "column": column}

    @pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "utf-16-le", "utf-32"])
    def test_in_an_encoding_that_cannot_be_told_for_certain_is_refused(self, encoding):
        text = (HEADING + "26/11/2026,R,5,Chợ\n").encode(encoding, errors="replace")
        if encoding.startswith("cp"):
            text = text.replace(b"?", b"\xf2")

        with pytest.raises(StatementUnreadable):
            feeds.parse_csv(text, account="0123")


class TestALine:
    def of(self, **changes):
        facts = {
            "account": "0123",
            "reference": "FT1",
            "booked_at": datetime(2026, 11, 26, 3, tzinfo=UTC),
            "amount_minor": 500,
            "text": "tien dau",
        }
        return StatementLine(**facts | changes).identity

    def test_is_the_same_in_every_time_zone_and_spelling(self):
        there = datetime.fromisoformat("2026-11-26T10:00:00+07:00")

        assert self.of() == self.of(booked_at=there) == self.of(text="TIEN  DAU")

    @pytest.mark.parametrize(
        "change",
        [
            {"account": "0124"},
            {"reference": "FT2"},
            {"booked_at": datetime(2026, 11, 27, 3, tzinfo=UTC)},
            {"amount_minor": 501},
            {"text": "tien rau"},
        ],
    )
    def test_is_another_when_anything_differs(self, change):
        assert self.of() != self.of(**change)
