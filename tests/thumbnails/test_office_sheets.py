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


def sheet(cells: str, **parts: str) -> list[str]:
    """Read the only row of a workbook."""
    members: dict[str, str | bytes] = {f"xl/{name}.xml": parts[name] for name in parts}
    members["xl/worksheets/sheet1.xml"] = f"<ws><row>{cells}</row></ws>"
    with zipfile.ZipFile(io.BytesIO(archive(members))) as opened:
        return office_sheets.READERS["xlsx"](opened)[0]


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


STYLES = (
    '<s><numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="{id}"/></cellXfs></s>'
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("33612345678", "33612345678"),
        ("4006381333931", "4006381333931"),
        ("4006381333931.0", "4006381333931"),
        ("-7", "-7"),
        ("0.30000000000000004", "0.3"),
        ("1234567.891", "1234567.891"),
        ("1E+22", "1e+22"),
        ("INF", "inf"),
        ("n/a", "n/a"),
    ],
)
def test_numbers__integers_are_whole(value: str, shown: str) -> None:
    assert sheet(f"<c><v>{value}</v></c>")[0] == shown


@pytest.mark.parametrize(
    ("value", "number", "shown"),
    [
        ("45292", "14", "2024-01-01"),
        ("45292.75", "22", "2024-01-01 18:00"),
        ("59", "14", "1900-02-28"),
        ("61", "14", "1900-03-01"),
        ("2958465.999999999", "22", "9999-12-31 00:00"),
        ("2958466", "14", "2958466"),
        ("-1", "14", "-1"),
        ("0.5625", "20", "13:30"),
        ("0.5625", "21", "13:30:00"),
        ("1.5", "46", "36:00:00"),
        ("0.0525", "10", "5.25%"),
        ("0.5", "9", "50%"),
        ("0.5", "4", "0.5"),
        ("0.5", "x", "0.5"),
    ],
)
def test_numbers__built_in_formats(value: str, number: str, shown: str) -> None:
    styles = STYLES.format(code="0", id=number)
    assert sheet(f'<c s="1"><v>{value}</v></c>', styles=styles)[0] == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("45292", "[$-407]dd\\.mm\\.yyyy;@", "2024-01-01"),
        ("45292", "mmm", "2024-01-01"),
        ("45292.5", "d/m/yy\\ h:mm", "2024-01-01 12:00"),
        ("1.25", "[h]:mm", "30:00"),
        ("0.5", "0.0%", "50.0%"),
        ("12", "[Red]0&quot; days&quot;", "12"),
        ("12", "General", "12"),
    ],
)
def test_numbers__formats_of_the_workbook(value: str, code: str, shown: str) -> None:
    styles = STYLES.format(code=code, id="164")
    assert sheet(f'<c s="1"><v>{value}</v></c>', styles=styles)[0] == shown


def test_numbers__days_since_1904() -> None:
    styles = STYLES.format(code="0", id="14")
    book = '<w><workbookPr date1904="1"/></w>'
    cells = '<c s="1"><v>43830</v></c><c s="9"><v>43830</v></c>'

    row = sheet(cells, styles=styles, workbook=book)

    assert row[:2] == ["2024-01-01", "43830"]


@pytest.mark.parametrize("part", ["", "<s>", "<s/>", "no XML"])
def test_numbers__styles_are_damaged(part: str) -> None:
    row = sheet('<c s="1"><v>45292</v></c>', styles=part, workbook=part)

    assert row[0] == "45292"


def test_strings__late_ones_are_found() -> None:
    strings = "".join(f"<si><t>{number}</t></si>" for number in range(9000))
    cells = '<c t="s"><v>8999</v></c><c t="s"><v>-1</v></c><c t="str"><v>007</v></c>'

    row = sheet(cells, sharedStrings=f"<sst>{strings}</sst>")

    assert row[:3] == ["8999", "", "007"]
