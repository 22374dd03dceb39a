"""Jira as a tracker: Cloud (an e-mail with its API token, REST 3) and Data Center (a personal access token, REST 2).

Jira takes no key that makes a second create do nothing, and its search shows an issue seconds to minutes after it was made. So each issue carries our key as a
label, and what may have been made is looked for by this rule before it is made again:

1. By its label. What the search shows is there, at any time.
2. Not before `SETTLED` is anything concluded from not finding it: until then the request itself may still be under way.
3. Then by number. An issue's number in its project grows with each one made, and reading an issue by its number goes past the search. From the newest issue that is
   surely older than ours, number after number is read until `GAP` of them do not exist: if ours is not among them, it was not made.
4. Where this cannot be done (no older issue is visible, too many newer ones, reading is refused), the search itself must prove that it has caught up: after
   `CAUGHT_UP` it shows an issue that was made later than ours, or shows that the project is empty. Until then the question stays open; after `GIVE_UP` a person decides.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from connectors.base import ConnectorError, NotYet, Progress, Refused, Remark, Task, TaskChange, TaskRef, TaskState, mark
from connectors.http import Http, Manner, Service

SETTLED = timedelta(minutes=5)
CAUGHT_UP = timedelta(minutes=15)
GIVE_UP = timedelta(hours=24)
GAP, MOST_READ, _ANCHORS = 15, 300, 5
_LONGEST_TITLE, _LONGEST_TEXT, _MOST_REMARKS = 255, 30_000, 500
_KEY = re.compile(r"([A-Z][A-Z0-9_]*)-(\d{1,9})")
_CATEGORY: dict[str, Progress] = {"new": "open", "undefined": "open", "indeterminate": "running", "done": "done"}
_OPTIONAL = ("duedate", "assignee", "reporter")
"""Fields that a project may have off its screens; the issue is made without them, and says so in its text."""


@dataclass(frozen=True)
class Options:
    """Where Jira is and as whom we speak; without a `user` it is a Data Center with a personal access token."""

    url: str
    project: str
    token: str = field(repr=False)
    user: str = ""
    issue_type: str = "Task"


def connect(options: Options, manner: Manner = Manner()) -> "Jira":
    """The project as a tracker; nothing is asked of it yet."""
    return Jira(options, manner)


class Jira:
    """One project in Jira."""

    name: Final = "jira"
    pushes: Final = False

    def __init__(self, options: Options, manner: Manner) -> None:
        self._options, self._cloud = options, bool(options.user)
        pair = b64encode(f"{options.user}:{options.token}".encode()).decode()
        allowed = f"Basic {pair}" if self._cloud else f"Bearer {options.token}"
        self._http = Http(
            Service(
                "Jira", options.url, "ANNEXA_JIRA_URL", "ANNEXA_JIRA_TOKEN", "ANNEXA_TRACKER_PROJECT",
                {"Authorization": allowed, "Accept": "application/json", "X-Atlassian-Token": "no-check"}, (options.token, pair),
            ),
            manner,
        )  # fmt: skip
        self._api = f"/rest/api/{3 if self._cloud else 2}"

    # --- filing ---------------------------------------------------------------------------------------------------

    def file(self, task: Task) -> TaskRef:
        """The new issue. Where Jira refuses a field that a task can do without, it is made without it."""
        fields = self._fields_of(task)
        for _ in range(len(_OPTIONAL) + 1):
            try:
                made = self._http.call("POST", f"{self._api}/issue", {"fields": fields, "properties": [_property(task)]})
                return self._ref(made)
            except Refused as error:  # refused means that nothing was made
                without = [name for name in error.fields if name in _OPTIONAL and name in fields]
                if error.status != 400 or not without or len(without) < len(error.fields):
                    raise
                fields = {name: value for name, value in fields.items() if name not in without}
                fields["description"] = self._text(task, told=_told(task, without))
        raise AssertionError("unreachable")

    def _fields_of(self, task: Task) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "project": {"key": self._options.project},
            "issuetype": {"name": self._options.issue_type},
            "summary": " ".join(task.title.split())[:_LONGEST_TITLE],
            "description": self._text(task),
            "labels": ["annexa", mark(task.key), *task.labels],
        }
        if task.due_on:
            fields["duedate"] = task.due_on.isoformat()
        if person := self._person(task.owner):
            fields["assignee"] = person
        return fields

    def find(self, task: Task, since: datetime, now: datetime) -> TaskRef | None:
        """The issue with our label, by the rule above."""
        if found := self._labelled(mark(task.key)):
            return found
        age = now - since
        if age < SETTLED:
            raise NotYet(
                f"Jira may still be making it; it is looked for again until {since + SETTLED:%H:%M} UTC.",
                max(SETTLED - age, timedelta(seconds=30)),
            )
        try:
            numbered = self._by_number(mark(task.key), age)
        except (ConnectorError, _Unsure) as error:
            if isinstance(error, ConnectorError) and error.wait:
                raise
            self._demand_caught_up(age)
            return None
        return numbered

    def _demand_caught_up(self, age: timedelta) -> None:
        """Nothing where the search proves that it would show the issue by now. Raises NotYet."""
        if age >= CAUGHT_UP:
            here = f'project = "{self._options.project}"'
            later = self._search(f"{here} AND created >= -{_minutes(age) - 2}m ORDER BY created DESC", 1)
            if later or not self._search(f"{here} ORDER BY created DESC", 1):
                return
        if age >= GIVE_UP:
            raise NotYet("Jira's search does not tell whether it was made: look for it there, by its title or by the label annexa.", None)
        raise NotYet("Jira's search lags behind what was made; it is looked for again.", max(timedelta(minutes=2), age / 2))

    def _by_number(self, label: str, age: timedelta) -> TaskRef | None:
        """The issue among those made since, each read by its number. Raises _Unsure where they cannot all be read."""
        older = f'project = "{self._options.project}" AND created <= -{_minutes(age) + 5}m ORDER BY created DESC'
        numbers = self._numbers(older, _ANCHORS)
        if not numbers:
            raise _Unsure
        shown = self._numbers(f'project = "{self._options.project}" ORDER BY created DESC', 1)
        missing, number = 0, min(numbers)  # one that was moved here bears a newer number than its age says
        for _ in range(MOST_READ):
            number += 1
            issue = self._issue(f"{self._options.project}-{number}", "labels")
            if issue and label in (issue["fields"].get("labels") or []):
                return self._ref(issue)
            missing = 0 if issue else missing + 1
            if missing >= GAP and number >= max(shown, default=0):
                return None
        raise _Unsure

    def _numbers(self, jql: str, most: int) -> list[int]:
        """The numbers of the issues of our project that a search shows."""
        found = (_KEY.fullmatch(one["key"]) for one in self._search(jql, most))
        return [int(one[2]) for one in found if one and one[1] == self._options.project]

    def _labelled(self, label: str) -> TaskRef | None:
        found = self._search(f'labels = "{label}" ORDER BY created ASC', 1)
        return self._ref(found[0]) if found else None

    def _search(self, jql: str, most: int) -> list[dict[str, Any]]:
        path = f"{self._api}/search/jql" if self._cloud else f"{self._api}/search"
        found = self._http.call("POST", path, {"jql": jql, "maxResults": most, "fields": ["labels", "created"]}, repeatable=True)
        issues = found.get("issues") if isinstance(found, dict) else None
        if not isinstance(issues, list) or not all(isinstance(one, dict) and _KEY.fullmatch(str(one.get("key"))) for one in issues):
            raise ConnectorError(f"{self._http.name} answered a search with something that is no list of issues.", False)
        return issues

    # --- following ------------------------------------------------------------------------------------------------

    def read(self, ref: TaskRef) -> TaskState | None:
        """The issue with its comments; one that was moved answers under its old key with its new one."""
        issue = self._issue(ref.key, "summary,status,assignee,duedate")
        if issue is None:
            self._http.get(f"{self._api}/project/{quote(ref.key.partition('-')[0], safe='')}")  # gone, or are we locked out?
            return None
        fields = issue["fields"]
        status, person = fields.get("status") or {}, fields.get("assignee") or {}
        now = self._ref(issue)
        return TaskState(
            _category(issue),
            str(status.get("name", "")),
            str(person.get("emailAddress") or person.get("displayName") or ""),
            _day(fields.get("duedate")),
            tuple(self._remarks(now.key)),
            now.url,
            now if now.key != ref.key else None,
        )

    def change(self, ref: TaskRef, change: TaskChange, key: str) -> None:
        """Due day and assignee first, then the state: closed issues take no changes in many projects."""
        issue = self._issue(ref.key, "status,duedate,assignee")
        if issue is None:
            raise Refused(f"{self._http.name} no longer has {ref.key}: it was deleted or moved out of sight.", 404, True)
        if change.state in ("open", "running") and _category(issue) == "done":
            self._move(ref.key, issue, "open")
        refused = self._rewrite(ref.key, issue["fields"], change.anew) if change.anew else self._set(ref.key, issue["fields"], change)
        if change.state in ("done", "dropped"):
            self._move(ref.key, issue, "done")
        if refused:
            raise refused

    def _set(self, key: str, fields: dict[str, Any], change: TaskChange) -> Refused | None:
        """What Jira refused of due day and assignee."""
        wanted: dict[str, Any] = {}
        if change.due_on and _day(fields.get("duedate")) != change.due_on:
            wanted["duedate"] = change.due_on.isoformat()
        person = self._person(change.owner)
        if person and not person.items() <= (fields.get("assignee") or {}).items():
            wanted["assignee"] = person
        return self._put_each(key, wanted)

    def _rewrite(self, key: str, fields: dict[str, Any], task: Task) -> Refused | None:
        """What Jira refused of due day and assignee of a task that is written anew; title and text it has to take, and gets first."""
        wanted = self._fields_of(task)
        self._http.call(
            "PUT", f"{self._api}/issue/{quote(key, safe='')}", {"fields": {name: wanted[name] for name in ("summary", "description")}}
        )
        kept = {"assignee"} if task.owner and "assignee" not in wanted else set()  # somebody whom Jira does not know stays in its text
        return self._put_each(
            key, {name: wanted.get(name) for name in ("duedate", "assignee") if name not in kept and (fields.get(name) or name in wanted)}
        )

    def _put_each(self, key: str, wanted: dict[str, Any]) -> Refused | None:
        """What Jira refused; each field is asked for by itself, so that one that is off the screens does not hold up the other."""
        refused = None
        for name, value in wanted.items():
            try:
                self._http.call("PUT", f"{self._api}/issue/{quote(key, safe='')}", {"fields": {name: value}})
            except Refused as error:
                if error.status != 400:
                    raise
                refused = error
        return refused

    def _move(self, key: str, issue: dict[str, Any], to: Progress) -> None:
        """Take the transition that leads to a state of that category, unless it is there."""
        status = issue["fields"].get("status") or {}
        if _category(issue) == to:
            return
        path = f"{self._api}/issue/{quote(key, safe='')}/transitions"
        ways = (self._http.get(path) or {}).get("transitions") or []
        way = next((one for one in ways if _CATEGORY.get(str(((one.get("to") or {}).get("statusCategory") or {}).get("key"))) == to), None)
        if way is None:
            named = {"done": "a finished state", "open": "an open state", "running": "a state in progress"}[to]
            raise ConnectorError(
                f"{self._http.name}: no transition leads {key} from {status.get('name', 'its state')} to {named}; move it by hand.", True
            )
        # Taken twice it is refused the second time, and the state is read before each try.
        self._http.call("POST", path, {"transition": {"id": str(way["id"])}}, repeatable=False)

    def remark(self, ref: TaskRef, text: str, key: str) -> str:
        """The id of our comment; it carries the mark of its key, and an issue's comments are read past the search."""
        sign = f"[{mark(key)}]"
        if found := next((one.id for one in self._remarks(ref.key) if sign in one.text), None):
            return found
        whole = f"{text[:_LONGEST_TEXT]}\n\n{sign}"
        made = self._http.call(
            "POST", f"{self._api}/issue/{quote(ref.key, safe='')}/comment", {"body": _adf(whole) if self._cloud else whole}
        )
        if not isinstance(made, dict) or not made.get("id"):
            raise ConnectorError(f"{self._http.name} took a comment and did not say what it is called.", False, doubtful=True)
        return str(made["id"])

    def _remarks(self, key: str) -> Iterator[Remark]:
        path, start = f"{self._api}/issue/{quote(key, safe='')}/comment", 0
        while start < _MOST_REMARKS:
            page = self._http.get(path, startAt=start, maxResults=100, orderBy="-created") or {}
            some = page.get("comments") or []
            for one in some:
                author = (one.get("author") or {}).get("displayName") or ""
                yield Remark(str(one.get("id")), str(author), _plain(one.get("body")), _moment(one.get("created")))
            start += len(some)
            if not some or start >= int(page.get("total", 0)):
                return

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _issue(self, key: str, fields: str) -> dict[str, Any] | None:
        """The issue, None where there is none (or none for us)."""
        try:
            found = self._http.get(f"{self._api}/issue/{quote(key, safe='')}", fields=fields)
        except Refused as error:
            if error.status == 404:
                return None
            raise
        if not isinstance(found, dict) or not isinstance(found.get("fields"), dict):
            raise ConnectorError(f"{self._http.name} answered with something that is no issue.", False)
        return found

    def _ref(self, issue: Any) -> TaskRef:
        key = str(issue.get("key", "")) if isinstance(issue, dict) else ""
        if not _KEY.fullmatch(key):
            raise ConnectorError(f"{self._http.name} did not say what the issue is called.", False, doubtful=True)
        return TaskRef(self.name, key, f"{self._options.url.rstrip('/')}/browse/{key}")

    def _person(self, email: str) -> dict[str, str] | None:
        """How Jira names the person with that e-mail, where it has exactly one who may be assigned; an issue can do without."""
        if not email:
            return None
        asked = {"query" if self._cloud else "username": email}
        try:
            found = self._http.get(f"{self._api}/user/assignable/search", project=self._options.project, maxResults=10, **asked)
        except Refused:
            return None
        people = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        same = [one for one in people if str(one.get("emailAddress", "")).casefold() == email.casefold()]
        chosen = same if same else [one for one in people if not one.get("emailAddress")]  # Cloud hides addresses
        if len(chosen) != 1:
            return None
        handle = "accountId" if self._cloud else "name"
        return {handle: str(chosen[0][handle])} if chosen[0].get(handle) else None

    def _text(self, task: Task, told: str = "") -> Any:
        text = "\n\n".join(part for part in (task.body, told, task.url) if part)[:_LONGEST_TEXT]
        return _adf(text) if self._cloud else text


