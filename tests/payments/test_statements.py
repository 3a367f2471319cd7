"""Statements as banks export them: every credit is read, or the file is refused at its row."""

from datetime import UTC, datetime

import pytest

from payments import statements
from payments.bank_transfer import StatementLine
from payments.statements import ROWS_MAX, StatementUnreadable

HEADING = "date,reference,amount,text\n"


def read(text):
    return statements.parse_csv(text.encode(), account="0123")


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

    def test_passes_over_debits_and_empty_rows(self):
        text = (
            "date,reference,debit,credit,text\n26/11/2026,R,500,,fee\n,,,,\n26/11/2026,R,,900,in\n"
        )

        assert [line.amount_minor for line in read(text)] == [900]
        assert read(HEADING + "26/11/2026,R,-500,fee\n") == []

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

    def test_in_another_encoding_is_refused(self):
        with pytest.raises(StatementUnreadable):
            statements.parse_csv("Ngày".encode("utf-16"), account="0123")


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
