"""The small parts: URLs, credentials, proxies, ranges, waits."""

import pytest

from xpip.errors import IndexAccessError
from xpip.model.options import NetworkOptions
from xpip.network.netrc import parse_netrc
from xpip.network.proxies import bypasses_proxy
from xpip.network.ranges import ContentRange, parse_content_range
from xpip.network.retry import MAX_RETRY_AFTER, Pace, SpeedMeter, http_date, retry_after
from xpip.network.trust import Trust
from xpip.network.urls import Origin, is_loopback, parse_url, redacted

NOW = 1_795_219_200.0  # Sat, 21 Nov 2026 00:00:00 GMT


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "origin", "target"),
        [
            ("https://index.example/simple/", "https://index.example", "/simple/"),
            ("https://INDEX.example:443", "https://index.example", "/"),
            ("http://index.example:8080/a?b=c#d", "http://index.example:8080", "/a?b=c"),
            ("https://[::1]:8443/x", "https://[::1]:8443", "/x"),
            ("https://index.example/a b/\u00fc%2B+", "https://index.example", "/a%20b/%C3%BC%2B+"),
            ("https://b\u00fccher.example/", "https://xn--bcher-kva.example", "/"),
        ],
    )
    def test_parts_are_ready_to_be_sent(self, url, origin, target):
        address = parse_url(url)
        assert (str(address.origin), address.target) == (origin, target)

    def test_the_user_part_is_taken_out_and_decoded(self):
        address = parse_url("https://me%40home:p%2Fw@index.example/x")
        assert (address.username, address.password) == ("me@home", "p/w")
        assert address.url == "https://index.example/x"

    @pytest.mark.parametrize(
        "url",
        ["", "index.example", "file:///x", "https://", "https://:80/", "https://h:port/", "https://a b/",
         "https://u/name:S3CR3T@host/", "https://h\\evil/", "https://[::1/", "javascript:alert(1)"],
    )  # fmt: skip
    def test_what_is_no_web_address_is_refused_without_its_secret(self, url):
        with pytest.raises(IndexAccessError) as caught:
            parse_url(url)
        assert "S3CR3T" not in caught.value.summary

    def test_nothing_secret_or_unprintable_is_shown(self):
        assert (
            redacted("https://me:S3CR3T@h.example/x?X-Amz-Signature=S3CR3T&v=1")
            == "https://h.example/x?X-Amz-Signature=****&v=1"
        )
        assert redacted("https://h.example/\x1b[2J") == "https://h.example/?[2J"

    @pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"])
    def test_this_machine_is_known(self, host):
        assert is_loopback(host)

    @pytest.mark.parametrize(
        "host", ["127.0.0.1.evil.example", "localhost.example", "128.0.0.1", "127.evil", "::2"]
    )
    def test_others_are_not_taken_for_it(self, host):
        assert not is_loopback(host)


class TestNetrc:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("machine h login me password pw", {"h": ("me", "pw")}),
            (
                "machine H\n\tlogin me\n\tpassword pw\nmachine i login you password qw",
                {"h": ("me", "pw"), "i": ("you", "qw")},
            ),
            ('machine h login "m e" password "p\\"w"', {"h": ("m e", 'p"w')}),
            (
                "# machine h login a password b\nmachine h login me password #pw",
                {"h": ("me", "#pw")},
            ),
            ("default login me password pw", {}),
            ("machine h login me password pw\ndefault login a password b", {"h": ("me", "pw")}),
            (
                "macdef init\nmachine x login a password b\n\nmachine h login me password pw",
                {"h": ("me", "pw")},
            ),
            (
                "machine h login first password a machine h login second password b",
                {"h": ("first", "a")},
            ),
            ("machine h password token", {"h": ("", "token")}),
            ("machine h account x login me password pw", {"h": ("me", "pw")}),
            ("machine", {}),
            ("garbage machine h login me password", {"h": ("me", "")}),
        ],
    )
    def test_entries_are_read(self, text, found):
        assert parse_netrc(text) == found


