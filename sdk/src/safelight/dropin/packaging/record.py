"""RECORD, the list of a wheel's files with their hashes.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/: one CSV line for each file,
`path,sha256=<urlsafe base64 without padding>,size`; RECORD itself and its signatures carry neither.
"""

from __future__ import annotations

import csv
import hashlib
import io
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Final

from safelight.dropin.packaging.archive import Member
from safelight.errors import BuildError

_UNHASHED: Final = ("RECORD", "RECORD.jws", "RECORD.p7s")
_ACCEPTED: Final = ("sha256", "sha384", "sha512")
_FIELDS: Final = 3


def verify_record(members: Mapping[str, Member], dist_info: str) -> int:
    """Check every file of a wheel against its RECORD.

    Returns:
        how many files it lists

    Raises:
        BuildError: a file is missing, unlisted, or not what RECORD says
    """
    record = members.get(f"{dist_info}/RECORD")
    if record is None:
        raise BuildError(f"the wheel has no {dist_info}/RECORD")
    rows = [row for row in csv.reader(io.StringIO(record.content().decode())) if row]
    if any(len(row) != _FIELDS for row in rows):
        raise BuildError("RECORD has a line that is not `path,hash,size`")
    exempt = {f"{dist_info}/{name}" for name in _UNHASHED}
    for name, hash_, size in rows:
        if name not in exempt:
            _verify(members, name, hash_, size)
    unlisted = set(members) - {row[0] for row in rows} - exempt
    if unlisted:
        raise BuildError(f"RECORD does not list {', '.join(sorted(unlisted))}")
    return len(rows)


def make_record(members: Iterable[Member], dist_info: str) -> Member:
    """RECORD for these files, in their order, and itself at the end."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for member in members:
        writer.writerow((member.name, f"sha256={_digest('sha256', member.content())}", member.size))
    name = f"{dist_info}/RECORD"
    writer.writerow((name, "", ""))
    return Member.of(name, text.getvalue().encode())


def _verify(members: Mapping[str, Member], name: str, hash_: str, size: str) -> None:
    if name not in members:
        raise BuildError(f"RECORD lists {name}, which is not in the wheel")
    content = members[name].content()
    algorithm, _, expected = hash_.partition("=")
    if algorithm not in _ACCEPTED:
        raise BuildError(f"RECORD gives {name} no hash that the wheel format accepts")
    if _digest(algorithm, content) != expected or size not in ("", str(len(content))):
        raise BuildError(f"{name} is not the file that RECORD describes")


def _digest(algorithm: str, content: bytes) -> str:
    return urlsafe_b64encode(hashlib.new(algorithm, content).digest()).rstrip(b"=").decode()