def _category(issue: dict[str, Any]) -> Progress:
    """How far an issue is: each state of Jira, whatever it is called, belongs to a category."""
    status = issue["fields"].get("status") or {}
    return _CATEGORY.get(str((status.get("statusCategory") or {}).get("key", "")), "open")


class _Unsure(Exception):
    """Reading by number cannot tell."""


def _property(task: Task) -> dict[str, Any]:
    return {"key": "annexa", "value": {"key": task.key}}


def _told(task: Task, without: list[str]) -> str:
    """The sentence for what the issue has no field for."""
    parts = [f"Due: {task.due_on}" if "duedate" in without and task.due_on else "", f"Owner: {task.owner}" if "assignee" in without else ""]
    return "\n".join(part for part in parts if part)


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _moment(text: Any) -> datetime | None:
    """Jira writes 2026-12-01T08:00:00.000+0000."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return None


def _adf(text: str) -> dict[str, Any]:
    """Plain text as an Atlassian document: paragraphs, line breaks, addresses as links."""
    paragraphs = [part for part in re.split(r"\n{2,}", text) if part.strip()]
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": list(_inline(part))} for part in paragraphs]}


def _inline(paragraph: str) -> Iterator[dict[str, Any]]:
    for place, line in enumerate(paragraph.split("\n")):
        if place:
            yield {"type": "hardBreak"}
        for piece in re.split(r"(https?://\S+)", line):
            if piece.startswith(("http://", "https://")):
                yield {"type": "text", "text": piece, "marks": [{"type": "link", "attrs": {"href": piece}}]}
            elif piece:
                yield {"type": "text", "text": piece}


def _plain(body: Any) -> str:
    """The text of a comment: as it is from a Data Center, the words of an Atlassian document from Cloud."""
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return ""
    if body.get("type") == "hardBreak":
        return "\n"
    own = str(body.get("text", "")) or "".join(_plain(one) for one in body.get("content") or [])
    if body.get("type") == "mention":
        own = str((body.get("attrs") or {}).get("text", ""))
    return f"{own}\n" if body.get("type") in ("paragraph", "heading", "listItem", "codeBlock") else own