class TestProxies:
    @pytest.mark.parametrize(
        ("entry", "url"),
        [("*", "http://x.example/"), ("x.example", "http://x.example/"), (".example", "http://x.example/"),
         ("example", "http://x.example/"), ("*.example", "http://x.example/"), ("x.example:8080", "http://x.example:8080/"),
         ("10.0.0.0/8", "http://10.1.2.3/"), ("::1", "http://[::1]/"), ("fd00::/8", "http://[fd00::1]/")],
    )  # fmt: skip
    def test_no_proxy_matches(self, entry, url):
        assert bypasses_proxy(NetworkOptions(no_proxy=("other", entry)), parse_url(url).origin)

    @pytest.mark.parametrize(
        ("entry", "url"),
        [("", "http://x.example/"), ("ample", "http://x.example/"), ("x.example:8080", "http://x.example/"),
         ("10.0.0.0/8", "http://11.1.2.3/"), ("10.0.0.0/8", "http://x.example/"), ("1/2/3", "http://x.example/")],
    )  # fmt: skip
    def test_no_proxy_does_not_match_more_than_it_says(self, entry, url):
        assert not bypasses_proxy(NetworkOptions(no_proxy=(entry,)), parse_url(url).origin)


class TestTrustedHosts:
    @pytest.mark.parametrize(
        ("option", "host", "port", "trusted"),
        [("h.example", "h.example", 443, True), ("h.example", "h.example", 8443, True),
         ("h.example:8443", "h.example", 8443, True), ("h.example:8443", "h.example", 443, False),
         ("h.example", "x.h.example", 443, False), ("example", "h.example", 443, False),
         ("[::1]:8443", "::1", 8443, True), ("::1", "::1", 443, True), ("", "h.example", 443, False)],
    )  # fmt: skip
    def test_the_option_relaxes_nothing_else(self, option, host, port, trusted):
        trust = Trust(NetworkOptions(trusted_hosts=(option,)))
        assert trust.is_trusted(Origin("https", host, port)) is trusted

    @pytest.mark.parametrize("field", ["certificates", "client_certificate"])
    def test_a_certificate_file_that_is_not_there_is_named(self, field, tmp_path):
        path = str(tmp_path / "none.pem")
        with pytest.raises(IndexAccessError) as caught:
            Trust(NetworkOptions(**{field: path})).make_context("all")
        assert path in caught.value.summary


class TestRanges:
    @pytest.mark.parametrize(
        ("text", "found"),
        [("bytes 0-9/10", ContentRange(0, 9, 10)), ("Bytes 2-3/10", ContentRange(2, 3, 10)), ("bytes */10", None),
         ("bytes 0-9/*", None), ("bytes 9-0/10", None), ("bytes 0-10/10", None), ("bytes -1-3/9", None), ("", None),
         ("lines 0-9/10", None), ("bytes 0-9/1" + "0" * 30, None), ("bytes \u0663-\u0664/\u0665", None)],
    )  # fmt: skip
    def test_only_what_makes_sense_is_read(self, text, found):
        assert parse_content_range(text) == found


class TestWaits:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [("3", 3.0), (" 3 ", 3.0), ("0", 0.0), ("1000000000", MAX_RETRY_AFTER), ("9" * 400, MAX_RETRY_AFTER), ("-1", None),
         ("1e9", None), ("nan", None), ("1.5", None), ("", None), ("\u0663", None), ("Sat, 21 Nov 2026 00:00:07 GMT", 7.0),
         ("Sun, 21 Nov 2027 00:00:00 GMT", MAX_RETRY_AFTER), ("Fri, 20 Nov 2026 00:00:00 GMT", None),
         ("Sat, 99 Nov 2026 00:00:00 GMT", None), ("tomorrow", None)],
    )  # fmt: skip
    def test_retry_after_is_capped_and_nonsense_ignored(self, value, seconds):
        assert retry_after(value, NOW) == seconds

    def test_a_date_without_a_date_to_compare_says_nothing(self):
        assert retry_after("Sat, 21 Nov 2026 00:00:07 GMT", None) is None

    def test_dates_are_read(self):
        assert http_date("Sat, 21 Nov 2026 00:00:00 GMT") == NOW
        assert http_date("") is None

    def test_delays_grow_to_a_limit_and_vary(self):
        pace = Pace(first_delay=1.0, max_delay=8.0)
        delays = {attempt: [pace.delay(attempt) for _ in range(50)] for attempt in (1, 2, 4, 500)}
        assert all(0.5 <= delay <= 1.5 for delay in delays[1])
        assert all(1.0 <= delay <= 3.0 for delay in delays[2])
        assert all(4.0 <= delay <= 12.0 for delay in (*delays[4], *delays[500]))
        assert len(set(delays[1])) > 5

    def test_a_meter_judges_whole_windows(self):
        meter = SpeedMeter(Pace(window=10.0, minimum_speed=100), 0.0)
        assert meter.accepts(1, 9.0)
        assert not meter.accepts(1, 11.0)
        assert meter.accepts(5000, 12.0)
        assert meter.accepts(1, 22.0)
        assert not meter.accepts(1, 33.0)
