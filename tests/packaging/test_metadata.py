from __future__ import annotations

import pytest
from packaging.metadata import Metadata

from safelight.dropin.packaging.metadata import MetadataEdit, Requirement, headers
from safelight.errors import BuildError

UPSTREAM = """\
Metadata-Version: 2.4
Name: fiftyone
Version: 1.22.1
License-Expression: Apache-2.0
License-File: LICENSE
Requires-Dist: Deprecated
Requires-Dist: boto3<2,>=1
Provides-Extra: multimodal
Requires-Dist: protobuf==6.33.6; extra == "multimodal"
Dynamic: license-file
Dynamic: summary
Description-Content-Type: text/markdown

# FiftyOne

Version: 0 and Requires-Dist: nothing here are text.
"""


def edit(*requirements: str, extras: tuple[str, ...] = ()) -> str:
    change = MetadataEdit("1.22.1+safelight.1", requirements, extras, "> Changed by us.")
    result = change.apply(UPSTREAM)
    Metadata.from_email(result, validate=True)
    return result


def test_version_format_and_notice_change_and_the_rest_stays() -> None:
    before, after = UPSTREAM.split("\n"), edit().split("\n")
    assert [line for line in after if line not in before] == [
        "Metadata-Version: 2.2",
        "Version: 1.22.1+safelight.1",
        "License: Apache-2.0",
        "> Changed by us.",
    ]
    assert [line for line in before if line not in after] == [
        "Metadata-Version: 2.4",
        "Version: 1.22.1",
        "License-Expression: Apache-2.0",
        "License-File: LICENSE",
        "Dynamic: license-file",
    ]


def test_the_notice_begins_the_description() -> None:
    assert edit().partition("\n\n")[2].startswith("> Changed by us.\n\n# FiftyOne\n")


def test_requirements_go_before_the_extras_and_merge_with_upstream_s() -> None:
    assert headers(edit("obstore (>=0.12,<0.13)", "Boto3>=1.34,<2"))["Requires-Dist"] == [
        "Deprecated",
        "boto3<2,>=1,>=1.34",
        "obstore>=0.12,<0.13",
        'protobuf==6.33.6; extra == "multimodal"',
    ]


def test_our_extras_come_after_upstream_s() -> None:
    result = headers(edit('gcsfs>=1; extra == "gcs"', extras=("gcs", "multimodal")))
    assert result["Provides-Extra"] == ["multimodal", "gcs"]
    assert result["Requires-Dist"][-1] == 'gcsfs>=1; extra == "gcs"'


def test_the_same_name_under_another_marker_is_another_requirement() -> None:
    assert (
        'boto3>=1.40; python_version < "3.11"'
        in headers(edit('boto3>=1.40; python_version < "3.11"'))["Requires-Dist"]
    )


def test_metadata_without_a_version_is_refused() -> None:
    with pytest.raises(BuildError, match="no Version"):
        MetadataEdit("1", (), (), "x").apply("Name: fiftyone\n\ntext")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("boto3 (>=1.34,<2)", "boto3>=1.34,<2"),
        ("moto[s3, sts] >= 5", "moto[s3, sts]>=5"),
        ('x; python_version < "3.11"', 'x; python_version < "3.11"'),
        ("plain", "plain"),
    ],
)
def test_requirements_are_spelled_one_way(text: str, spelled: str) -> None:
    assert str(Requirement.parse(text)) == spelled


def test_nonsense_is_no_requirement() -> None:
    with pytest.raises(BuildError, match="not a requirement"):
        Requirement.parse("==1.0")
