"""What a RETS server answers in place of the truth when it has a fault."""

from starlette.responses import PlainTextResponse, Response

from sandbox.mls.faults import Fault, answer_instead
from sandbox.mls.traffic import kind_of
from sandbox.rets.replies import answer, document


def rets_instead(fault: Fault, path: str) -> Response:
    """Like `answer_instead`, but that replies and garbage come as XML, and HTTP errors as plain text."""
    if kind_of(path) != "rets" or fault.kind == "html":
        return answer_instead(fault, path)
    if fault.kind == "error200":
        return answer(document(fault.reply_code, detail="a fault that was asked for"))
    if fault.kind == "garbage":
        return Response(b"\x00\x01 this is no XML \xff\xfe" * 40, media_type="text/xml")
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return PlainTextResponse("a fault that was asked for", fault.status, headers)
