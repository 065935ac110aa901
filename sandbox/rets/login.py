"""Login and Logout of the sandbox RETS server."""

from starlette.responses import Response

from sandbox.rets.access import IDLE_SECONDS, USER
from sandbox.rets.habits import Habits
from sandbox.rets.metadata import DATE, VERSION
from sandbox.rets.replies import answer, document

# Names of capabilities in the cases that servers write them in, and their paths.
CAPABILITIES = {
    "Login": "/rets/login",
    "Search": "/rets/search",
    "GETMETADATA": "/rets/getmetadata",
    "getObject": "/rets/getobject",
    "Logout": "/rets/logout",
}


def logged_in(habits: Habits, base: str, session: str) -> Response:
    """The answer to a login: who it is, and where the transactions are; the session is in a cookie."""
    about = {
        "MemberName": "Sandbox Agent",
        "Broker": "SBX,1",
        "MetadataVersion": VERSION,
        "MetadataTimestamp": DATE,
        "MinMetadataTimestamp": DATE,
        "TimeoutSeconds": str(IDLE_SECONDS),
    }
    if habits.version == "RETS/1.8":
        about["USERID"] = USER
        lines = [f"Info={name};Character;{value}" for name, value in about.items()]
    else:
        lines = [f"{name}={value}" for name, value in {**about, "User": f"{USER},1,2,{USER}"}.items()]
    root = "" if habits.relative_urls else base
    lines += [f"{name}={root}{path}" for name, path in CAPABILITIES.items()]
    response = answer(document(0, f"<RETS-RESPONSE>\n{chr(10).join(lines)}\n</RETS-RESPONSE>\n"))
    response.set_cookie(habits.cookie, session, path="/", samesite=None)
    return response


def logged_out() -> Response:
    """The answer to a logout."""
    return answer(document(0, "<RETS-RESPONSE>\nSignOffMessage=Good Bye\n</RETS-RESPONSE>\n"))
