"""PuppyGraph's HTTP interface, as far as a view needs it: GET /schemajson, POST /schema, with a user and a password.

Source: https://docs.puppygraph.com/schema/upload-download-schema
"""

from typing import Any

import requests

from schemas.errors import ContractError, SettingError, UnreachableError
from schemas.settings import Settings

ASK_SECONDS = 30
#: It opens every table of a view before it takes it.
INSTALL_SECONDS = 600


class PuppyGraph:
    """One server."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.puppygraph_url.rstrip("/")
        self._user = (settings.puppygraph_user, settings.puppygraph_password)

    def installed(self) -> dict[str, Any]:
        """The view that it has; empty before the first.

        Raises:
            UnreachableError: it does not answer.
            SettingError: it knows no such user or password.
        """
        answer = self._ask("GET", "/schemajson", ASK_SECONDS)
        body = _body(answer)
        # Before the first view, it says with any status that there is none to be decoded.
        return body if answer.ok and "node" in body else {}

    def install(self, view: dict[str, Any]) -> None:
        """Puts the view in the place of what is there.

        Raises:
            ContractError: it refuses the view; the message says why.
            UnreachableError: it does not answer.
            SettingError: it knows no such user or password.
        """
        answer = self._ask("POST", "/schema", INSTALL_SECONDS, view)
        body = _body(answer)
        taken = body.get("ok", body.get("Status", "OK"))
        if not answer.ok or taken not in (True, "OK"):
            why = body.get("message") or body.get("Message") or answer.text[:500] or answer.reason
            for catalog in view["catalog"]:
                why = str(why).replace(catalog["jdbc"]["password"], "***")
            raise ContractError(
                f"PuppyGraph at {self._url} refuses the view ({answer.status_code}): {why}. "
                "Compare schemas/graph.json with the tables ('python -m sinks --migrate-only' lays them)."
            )

    def _ask(self, method: str, path: str, seconds: float, body: dict[str, Any] | None = None) -> requests.Response:
        try:
            answer = requests.request(method, f"{self._url}{path}", json=body, auth=self._user, timeout=seconds)
        except requests.RequestException as error:
            raise UnreachableError(
                f"PuppyGraph at {self._url} does not answer ({type(error).__name__}). "
                "Start it, or correct C360_PUPPYGRAPH_URL."
            ) from None
        if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise SettingError(
                f"PuppyGraph at {self._url} does not let {self._user[0]} in. Check C360_PUPPYGRAPH_USER and "
                "C360_PUPPYGRAPH_PASSWORD."
            )
        return answer


def _body(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
