"""Statements: built with SQLAlchemy Core, compiled once, run on the driver's own cursor.

A leg runs some ten statements, each a few microseconds of database work; going through `Connection.execute` costs ten times that for
each. So the hot statements of the journey are module-level `Statement`s: the first run with a set of parameter names compiles SQL and
type conversions, every later one only binds and executes. Everything else in this package uses Core as it is.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Convert = Callable[[Any], Any]


class Statement:
    """One Core statement, ready to run again and again on any dialect.

    Args:
        clause: select, insert, update or delete. Lists that expand ("in_" over a parameter) are not supported.
    """

    __slots__ = ("_clause", "_prepared")

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._prepared: dict[tuple[str, ...], _Prepared] = {}

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Execute it and return how many rows it touched. Raises what SQLAlchemy raises."""
        return int(self._execute(connection, parameters)[1].rowcount)

    def run_each(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute it once for each of `rows`, which all have the same keys."""
        for row in rows:
            self._execute(connection, row)

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Any | None:
        """Return the first row as a named tuple, or None."""
        prepared, cursor = self._execute(connection, parameters)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else prepared.row(row)

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """Return all rows as named tuples."""
        prepared, cursor = self._execute(connection, parameters)
        return [prepared.row(row) for row in cursor.fetchall()]

    def scalar(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """Return the first column of the first row, or None."""
        row = self.first(connection, parameters)
        return None if row is None else row[0]

    def _execute(self, connection: Connection, parameters: Mapping[str, Any]) -> tuple[_Prepared, Any]:
        dialect = connection.dialect
        key = (dialect.name, *parameters)
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = _Prepared(self._clause, dialect, tuple(parameters))
        driver: Any = dialect.dbapi
        cursor = connection.connection.cursor()
        try:
            cursor.execute(prepared.sql, prepared.bound(parameters))
        except driver.Error as refused:
            raise _as_sqlalchemy_says(refused, connection, prepared.sql) from refused
        return prepared, cursor


class _Prepared:
    """A statement's SQL for one dialect and one set of parameter names, and how values go in and rows come out."""

    __slots__ = ("_convert_in", "_convert_out", "_defaults", "_is_positional", "_row", "sql")

    def __init__(self, clause: ClauseElement, dialect: Dialect, names: tuple[str, ...]) -> None:
        compiled = clause.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  what Core compiles to
        self.sql = str(compiled)
        self._is_positional = compiled.positional
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        order: Sequence[str] = (compiled.positiontup or ()) if compiled.positional else tuple(types)
        self._convert_in = [(name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in order]
        self._defaults = compiled.params
        columns = list(getattr(clause, "exported_columns", ()))
        if compiled.effective_returning:
            columns = list(compiled.effective_returning)
        converts = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._convert_out = [(n, convert) for n, convert in enumerate(converts) if convert is not None]
        self._row: Any = namedtuple("Row", [str(column.name) for column in columns]) if columns else tuple

    def bound(self, parameters: Mapping[str, Any]) -> Any:
        """Return the parameters as the driver takes them."""
        defaults = self._defaults
        pairs = [
            (name, parameters[name] if name in parameters else defaults[name], convert)
            for name, convert in self._convert_in
        ]
        if self._is_positional:
            return [value if convert is None else convert(value) for _, value, convert in pairs]
        return {name: value if convert is None else convert(value) for name, value, convert in pairs}

    def row(self, values: Sequence[Any]) -> Any:
        """Return a row of the driver as a named tuple of Python values."""
        if self._convert_out:
            values = list(values)
            for number, convert in self._convert_out:
                values[number] = convert(values[number])
        return self._row(*values)


def _as_sqlalchemy_says(refused: Any, connection: Connection, sql: str) -> Exception:
    """Return the driver's exception as the one `Connection.execute` would have raised; a connection that is gone is given up."""
    dialect = connection.dialect
    driver: Any = dialect.dbapi
    is_gone = dialect.is_disconnect(refused, connection.connection.dbapi_connection, None)
    if is_gone:
        connection.invalidate(refused)
    for kind, ours in ((driver.IntegrityError, IntegrityError), (driver.OperationalError, OperationalError)):
        if isinstance(refused, kind):
            return ours(sql, None, refused, connection_invalidated=is_gone)
    return DBAPIError(sql, None, refused, connection_invalidated=is_gone)
