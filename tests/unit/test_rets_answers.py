"""Answers of RETS servers: reply codes, HTTP statuses, broken XML, and rows in COMPACT."""

from datetime import UTC, datetime

import httpx
import pytest

from adapters.http import Reply
from adapters.mls.rets_answers import Refused, SessionEnded, check_status, parse_xml, read_answer
from adapters.mls.rets_compact import read_table
from adapters.mls.rets_search import read_page
from domain.errors import ActionRequired, Rejected, Unavailable, YardsignError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def reply(body: str | bytes, status: int = 200, kind: str = "text/xml", **headers: str) -> Reply:
    given = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = body if isinstance(body, bytes) else body.encode()
    return Reply(status, httpx.Headers(given), data, "https://mls.example/rets/search?ID=hush")


def coded(code: int, text: str = "told") -> Reply:
    return reply(f'<RETS ReplyCode="{code}" ReplyText="{text}"/>')


class TestReplyCodes:
    @pytest.mark.parametrize(
        ("codes", "expected"),
        [
            ((20003, 20012, 20013, 20036, 20037, 20041, 20140), ActionRequired),
            ((20207, 20407, 20507), ActionRequired),
            ((20701, 20702), SessionEnded),
            ((20022, 20050, 20203, 20209, 20210), Unavailable),
            ((20408, 20409, 20411, 20412, 20413, 20508, 20509, 20511, 20512, 20513), Unavailable),
            ((20200, 20201, 20202, 20206, 20208, 20211), Refused),
            ((20400, 20401, 20402, 20403, 20406, 20410), Refused),
            ((20500, 20501, 20502, 20503, 20506, 20510, 20514), Refused),
            ((1, 99_999), Refused),
        ],
    )
    def test_each_is_one_of_the_four_errors(
        self, codes: tuple[int, ...], expected: type[YardsignError]
    ) -> None:
        for code in codes:
            with pytest.raises(YardsignError) as caught:
                read_answer(coded(code), ())
            assert type(caught.value) is expected
            assert str(code) in caught.value.message
            assert "told" in caught.value.message

    def test_zero_is_success(self) -> None:
        assert read_answer(coded(0), ()).code == 0

    def test_a_code_that_the_caller_can_live_with_passes(self) -> None:
        assert read_answer(coded(20201), (), passing=(20201,)).code == 20201

    def test_miscellaneous_trouble_that_will_not_pass_is_refused(self) -> None:
        with pytest.raises(Refused):
            read_answer(coded(20203, "Specified Class (Z) is not valid."), ())

    def test_a_status_behind_the_body_counts(self) -> None:
        body = '<RETS ReplyCode="0" ReplyText="ok"><RETS-STATUS ReplyCode="20206" ReplyText="late"/></RETS>'
        with pytest.raises(Refused, match="late"):
            read_answer(reply(body), ())

    def test_attributes_may_be_written_in_another_case(self) -> None:
        with pytest.raises(Refused, match="told"):
            read_answer(reply('<rets replycode="20206" replytext="told"/>'), ())

    def test_no_secret_is_repeated_and_nothing_long(self) -> None:
        with pytest.raises(Refused) as caught:
            read_answer(coded(20206, f"hush-hush is no password {'x' * 5000}"), ("hush-hush", ""))
        assert "hush" not in caught.value.message
        assert len(caught.value.message) < 500


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (401, SessionEnded),
            (403, ActionRequired),
            (302, Refused),
            (400, Refused),
            (404, Refused),
            (405, Refused),
            (501, Refused),
            (408, Unavailable),
            (429, Unavailable),
            (500, Unavailable),
            (503, Unavailable),
        ],
    )
    def test_each_is_one_of_the_four_errors(self, status: int, expected: type[YardsignError]) -> None:
        with pytest.raises(YardsignError) as caught:
            check_status(reply("", status, location="/x?token=hush"), now=NOW, secrets=())
        assert type(caught.value) is expected
        assert "hush" not in caught.value.message

    def test_a_wait_is_handed_on_and_the_text_of_the_body_told(self) -> None:
        answer = reply('<RETS ReplyCode="20050" ReplyText="Back at 6"/>', 503, retry_after="90")
        with pytest.raises(Unavailable, match="Back at 6") as caught:
            check_status(answer, now=NOW, secrets=())
        assert caught.value.retry_after == 90

    def test_success_passes(self) -> None:
        check_status(reply(""), now=NOW, secrets=())


