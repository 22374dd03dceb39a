"""A strict local Jira, Cloud or Data Center: the REST paths of issues, over HTTP. It refuses what Jira refuses, keeps a ledger, and its search lags."""

import json
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.peers.serving import Handler, serving

Json = dict[str, Any]
USER, TOKEN, PROJECT = "annexa@plant.example", "peer-token-4711", "ISMS"
STATES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
_WRITABLE = {"project", "issuetype", "summary", "description", "labels", "duedate", "assignee"}
_RELATIVE = re.compile(r"-(\d+)m")


class RefusedError(Exception):
    """Answered with that status and body."""

    def __init__(self, status: int, message: str = "", **errors: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"errorMessages": [message] if message else [], "errors": errors}


@dataclass
class Issue:
    """An issue as Jira keeps it; `shown_at` is when the search knows it."""

    key: str
    fields: Json
    created: datetime
    shown_at: datetime
    properties: Json = field(default_factory=dict)
    comments: list[Json] = field(default_factory=list)


class JiraPeer:
    """One project. `now` is Jira's own clock, `lag` how long its search takes to show a new issue."""

    def __init__(self, now: Callable[[], datetime], cloud: bool = True, lag: timedelta = timedelta(0)) -> None:
        self.now, self.cloud, self.lag = now, cloud, lag
        self.issues: list[Issue] = []
        self.numbers = 0
        self.moved: dict[str, str] = {}
        self.off_screen: set[str] = set()
        self.people = {"ada@plant.example": "id-ada", "mira@plant.example": "id-mira"}
        self.answers: list[tuple[int, Json, dict[str, str]]] = []
        """What the next requests get instead of being looked at: (status, body, headers)."""
        self.watch: Callable[[str, str, str], None] = lambda method, path, when: None
        """Told of each request `before` and `after` it is carried out, before it is answered."""
        self.requests: list[tuple[str, str]] = []
        self.url = ""
        self._lock = threading.RLock()

    # --- what people do -------------------------------------------------------------------------------------------

    def an_issue(self, summary: str = "Something else") -> Issue:
        """An issue that somebody else made just now."""
        return self._make({"summary": summary, "labels": []}, {})

    def older_issues(self, count: int = 3) -> None:
        """Issues of an hour ago that the search knows."""
        for _ in range(count):
            issue = self.an_issue()
            issue.created = issue.shown_at = self.now() - timedelta(hours=1)

    def to_state(self, key: str, name: str) -> None:
        """Somebody takes a transition."""
        self._find(key).fields["status"] = _status(name)

    def comment(self, key: str, text: str, author: str = "Ada Kern") -> None:
        """Somebody comments."""
        self._comment(self._find(key), _document(text) if self.cloud else text, author)

    def delete(self, key: str) -> None:
        """Somebody deletes an issue."""
        self.issues.remove(self._find(key))

    def move(self, key: str, to: str) -> None:
        """Somebody moves an issue into another project, where it gets another key."""
        self._find(key).key = to
        self.moved[key] = to

    def with_label(self, label: str) -> list[Issue]:
        """The ledger: issues that carry a label."""
        return [issue for issue in self.issues if label in issue.fields["labels"]]

    # --- requests -------------------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> tuple[int, Any, dict[str, str]]:
        """(status, body, headers) for one request."""
        parts = urlsplit(target)
        self.requests.append((method, parts.path))
        if self.answers:
            return self.answers.pop(0)
        try:
            self._check(headers, raw)
            self.watch(method, parts.path, "before")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            with self._lock:
                status, body = self._route(method, unquote(parts.path), query, json.loads(raw) if raw else None)
            self.watch(method, parts.path, "after")
            return status, body, {}
        except RefusedError as refused:
            return refused.status, refused.body, {}

    def _check(self, headers: dict[str, str], raw: bytes) -> None:
        wanted = f"Basic {b64encode(f'{USER}:{TOKEN}'.encode()).decode()}" if self.cloud else f"Bearer {TOKEN}"
        if headers.get("authorization") != wanted:
            raise RefusedError(401, "Client must be authenticated to access this resource.")
        if raw and headers.get("content-type", "").partition(";")[0] != "application/json":
            raise RefusedError(415, "Unsupported Media Type")

    def _route(self, method: str, path: str, query: Json, body: Any) -> tuple[int, Any]:
        version = 3 if self.cloud else 2
        prefix = f"/rest/api/{version}"
        if not path.startswith(f"{prefix}/"):
            raise RefusedError(404, "no such API here")
        match [method, *path.removeprefix(f"{prefix}/").split("/")]:
            case ["POST", "issue"]:
                return 201, self._create(body)
            case ["POST", "search", "jql"] if self.cloud:
                return 200, self._search(body, {"jql", "maxResults", "fields", "nextPageToken"})
            case ["POST", "search"] if not self.cloud:
                return 200, self._search(body, {"jql", "maxResults", "fields", "startAt"})
            case ["POST", "search"]:
                raise RefusedError(410, "The requested API has been removed. Please migrate to /rest/api/3/search/jql.")
            case ["GET", "issue", key]:
                issue = self._find(key)
                names = query.get("fields", "").split(",")
                return 200, {"id": str(id(issue)), "key": issue.key, "fields": {name: issue.fields.get(name) for name in names}}
            case ["PUT", "issue", key]:
                self._edit(self._find(key), body["fields"])
                return 204, None
            case ["GET", "issue", key, "transitions"]:
                now = self._find(key).fields["status"]["name"]
                return 200, {
                    "transitions": [{"id": str(n), "name": f"To {s}", "to": _status(s)} for n, s in enumerate(STATES, 11) if s != now]
                }
            case ["POST", "issue", key, "transitions"]:
                self._transition(self._find(key), str(body["transition"]["id"]))
                return 204, None
            case ["GET", "issue", key, "comment"]:
                some = sorted(self._find(key).comments, key=lambda one: one["id"], reverse=query.get("orderBy") == "-created")
                start, most = int(query.get("startAt", 0)), int(query.get("maxResults", 50))
                return 200, {"startAt": start, "maxResults": most, "total": len(some), "comments": some[start : start + most]}
            case ["POST", "issue", key, "comment"]:
                _demand_text(self.cloud, body["body"], "comment")
                return 201, self._comment(self._find(key), body["body"], "Annexa")
            case ["GET", "project", key] if key == PROJECT:
                return 200, {"key": key}
            case ["GET", "user", "assignable", "search"]:
                return 200, self._people(query)
        raise RefusedError(404, "Issue does not exist or you do not have permission to see it.")

    # --- what Jira does -------------------------------------------------------------------------------------------

    def _create(self, body: Json) -> Json:
        fields = body["fields"]
        if fields.get("project", {}).get("key") != PROJECT:
            raise RefusedError(400, project="valid project is required")
        if fields.get("issuetype", {}).get("name") not in ("Task", "Bug"):
            raise RefusedError(400, issuetype="Specify a valid issue type")
        if not fields.get("summary"):
            raise RefusedError(400, summary="You must specify a summary of the issue.")
        self._validate(fields)
        issue = self._make(fields, {one["key"]: one["value"] for one in body.get("properties", [])})
        return {"id": str(id(issue)), "key": issue.key, "self": f"{self.url}/rest/api/3/issue/{id(issue)}"}

    def _validate(self, fields: Json) -> None:
        wrong = {
            name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            for name in fields
            if name not in _WRITABLE or name in self.off_screen
        }
        if len(fields.get("summary", "x")) > 255 or "\n" in fields.get("summary", "x"):
            wrong["summary"] = "The summary is invalid because it contains newline characters or is too long."
        if any(" " in label for label in fields.get("labels", [])):
            wrong["labels"] = "The label contains spaces which is invalid."
        if (due := fields.get("duedate")) is not None:
            try:
                date.fromisoformat(due)
            except ValueError:
                wrong["duedate"] = "Error parsing date string"
        handle = "accountId" if self.cloud else "name"
        if (person := fields.get("assignee")) is not None and person.get(handle) not in self.people.values():
            wrong["assignee"] = "Specify a valid value for assignee"
        if wrong:
            raise RefusedError(400, **wrong)
        if "description" in fields:
            _demand_text(self.cloud, fields["description"], "description")

    def _make(self, fields: Json, properties: Json) -> Issue:
        self.numbers += 1
        whole = {"status": _status("To Do"), "duedate": None, "labels": [], **fields}
        whole["assignee"] = self._person((fields.get("assignee") or {}).get("accountId" if self.cloud else "name"))
        issue = Issue(f"{PROJECT}-{self.numbers}", whole, self.now(), self.now() + self.lag, properties)
        self.issues.append(issue)
        return issue

    def _edit(self, issue: Issue, fields: Json) -> None:
        self._validate(fields)
        if "assignee" in fields:
            fields = {**fields, "assignee": self._person((fields["assignee"] or {}).get("accountId" if self.cloud else "name"))}
        issue.fields |= fields

    def _transition(self, issue: Issue, id_: str) -> None:
        names = {str(n): name for n, name in enumerate(STATES, 11)}
        if id_ not in names or issue.fields["status"]["name"] == names[id_]:
            raise RefusedError(400, "It seems that you have tried to perform a workflow operation that is not valid for the current state.")
        issue.fields["status"] = _status(names[id_])

    def _comment(self, issue: Issue, body: Any, author: str) -> Json:
        made = {
            "id": str(10_000 + sum(len(one.comments) for one in self.issues)), "author": {"displayName": author}, "body": body,
            "created": self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        }  # fmt: skip
        issue.comments.append(made)
        return made

    def _find(self, key: str) -> Issue:
        key = self.moved.get(key, key)
        found = next((issue for issue in self.issues if issue.key == key), None)
        if found is None:
            raise RefusedError(404, "Issue does not exist or you do not have permission to see it.")
        return found

    def _search(self, body: Json, allowed: set[str]) -> Json:
        if unknown := set(body) - allowed:
            raise RefusedError(400, f"Unrecognized field {sorted(unknown)}")
        where, _, order = (
            body["jql"].partition(" ORDER BY ") if " ORDER BY " in body["jql"] else ("", "", body["jql"].removeprefix("ORDER BY "))
        )
        found = [issue for issue in self.issues if issue.shown_at <= self.now()]
        for clause in where.split(" AND "):
            found = [issue for issue in found if self._fits(issue, clause)]
        if order not in ("created ASC", "created DESC"):
            raise RefusedError(400, f"Error in the JQL Query: {order}")
        found.sort(key=lambda issue: issue.created, reverse=order.endswith("DESC"))
        shown = [{"id": str(id(one)), "key": one.key, "fields": {}} for one in found[: body.get("maxResults", 50)]]
        return {"issues": shown, "isLast": True} if self.cloud else {"startAt": 0, "total": len(found), "issues": shown}

    def _fits(self, issue: Issue, clause: str) -> bool:
        found = re.fullmatch(r'(labels|project|created) (=|<=|>=) "?([^"]+)"?', clause.strip())
        if not found:
            raise RefusedError(400, f"Error in the JQL Query: {clause}")
        name, sign, value = found.groups()
        if name == "project":
            if value != PROJECT:
                raise RefusedError(400, f"The value '{value}' does not exist for the field 'project'.")
            return issue.key.startswith(f"{PROJECT}-")
        if name == "labels":
            return value in issue.fields["labels"]
        relative = _RELATIVE.fullmatch(value)
        if not relative:
            raise RefusedError(400, f"Date value '{value}' for field 'created' is invalid.")
        moment = self.now() - timedelta(minutes=int(relative[1]))
        return issue.created <= moment if sign == "<=" else issue.created >= moment

    def _people(self, query: Json) -> list[Json]:
        asked = query.get("query" if self.cloud else "username")
        if asked is None or query.get("project") != PROJECT:
            raise RefusedError(400, "The query parameter is required.")
        return [self._person(handle) or {} for email, handle in self.people.items() if asked.casefold() in email]

    def _person(self, handle: str | None) -> Json | None:
        email = next((email for email, one in self.people.items() if one == handle), "")
        return (
            {"accountId" if self.cloud else "name": handle, "emailAddress": email, "displayName": email.split("@")[0]} if handle else None
        )


