"""Delimited and fixed-width files: bytes to rows and back. Pure; knows no map and no other format."""

from translators.flatfile.delimited import DelimitedFormat, read_delimited, write_delimited
from translators.flatfile.fixed import FixedColumn, FixedKind, read_fixed, write_fixed
from translators.flatfile.rows import Row, Rows

__all__ = [
    "DelimitedFormat",
    "FixedColumn",
    "FixedKind",
    "Row",
    "Rows",
    "read_delimited",
    "read_fixed",
    "write_delimited",
    "write_fixed",
]