class TestXml:
    @pytest.mark.parametrize(
        "body",
        [
            '<!DOCTYPE RETS [<!ENTITY a "b">]><RETS ReplyCode="0">&a;</RETS>',
            '<!DOCTYPE RETS SYSTEM "http://elsewhere.example/x.dtd"><RETS ReplyCode="0"/>',
            '<?xml version="1.0"?><!DOCTYPE RETS><RETS ReplyCode="0"/>',
            '<!DOCTYPE RETS [<!ENTITY a "b">]><RETS ReplyCode="0">\x01&a;</RETS>',
        ],
    )
    def test_document_types_and_entities_are_rejected(self, body: str) -> None:
        with pytest.raises(Rejected, match="document type"):
            read_answer(reply(body), ())

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (b'<?xml version="1.0" encoding="US-ASCII"?><R>caf\xe9 \x93x\x94</R>', "café “x”"),
            ('<?xml version="1.0" encoding="US-ASCII"?><R>café</R>'.encode(), "café"),
            (b"<R>caf\xe9</R>", "café"),
            (b"\r\n <?xml version='1.0'?><R>a</R>", "a"),
            (b"\xef\xbb\xbf<R>a</R>\r\n", "a"),
            (b"<R>Bed & Bath &amp; more &lt;b&gt; &nbsp;&eacute; &unknown; &#38;</R>", None),
            (b"<R>a\x00\x0bb&#0;&#x1F;&#65;</R>", None),
            ('<?xml version="1.0" encoding="no-such"?><R>é</R>'.encode(), "é"),
        ],
    )
    def test_what_can_be_mended_is(self, body: bytes, text: str | None) -> None:
        read = parse_xml(body, "here").text
        assert read is not None
        if text is not None:
            assert read == text
        assert "\x00" not in read

    def test_ampersands_and_references_keep_their_meaning(self) -> None:
        read = parse_xml(b"<R>Bed & Bath &amp; &lt;b&gt; &nbsp;&eacute; &unknown; &#65;\x01</R>", "here").text
        assert read == "Bed & Bath & <b> \xa0é &unknown; A"

    @pytest.mark.parametrize("body", ["<RETS ReplyCode='0'><DATA>\ta", "", "   ", "no xml", "{}", "<a></b>"])
    def test_what_is_broken_off_may_be_whole_the_next_time(self, body: str) -> None:
        with pytest.raises(Unavailable):
            read_answer(reply(body), ())

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ("<!doctype html><html><body>Back soon</body></html>", "text/html"),
            ("<html><body/></html>", "text/xml"),
            ("<feed/>", "text/xml"),
        ],
    )
    def test_another_kind_of_server_is_rejected(self, body: str, kind: str) -> None:
        with pytest.raises(Rejected, match="address right"):
            read_answer(reply(body, kind=kind), ())

    def test_the_content_type_may_be_wrong(self) -> None:
        assert read_answer(reply('<RETS ReplyCode="0"/>', kind="text/html"), ()).code == 0


def page(inner: str, code: int = 0) -> Reply:
    return reply(f'<RETS ReplyCode="{code}" ReplyText="x">{inner}</RETS>')


def values(inner: str) -> list[dict[str, str] | None]:
    return [row.values for row in read_table(parse_xml(f"<RETS>{inner}</RETS>".encode(), "here")).rows]


class TestCompact:
    def test_delimiters_stand_before_the_first_and_behind_the_last_value(self) -> None:
        inner = "<COLUMNS>\tA\tB\t</COLUMNS>\r\n<DATA>\t1\t\t</DATA><DATA>\t\t2\t</DATA><DATA>\t\t\t</DATA>"
        assert values(inner) == [{"A": "1", "B": ""}, {"A": "", "B": "2"}, {"A": "", "B": ""}]

    def test_or_they_do_not(self) -> None:
        inner = "<COLUMNS>A\tB</COLUMNS><DATA>1\t2</DATA><DATA>\t2</DATA><DATA>1\t</DATA>"
        assert values(inner) == [{"A": "1", "B": "2"}, {"A": "", "B": "2"}, {"A": "1", "B": ""}]

    @pytest.mark.parametrize(
        ("code", "sign"), [("09", "\t"), ("2C", ","), ("7c", "|"), ("zz", "\t"), ("0", "\t")]
    )
    def test_the_delimiter_is_declared_in_hexadecimal(self, code: str, sign: str) -> None:
        inner = f'<DELIMITER value="{code}"/><COLUMNS>{sign}A{sign}</COLUMNS><DATA>{sign}1{sign}</DATA>'
        assert values(inner) == [{"A": "1"}]

    def test_a_line_that_does_not_fit_its_columns_harms_no_other(self) -> None:
        inner = "<COLUMNS>\tA\tB\t</COLUMNS><DATA>\t1\t</DATA><DATA>\t1\t2\t3\t</DATA><DATA>\t1\t2\t</DATA>"
        assert values(inner) == [None, None, {"A": "1", "B": "2"}]

    def test_lines_without_columns_are_no_rows(self) -> None:
        assert values("<DATA>\t1\t</DATA>") == [None]

    def test_line_ends_within_a_value_stay(self) -> None:
        assert values("<COLUMNS>\tA\t</COLUMNS><DATA>\tone\ntwo\t</DATA>") == [{"A": "one\ntwo"}]


class TestPages:
    def test_maxrows_means_that_there_are_more(self) -> None:
        table = read_page(
            page('<COUNT Records="40"/><COLUMNS>\tA\t</COLUMNS><DATA>\t1\t</DATA><MAXROWS/>'), ()
        )
        assert (table.count, table.more, len(table.rows)) == (40, True, 1)

    @pytest.mark.parametrize(
        "answer",
        [page("", 20201), page('<COUNT Records="0"/><RETS-STATUS ReplyCode="20201" ReplyText="none"/>')],
    )
    def test_no_records_is_an_empty_page_wherever_it_is_said(self, answer: Reply) -> None:
        table = read_page(answer, ())
        assert (table.rows, table.count, table.more) == ((), 0, False)

    def test_maximum_exceeded_is_more_if_rows_came_and_a_refusal_else(self) -> None:
        assert read_page(page("<COLUMNS>\tA\t</COLUMNS><DATA>\t1\t</DATA>", 20208), ()).more
        with pytest.raises(Refused) as caught:
            read_page(page("", 20208), ())
        assert caught.value.code == 20208

    @pytest.mark.parametrize("records", ["", "many", "-1", "1" * 30])
    def test_a_count_that_is_none_is_not_told(self, records: str) -> None:
        assert read_page(page(f'<COUNT Records="{records}"/>'), ()).count is None
