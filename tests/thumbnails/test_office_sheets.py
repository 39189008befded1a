from __future__ import annotations

import io
import zipfile

import pytest

from artifacts.thumbnails import office_sheets
from artifacts.thumbnails.grid import MAX_COLUMNS, MAX_ROWS
from tests.document_media import archive


def rows(table: str) -> list[list[str]]:
    document = f'<d xmlns:t="t"><t:table>{table}</t:table><t:table-row/></d>'
    with zipfile.ZipFile(io.BytesIO(archive({"content.xml": document}))) as opened:
        return office_sheets.READERS["ods"](opened)


def cell(text: str, times: str = "") -> str:
    repeated = f' t:number-columns-repeated="{times}"' if times else ""
    return f"<t:table-cell{repeated}><t:p>{text}</t:p></t:table-cell>"


def test_rows__of_the_first_table() -> None:
    first = f"<t:table-row>{cell('month')}{cell('ice  extent')}</t:table-row>"
    second = f"<t:table-row>{cell('May')}{cell('12.5')}</t:table-row>"
    assert rows(first + second) == [["month", "ice extent"], ["May", "12.5"]]


@pytest.mark.parametrize(
    ("times", "count"), [("3", 3), ("16384", MAX_COLUMNS), ("9" * 30, 1), ("-2", 1)]
)
def test_rows__repeated_cells(times: str, count: int) -> None:
    found = rows(f"<t:table-row>{cell('', times)}</t:table-row>")
    assert found == [[""] * count]


def test_rows__no_more_than_are_drawn() -> None:
    assert len(rows(f"<t:table-row>{cell('x')}</t:table-row>" * 50)) == MAX_ROWS


def test_rows__cut_short() -> None:
    document = f'<d xmlns:t="t"><t:table-row>{cell("x")}</t:table-row><t:table-row>'
    with zipfile.ZipFile(io.BytesIO(archive({"content.xml": document}))) as opened:
        assert office_sheets.READERS["ods"](opened) == [["x"]]