def _status(name: str) -> Json:
    return {"name": name, "statusCategory": {"key": STATES[name]}}


def _document(text: str) -> Json:
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


def _demand_text(cloud: bool, given: Any, name: str) -> None:
    if cloud and not (isinstance(given, dict) and given.get("type") == "doc" and given.get("version") == 1 and _is_adf(given)):
        raise RefusedError(400, **{name: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"})
    if not cloud and not isinstance(given, str):
        raise RefusedError(400, **{name: "Operation value must be a string"})


def _is_adf(node: Json) -> bool:
    if node["type"] == "text":
        return bool(node.get("text")) and set(node) <= {"type", "text", "marks"}
    if node["type"] == "hardBreak":
        return set(node) == {"type"}
    return node["type"] in ("doc", "paragraph") and all(_is_adf(one) for one in node.get("content", []))


@contextmanager
def jira_peer(now: Callable[[], datetime], cloud: bool = True, lag: timedelta = timedelta(0)) -> Iterator[JiraPeer]:
    """A peer that listens on a port of its own."""
    peer = JiraPeer(now, cloud, lag)

    class Answering(Handler):
        def serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body, more = peer.answer(self.command, self.path, headers, self.body())
            self.reply(status, b"" if body is None else json.dumps(body).encode(), more)

    with serving(Answering) as peer.url:
        yield peer
