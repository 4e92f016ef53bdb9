"""The tables of ``learned.sqlite``: how counts are put in, taken out, and forgotten.

Each function works within a transaction that its caller opened.
"""

from __future__ import annotations

import re
import sqlite3

from orpheus_core.brain.learning.counts import (
    EVERY_HOUR,
    MEMORIES,
    MOST_SUBJECTS,
    RECENT_HALF_LIFE_S,
    Counts,
    Fading,
    day_of,
)
from orpheus_core.brain.learning.observations import Topic

VERSION = 1

_RECENT_KEPT_S = 10 * RECENT_HALF_LIFE_S
_MOST_AHEAD_S = 60.0
_LAST_MOMENT_S = 253_402_300_800.0  # the end of the year 9999
_MOST_COUNTED = 10**9
_MOST_ROWS = 100_000
_NAME = re.compile(r"[\w.:-]{0,300}")

LONGEST_VALUE_BYTES = 1_000_000
"""No value in the file is nearly as long."""

_SCHEMA = (
    """CREATE TABLE daily (
        topic TEXT NOT NULL, about TEXT NOT NULL, hour INTEGER NOT NULL, day INTEGER NOT NULL,
        outcome TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (topic, about, hour, day, outcome)) WITHOUT ROWID""",
    """CREATE TABLE recent (
        topic TEXT NOT NULL, about TEXT NOT NULL, outcome TEXT NOT NULL,
        weight REAL NOT NULL, at_s REAL NOT NULL,
        PRIMARY KEY (topic, about, outcome)) WITHOUT ROWID""",
)

# The newest rows, the oldest of them first: what is counted last is what was seen last.
_ALL_DAYS = """SELECT * FROM (
    SELECT topic, about, hour, day, outcome, count FROM daily
    ORDER BY day DESC LIMIT ?) ORDER BY day"""
_ALL_MINUTES = """SELECT * FROM (
    SELECT topic, about, outcome, weight, at_s FROM recent
    ORDER BY at_s DESC LIMIT ?) ORDER BY at_s"""

_OF_MINUTE = "INSERT OR REPLACE INTO recent VALUES (?, ?, ?, ?, ?)"
_OF_DAY = "INSERT OR REPLACE INTO daily VALUES (?, ?, ?, ?, ?, ?)"

_BEYOND_THE_MOST = """
    DELETE FROM daily WHERE topic = ?1 AND about NOT IN (
        SELECT about FROM daily WHERE topic = ?1
        GROUP BY about ORDER BY max(day) DESC, about LIMIT ?2)"""

_IS_ABOUT = """(
    ?1 IS NULL OR about = ?1 COLLATE NOCASE
    OR topic = ?2 AND substr(about, 1, length(?1) + 1) = ?1 || ':' COLLATE NOCASE)"""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables; 0: there are none yet."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def holds(connection: sqlite3.Connection, version: int) -> bool:
    """Whether there is what belongs to *version* and nothing else: no view, no trigger."""
    wanted = [_in_one_line(statement) for statement in _SCHEMA] if version else []
    found = connection.execute("SELECT sql FROM sqlite_master LIMIT 10")
    return sorted(_in_one_line(sql or "") for (sql,) in found) == wanted


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this version."""
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def read_counts(connection: sqlite3.Connection) -> Counts:
    """Return all that is counted. A row that holds something else is passed over."""
    counts = Counts()
    for topic, about, hour, day, outcome, count in connection.execute(_ALL_DAYS, (_MOST_ROWS,)):
        known = _topic(topic, about, outcome)
        if known and _is_count(count) and _is_hour(hour) and isinstance(day, int):
            counts.add_days(known, about, hour, day, outcome, count)
    for topic, about, outcome, weight, at_s in connection.execute(_ALL_MINUTES, (_MOST_ROWS,)):
        known = _topic(topic, about, outcome)
        if known and _is_weight(weight) and _is_moment(at_s):
            counts.add_recent(known, about, outcome, Fading(weight, at_s))
    return counts


def add_counts(connection: sqlite3.Connection, counts: Counts) -> Counts:
    """Add *counts* to what is there; return both together."""
    total = read_counts(connection)
    for topic, about, subject in counts:
        for outcome, fading in subject.recent.items():
            now = total.add_recent(topic, about, outcome, fading)
            connection.execute(_OF_MINUTE, (topic.value, about, outcome, now.weight, now.at_s))
        for hour, days in subject.hours.items():
            for day, outcomes in days.items():
                for outcome, count in outcomes.items():
                    number = total.add_days(topic, about, hour, day, outcome, count)
                    connection.execute(_OF_DAY, (topic.value, about, hour, day, outcome, number))
    return total


def drop_faded(connection: sqlite3.Connection, now_s: float) -> None:
    """Delete what hardly counts any more, and what a clock that was wrong dated in the future."""
    old_s, future_s = now_s - _RECENT_KEPT_S, now_s + _MOST_AHEAD_S
    connection.execute("DELETE FROM recent WHERE at_s NOT BETWEEN ? AND ?", (old_s, future_s))
    today = day_of(now_s)
    for topic, memory in MEMORIES.items():
        within = (topic.value, today - memory.kept_days, today + 1)
        connection.execute("DELETE FROM daily WHERE topic = ? AND day NOT BETWEEN ? AND ?", within)
        connection.execute(_BEYOND_THE_MOST, (topic.value, MOST_SUBJECTS))


def forget_counts(connection: sqlite3.Connection, about: str | None) -> int:
    """Delete what is counted of *about*, or everything; return how many observations it was."""
    of = (about, Topic.QUALITY.value)
    query = f"""SELECT coalesce(sum(count), 0) FROM daily
        WHERE typeof(count) = 'integer' AND count BETWEEN 1 AND {_MOST_COUNTED}
        AND {_IS_ABOUT}"""  # noqa: S608 - ours
    (observations,) = connection.execute(query, of).fetchone()
    for table in ("daily", "recent"):
        connection.execute(f"DELETE FROM {table} WHERE {_IS_ABOUT}", of)  # noqa: S608 - ours
    return int(observations)


def _in_one_line(sql: str) -> str:
    return " ".join(sql.split())


def _topic(topic: object, about: object, outcome: object) -> Topic | None:
    if not _is_name(about) or not _is_name(outcome):
        return None
    return next((each for each in Topic if each.value == topic), None)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 < value <= _MOST_COUNTED


def _is_hour(value: object) -> bool:
    return isinstance(value, int) and EVERY_HOUR <= value < 24


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value <= _MOST_COUNTED


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= _LAST_MOMENT_S
