"""How a spreadsheet's numbers are shown: dates, times, percentages and the rest.

Formats: ECMA-376 part 1, 18.8.30 (built-in numbers) and 18.8.31 (their codes).
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta

from artifacts.thumbnails.office_text import MAX_TEXT, attribute, ends, local_name
from artifacts.thumbnails.result import UndrawableError

_STYLES, _WORKBOOK = "xl/styles.xml", "xl/workbook.xml"
_BUILT_IN = (
    {9: "0%", 10: "0.00%", 22: "yyyy-mm-dd hh:mm", 46: "[h]:mm:ss"}
    | dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36), "yyyy-mm-dd")
    | dict.fromkeys(range(50, 59), "yyyy-mm-dd")
    | dict.fromkeys((18, 20, 32, 34), "hh:mm")
    | dict.fromkeys((19, 21, 33, 35, 45, 47), "hh:mm:ss")
)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""Of a format's code: what is shown as it stands, and colours and conditions."""
_DECIMALS = re.compile(r"\.([0#?]+)")
_LAST_DAY = 2_958_465
"""9999-12-31, the last that spreadsheets know."""
_DAYS_TO_1904 = 1462
_WHOLE = 1e15
"""Below it every whole number is a double of its own."""


class Formats:
    """The number formats of a workbook's cells, by the index that a cell names."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._codes = _codes(archive)
        self._first_day = _DAYS_TO_1904 if _is_of_1904(archive) else 0

    def shown(self, text: str, style: str) -> str:
        """Write a cell's number in the format of its style; other text as it is."""
        try:
            value = float(text)
        except ValueError:
            return text[:MAX_TEXT]
        index = int(style) if style.isdecimal() and len(style) < 8 else 0
        code = self._codes[index] if index < len(self._codes) else ""
        bare = _LITERAL.sub("", code.partition(";")[0]).lower()
        if _ELAPSED.search(code) and 0 <= value <= _LAST_DAY:
            return _clock(round(value * 86_400), bare)
        serial = value + self._first_day
        if re.search("[ymdhs]", bare) and 0 <= serial < _LAST_DAY + 1:
            return _moment(serial, bare)
        if "%" in bare:
            decimals = _DECIMALS.search(bare)
            return f"{value:.{len(decimals[1][:9]) if decimals else 0}%}"
        return _plain(value)


def _codes(archive: zipfile.ZipFile) -> list[str]:
    """Return the format codes that cells refer to; none where they are unreadable."""
    if _STYLES not in archive.namelist():
        return []
    codes: dict[str, str] = {str(key): code for key, code in _BUILT_IN.items()}
    try:
        for element in ends(archive, _STYLES):
            name = local_name(element)
            if name == "numFmt":
                codes[attribute(element, "numFmtId")] = attribute(element, "formatCode")
            elif name == "cellXfs":
                return [codes.get(attribute(xf, "numFmtId"), "") for xf in element]
    except UndrawableError:
        return []
    return []


def _is_of_1904(archive: zipfile.ZipFile) -> bool:
    """Tell whether days are counted from 1904 on, as once on Macintosh computers."""
    if _WORKBOOK not in archive.namelist():
        return False
    try:
        for element in ends(archive, _WORKBOOK):
            if local_name(element) == "workbookPr":
                return attribute(element, "date1904") in {"1", "true"}
    except UndrawableError:
        return False
    return False


def _moment(serial: float, code: str) -> str:
    """Write a date, a time or both, as the format has them."""
    if not re.search("[hs]", code):
        return _day(int(serial))
    days, seconds = divmod(round(serial * 86_400), 86_400)
    time = _clock(seconds, code)
    # Without a year or a day, the m's of a format that has h or s are minutes.
    return f"{_day(days)} {time}" if re.search("[yd]", code) else time


def _day(serial: int) -> str:
    # 1900 counts as a leap year: there is a day 60 that never was.
    start = date(1899, 12, 31 if serial < 60 else 30)
    return (start + timedelta(days=min(serial, _LAST_DAY))).isoformat()


def _clock(seconds: int, code: str) -> str:
    """Write hours, however many, minutes and, where the format has them, seconds."""
    minutes, rest = divmod(seconds, 60)
    time = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{time}:{rest:02}" if "s" in code else time


def _plain(value: float) -> str:
    """Shorten what binary floating point made of a decimal, such as 0.30000000000000004."""
    if value.is_integer() and abs(value) < _WHOLE:
        return f"{value:.0f}"
    return f"{value:.12g}"
