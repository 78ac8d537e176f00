"""Mutations of known inputs, drawn by hypothesis so that a failure is made small and repeated."""

from collections.abc import Sequence

from hypothesis import strategies as st

TOKENS = (
    b"", b"\0", b"\n", b"\r\n", b"\r", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"../", b"..", b"/", b"\\",
    b"C:", b"~", b"\x1b[2J", b"\x1b]0;x\x07", b"\xc2\x9b", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xed\xa0\x80",
    b"-1", b"0", b"1e999", b"9" * 30, b"9" * 5000, b"4294967295", b"NaN", b"null", b"true", b"{}", b"[]",
    b'""', b'"', b"'", b"[", b"]", b"{", b"}", b"(", b")", b"(" * 3000, b"[" * 3000, b",", b";", b":", b"=",
    b"==", b"===", b"~=", b"!=1.*", b"#", b"#sha256=", b"%", b"%00", b"%2e%2e%2f", b"${X}", b"$", b" ",
    b"\t", b" \\\n", b"a" * 300, b"x" * 70_000, b"sha256", b"md5", b"javascript:", b"file:///etc/passwd",
    b"http://[", b"//host", b"git+", b"@", b"@-x", b"-r ", b"-e ", b"--hash=", b"Name: x\n", b"<!--", b"<a ",
    b"</a>", b"&#0;", b"&#x110000;", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\xff\xff\xff\xff",
)  # fmt: skip
_place = st.floats(0, 1, exclude_max=True, allow_nan=False)
_edit = st.one_of(
    st.tuples(st.just("set"), _place, st.integers(0, 255)),
    st.tuples(st.just("flip"), _place, st.integers(0, 7)),
    st.tuples(st.just("insert"), _place, st.sampled_from(TOKENS)),
    st.tuples(st.just("replace"), _place, st.sampled_from(TOKENS)),
    st.tuples(st.just("cut"), _place, st.integers(1, 64)),
    st.tuples(st.just("repeat"), _place, st.integers(1, 64)),
    st.tuples(st.just("end"), _place, st.just(0)),
    st.tuples(st.just("bytes"), _place, st.binary(max_size=16)),
    st.tuples(st.just("swap"), _place, _place),
)


def mutated(corpus: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return inputs that differ from one of the corpus by a few edits, or not at all."""
    positions = st.integers(0, len(corpus) - 1)
    edits = st.lists(_edit, max_size=6)
    return st.tuples(positions, edits).map(lambda drawn: apply_edits(corpus[drawn[0]], drawn[1]))


def apply_edits(data: bytes, edits: Sequence[tuple[str, float, object]]) -> bytes:
    """Return the data after all edits; a place is a fraction of its length."""
    for kind, where, what in edits:
        position = int(where * (len(data) + 1))
        before, after = data[:position], data[position:]
        if kind == "set":
            data = before + bytes([what]) + after[1:]
        elif kind == "flip" and after:
            data = before + bytes([after[0] ^ 1 << what]) + after[1:]
        elif kind in {"insert", "bytes"}:
            data = before + what + after
        elif kind == "replace":
            data = before + what + after[len(what) :]
        elif kind == "cut":
            data = before + after[what:]
        elif kind == "repeat":
            data = before + after[:what] * 3 + after[what:]
        elif kind == "end":
            data = before
        elif kind == "swap":
            other = int(what * (len(data) + 1))
            first, last = sorted((position, other))
            data = data[last:] + data[first:last] + data[:first]
    return data
