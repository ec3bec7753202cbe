"""Signs every generated request in, with an account of its own: others log out and change passwords. Half of the
requests that take its address, its password or a refresh token, or name a session, get that account's own."""

import uuid
import zlib

import requests
import schemathesis

PASSWORD = "Correct horse 1"


def operation(document, operation_id):
    """Path, method and description of an operation."""
    return next(
        (path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if described["operationId"] == operation_id
    )


def every_other(value):
    """The same values every time, so that a failure can be had again."""
    return zlib.crc32(repr(value).encode()) % 2 == 0


@schemathesis.auth(refresh_interval=None)
class Account:
    def get(self, case, context):
        document = case.operation.schema.raw_schema
        base = case.operation.base_url.rstrip("/")
        path, _, _ = operation(document, "register")
        account = {"email": f"{uuid.uuid4()}@example.com", "password": PASSWORD}
        answer = requests.post(base + path, json=account, timeout=10)
        answer.raise_for_status()
        headers = self.headers(answer, document)
        path, _, _ = operation(document, "sessions")
        sessions = requests.get(base + path, headers=headers, timeout=10)
        sessions.raise_for_status()
        return {
            "headers": headers,
            "session": sessions.json()["sessions"][0]["id"],
            "members": {
                **account,
                "current_password": PASSWORD,
                # Where it is no cookie, it is a member of the answer and, by the same name, of requests.
                **{name: text for name, text in answer.json().items() if name == "refresh_token"},
            },
        }

    def headers(self, answer, document):
        cookies = answer.cookies.get_dict()
        if cookies:
            csrf = document["components"]["securitySchemes"]["csrf"]["name"]
            pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            return {"Cookie": pairs, csrf: next(v for name, v in cookies.items() if "csrf" in name)}
        body = answer.json()
        return {"Authorization": f"Bearer {body.get('access_token') or body['token']}"}

    def set(self, case, data, context):
        case.headers.update(data["headers"])
        session = (case.path_parameters or {}).get("session")
        if session is not None and every_other(session):
            case.path_parameters["session"] = data["session"]
        if isinstance(case.body, dict) and every_other(case.body):
            for name, text in data["members"].items():
                if isinstance(case.body.get(name), str):
                    case.body[name] = text
        refresh = data["members"].get("refresh_token")
        for name, value in case.headers.items():
            if refresh and name.lower() == "x-refresh-token" and every_other(value):
                case.headers[name] = refresh
