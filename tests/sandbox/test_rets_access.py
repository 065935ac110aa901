"""How the sandbox RETS server lets clients in: authentication, sessions, and how they end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.rets.access import md5
from tests.sandbox.rets_client import HEADERS, TODAY, Client, reply, running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("rets"), homes=4) as client:
        yield client


@pytest.fixture
def client(served: Client) -> Client:
    served.http.cookies.clear()
    served.http.auth = httpx.DigestAuth("agent", "secret")
    return served


def capabilities(body: str) -> dict[str, str]:
    pairs = dict(line.partition("=")[::2] for line in body.split("\n") if line)
    return {name.lower(): value for name, value in pairs.items() if "/rets/" in value}


class TestLogin:
    def test_it_tells_where_the_transactions_are(self, client: Client) -> None:
        assert capabilities(client.login()) == {
            "login": "/rets/login",
            "search": "/rets/search",
            "getmetadata": "/rets/getmetadata",
            "getobject": "/rets/getobject",
            "logout": "/rets/logout",
        }

    def test_or_by_their_whole_addresses(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=1, relative_urls=False, base_url="https://mls.example") as client:
            assert capabilities(client.login())["getobject"] == "https://mls.example/rets/getobject"

    def test_the_names_of_capabilities_come_in_any_case(self, client: Client) -> None:
        names = [line.partition("=")[0] for line in client.login().split("\n") if "/rets/" in line]
        assert {"Search", "GETMETADATA", "getObject"} <= set(names)

    def test_it_works_by_post_too(self, client: Client) -> None:
        reply(client.http.post("/rets/login"))

    def test_1_8_tells_about_the_user_in_info_tokens(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=1, version="RETS/1.8") as client:
            assert "Info=USERID;Character;agent\n" in client.login()

    @pytest.mark.parametrize("missing", HEADERS)
    def test_the_two_headers_are_required(self, client: Client, missing: str) -> None:
        request = client.http.build_request("GET", "/rets/login")
        del request.headers[missing]
        root = reply(client.http.send(request), 20036)
        assert missing in root.attrib["ReplyText"]


class TestDigest:
    def test_a_challenge_comes_first(self, client: Client) -> None:
        answer = client.http.get("/rets/login", auth=lambda request: request)
        assert answer.status_code == 401
        assert {'qop="auth"', "algorithm=MD5"} <= set(answer.headers["www-authenticate"].split(", "))

    @pytest.mark.parametrize("credentials", [("agent", "wrong"), ("nobody", "secret")])
    def test_strangers_stay_outside(self, client: Client, credentials: tuple[str, str]) -> None:
        answer = client.http.get("/rets/login", auth=httpx.DigestAuth(*credentials))
        assert answer.status_code == 401

    def test_a_request_said_again_word_by_word_is_refused(self, client: Client) -> None:
        first = client.http.get("/rets/login")
        assert first.status_code == 200
        headers = {"Authorization": first.request.headers["Authorization"]}
        again = client.http.get("/rets/login", headers=headers, auth=lambda request: request)
        assert again.status_code == 401

    def test_so_is_an_answer_that_was_made_for_another_address(self, client: Client) -> None:
        login = client.http.get("/rets/login")
        headers = {"Authorization": login.request.headers["Authorization"].replace("00000001", "00000002")}
        assert client.http.get("/rets/search", headers=headers, auth=lambda r: r).status_code == 401

    def test_without_qop_it_is_the_older_kind(self, client: Client) -> None:
        challenge = client.http.get("/rets/login", auth=lambda request: request).headers["www-authenticate"]
        nonce = challenge.split('nonce="')[1].split('"')[0]
        response = md5(f"{md5('agent:Sandbox RETS:secret')}:{nonce}:{md5('GET:/rets/login')}")
        header = (
            f'Digest username="agent", realm="Sandbox RETS", nonce="{nonce}", uri="/rets/login",'
            f' response="{response}"'
        )
        reply(client.http.get("/rets/login", headers={"Authorization": header}, auth=lambda r: r))

    def test_garbage_is_no_credential(self, client: Client) -> None:
        for header in ("Digest", "Digest nonsense", "Basic YWdlbnQ6c2VjcmV0", "Digest a=b, c"):
            answer = client.http.get("/rets/login", headers={"Authorization": header}, auth=lambda r: r)
            assert answer.status_code == 401


def test_basic_works_where_it_is_asked_for(tmp_path: Path) -> None:
    with running(tmp_path, homes=1, auth="basic") as client:
        client.login()
        answer = client.http.get("/rets/login", auth=httpx.BasicAuth("agent", "wrong"))
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")


class TestUserAgent:
    def authorization(self, client: Client, request_id: str = "", password: str = "ua-secret") -> str:
        session = client.http.cookies.get("RETS-Session-ID", "")
        first = md5(f"Test/1.0:{password}")
        return f"Digest {md5(f'{first}:{request_id}:{session}:RETS/1.7.2')}"

    def ask(self, client: Client, path: str, authorization: str | None, **headers: str) -> httpx.Response:
        own = {} if authorization is None else {"RETS-UA-Authorization": authorization}
        return client.http.get(path, headers={**own, **headers})

    def test_it_is_verified_with_the_sessions_id(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=1, ua_password="ua-secret") as client:
            before = self.authorization(client)
            reply(self.ask(client, "/rets/login", before))
            reply(self.ask(client, "/rets/logout", before), 20037)
            reply(self.ask(client, "/rets/logout", self.authorization(client)))

    def test_the_requests_id_counts(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=1, ua_password="ua-secret") as client:
            given = self.authorization(client, request_id="r1")
            reply(self.ask(client, "/rets/login", given), 20037)
            reply(self.ask(client, "/rets/login", given, **{"RETS-Request-ID": "r1"}))

    def test_a_wrong_one_or_none_at_all_is_refused(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=1, ua_password="ua-secret") as client:
            reply(self.ask(client, "/rets/login", None), 20041)
            reply(self.ask(client, "/rets/login", self.authorization(client, password="wrong")), 20037)


class TestSessions:
    def test_nothing_works_before_the_login(self, client: Client) -> None:
        for path in ("search", "getmetadata", "getobject", "logout"):
            reply(client.http.get(f"/rets/{path}"), 20701)

    def test_nothing_works_behind_the_logout(self, client: Client) -> None:
        client.login()
        assert client.rows()
        answer = client.http.get("/rets/logout")
        assert "SignOffMessage" in answer.text
        reply(client.search(), 20701)

    def test_the_cookie_may_have_another_name(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, cookie="ASP.NET_SessionId") as client:
            client.login()
            assert list(client.http.cookies) == ["ASP.NET_SessionId"]
            assert client.rows()

    def test_one_ends_after_so_many_requests(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, session_requests=2) as client:
            client.login()
            assert client.rows() == client.rows()
            reply(client.search(), 20701)
            client.login()
            assert client.rows()

    def test_or_after_half_an_hour_of_silence(self, tmp_path: Path) -> None:
        times = [TODAY]
        with running(tmp_path, homes=4, now=lambda: times[-1]) as client:
            client.login()
            times.append(times[-1] + timedelta(seconds=1_800))
            assert client.rows()
            times.append(times[-1] + timedelta(seconds=1_801))
            reply(client.search(), 20701)

    def test_or_by_a_control_call(self, client: Client) -> None:
        client.login()
        client.http.delete("/_control/tokens").raise_for_status()
        reply(client.search(), 20701)

    def test_the_end_may_be_told_by_http(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, session_requests=1, session_end="401") as client:
            client.login()
            assert client.rows()
            assert client.search().status_code == 401
            client.login()
            assert client.rows()

    def test_a_second_login_may_be_refused_while_the_first_lives(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, single_login=True) as client:
            client.login()
            reply(client.http.get("/rets/login"), 20022)
            client.http.get("/rets/logout")
            client.login()


class TestControl:
    def test_homes_are_those_of_the_other_sandbox(self, client: Client) -> None:
        assert len(client.homes()) == 4
        home = client.homes()[0]
        shown = client.http.get(f"/_control/homes/{home['key']}").json()
        assert shown["Media"][0]["MediaURL"].startswith(str(client.http.base_url))

    def test_an_error_of_a_control_call_is_json(self, client: Client) -> None:
        answer = client.http.post("/_control/homes/none", json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "404")

    def test_the_log_has_the_requests(self, client: Client) -> None:
        client.http.delete("/_control/log")
        client.http.get("/rets/login", auth=httpx.DigestAuth("agent", "secret"))
        log = client.http.get("/_control/log", params={"kind": "rets"}).json()["requests"]
        assert [(entry["authorization"], entry["status"]) for entry in log] == [(None, 401), ("Digest", 200)]

    @pytest.mark.parametrize(("code", "more"), [(20210, {}), (20003, {"reply_code": 20003})])
    def test_a_fault_can_be_a_reply(self, client: Client, code: int, more: dict[str, int]) -> None:
        client.control("faults", {"match": "rets", "kind": "error200", **more})
        answer = client.http.get("/rets/login")
        assert f'ReplyCode="{code}"' in answer.text
        client.login()

    def test_a_fault_can_be_of_one_transaction(self, client: Client) -> None:
        client.login()
        client.control("faults", {"match": "/rets/search", "kind": "status", "status": 503, "retry_after": 4})
        reply(client.objects("nothing:1"), 20403)
        failed = client.search()
        assert (failed.status_code, failed.headers["retry-after"]) == (503, "4")
        assert client.rows()

    def test_garbage_calls_itself_xml(self, client: Client) -> None:
        client.control("faults", {"match": "rets", "kind": "garbage"})
        assert client.http.get("/rets/login").headers["content-type"].startswith("text/xml")
