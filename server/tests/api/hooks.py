"""Signs every generated request in, with an account of its own: others log out and change passwords."""

import uuid

import requests
import schemathesis

PASSWORD = "Correct horse 1"


@schemathesis.auth(refresh_interval=None)
class Account:
    def get(self, case, context):
        document = case.operation.schema.raw_schema
        path = next(
            path
            for path, methods in document["paths"].items()
            for operation in methods.values()
            if operation["operationId"] == "register"
        )
        account = {"email": f"{uuid.uuid4()}@example.com", "password": PASSWORD}
        base = case.operation.base_url.rstrip("/")
        answer = requests.post(base + path, json=account, timeout=10)
        answer.raise_for_status()
        cookies = answer.cookies.get_dict()
        if cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            csrf = next(value for name, value in cookies.items() if "csrf" in name)
            return {"Cookie": pairs, "X-CSRF-Token": csrf}
        body = answer.json()
        return {"Authorization": f"Bearer {body.get('access_token') or body['token']}"}

    def set(self, case, data, context):
        case.headers.update(data)
