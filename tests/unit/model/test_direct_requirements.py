"""Requirements that name a URL."""

import pytest
from packaging.requirements import InvalidRequirement as ForeignError
from packaging.requirements import Requirement as Foreign

from xpip.model.parsed_requirement import InvalidRequirement, Requirement

DIRECT = [
    "a@https://x/y", "a @ https://x/y ; python_version>'3'", "a[b,c] @ https://x/y;p",
    "a @ https://x/y; python_version>'3'", "a @ ", "a>1 @ https://x", "a @ x y", "a[] @ u",
    "a @ u#e=1&f ;os_name=='x'", "a @ u ;", "a @\tu", "a @ u\t; os_name=='x'", "a () @ u",
    "A.b @ git+https://u@h/x@v1#subdirectory=s", "a @ u ; bogus", "@ u", "a @ u\n", "a @ @u",
    "a @ https://x/\u00e9", "a[b @ u", " a @ u ",
]  # fmt: skip


@pytest.mark.parametrize("text", DIRECT)
def test_direct_references_are_read_as_packaging_reads_them(text):
    def read(kind, error):
        try:
            found = kind(text)
        except error:
            return None
        return (
            found.name,
            frozenset(found.extras),
            found.url,
            str(found.specifier),
            bool(found.marker),
        )

    assert read(Requirement, InvalidRequirement) == read(Foreign, ForeignError)
