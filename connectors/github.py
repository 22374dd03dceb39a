"""GitHub Issues as a tracker, github.com or an Enterprise server.

GitHub takes no key either; ours stands as a hidden mark in the issue's text. What may have been made is looked for in the list of the repository's issues, which is
read from the database, not from the search: an issue that is not in it `SETTLED` after the request was not made. An issue has no due day: it stands in the text, as a
line that is read back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

from connectors.base import ConnectorError, NotYet, Progress, Refused, Remark, Task, TaskChange, TaskRef, TaskState, mark
from connectors.http import Http, Manner, Service

SETTLED = timedelta(minutes=5)
_SKEW = timedelta(hours=2)
"""How far GitHub's clock and ours may differ."""
_PAGE, _MOST_PAGES, _LONGEST_TITLE, _LONGEST_TEXT = 100, 50, 255, 60_000
_KEY = re.compile(r"([\w.-]+/[\w.-]+)#(\d{1,9})")
_DUE = re.compile(r"^Due: *(\d{4}-\d{2}-\d{2})?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Options:
    """The repository (`owner/name`), the address of the API, and a token that may write its issues."""

    project: str
    token: str = field(repr=False)
    url: str = "https://api.github.com"


def connect(options: Options, manner: Manner = Manner()) -> "GitHub":
    """The repository as a tracker; nothing is asked of it yet."""
    return GitHub(options, manner)


class GitHub:
    """The issues of one repository."""

    name: Final = "github"
    pushes: Final = False

    def __init__(self, options: Options, manner: Manner) -> None:
        self._project = options.project
        headers = {
            "Authorization": f"Bearer {options.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "annexa",
        }
        settings = ("ANNEXA_GITHUB_URL", "ANNEXA_GITHUB_TOKEN", "ANNEXA_TRACKER_PROJECT")
        self._http = Http(Service("GitHub", options.url, *settings, headers, (options.token,)), manner)

    def file(self, task: Task) -> TaskRef:
        """The new issue. Labels and people that GitHub does not know are left out by it or by us; the text names the owner."""
        body: dict[str, Any] = {
            "title": _title(task),
            "body": _text(task),
            "labels": ["annexa", *task.labels],
        }
        if login := self._login(task.owner):
            body["assignees"] = [login]
        made = self._http.call("POST", f"/repos/{self._project}/issues", body)
        return self._ref(made)

    def find(self, task: Task, since: datetime, now: datetime) -> TaskRef | None:
        """The issue with our mark, among those changed since; not by label, for GitHub drops labels of whoever may not set them."""
        sign = _sign(task.key)
        for issue in self._listed(since - _SKEW):
            if sign in str(issue.get("body") or ""):
                return self._ref(issue)
        if now - since < SETTLED:
            raise NotYet(
                f"GitHub may still be making it; it is looked for again until {since + SETTLED:%H:%M} UTC.",
                max(SETTLED - (now - since), timedelta(seconds=30)),
            )
        return None

    def _listed(self, since: datetime) -> Iterator[dict[str, Any]]:
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for page in range(1, _MOST_PAGES + 1):
            asked = {"state": "all", "since": moment, "sort": "created", "direction": "desc", "per_page": _PAGE, "page": page}
            some = self._http.get(f"/repos/{self._project}/issues", **asked)
            if not isinstance(some, list):
                raise ConnectorError(f"{self._http.name} answered with something that is no list of issues.", False)
            yield from (one for one in some if isinstance(one, dict))
            if len(some) < _PAGE:
                return
        raise NotYet("GitHub has more new issues than can be looked through: look for it there, by its title or by the label annexa.", None)

    def read(self, ref: TaskRef) -> TaskState | None:
        """The issue with its comments; one that was transferred answers from where it is now."""
        issue = self._issue(ref.key)
        if issue is None:
            self._http.get(f"/repos/{_parts(ref.key)[0]}")  # gone, or are we locked out?
            return None
        now = self._ref(issue)
        people = [str(one.get("login", "")) for one in issue.get("assignees") or [] if isinstance(one, dict)]
        due = _DUE.search(str(issue.get("body") or ""))
        return TaskState(
            _progress(issue),
            ": ".join(part for part in (str(issue.get("state", "")), str(issue.get("state_reason") or "").replace("_", " ")) if part),
            self._email(people[0]) if people else "",
            _day(due[1]) if due else None,
            tuple(self._remarks(now.key)),
            now.url,
            now if now.key != ref.key else None,
        )

    def change(self, ref: TaskRef, change: TaskChange, key: str) -> None:
        """Due day in the text, assignee, state: one request, which twice is the same as once."""
        issue = self._issue(ref.key)
        if issue is None:
            raise Refused(f"{self._http.name} no longer has {ref.key}: it was deleted or moved out of sight.", 404, True)
        wanted: dict[str, Any] = {}
        text = str(issue.get("body") or "")
        if change.anew:
            wanted |= {"title": _title(change.anew), "body": _text(change.anew)}
        elif change.due_on and (changed := _with_due(text, change.due_on)) != text:
            wanted["body"] = changed
        if login := self._login(change.anew.owner if change.anew else change.owner):
            wanted["assignees"] = [login]
        elif change.anew and not change.anew.owner:
            wanted["assignees"] = []
        if change.state in ("done", "dropped") and _progress(issue) != change.state:
            wanted |= {"state": "closed", "state_reason": "completed" if change.state == "done" else "not_planned"}
        if change.state in ("open", "running") and issue.get("state") == "closed":
            wanted |= {"state": "open"}
        if wanted:
            project, number = _parts(self._ref(issue).key)
            self._http.call("PATCH", f"/repos/{project}/issues/{number}", wanted, repeatable=True)

    def remark(self, ref: TaskRef, text: str, key: str) -> str:
        """The id of our comment, which carries a hidden mark."""
        issue = self._issue(ref.key)
        if issue is None:
            raise Refused(f"{self._http.name} no longer has {ref.key}: it was deleted or moved out of sight.", 404, True)
        now = self._ref(issue).key
        if found := next((one.id for one in self._remarks(now) if _sign(key) in one.text), None):
            return found
        project, number = _parts(now)
        made = self._http.call(
            "POST", f"/repos/{project}/issues/{number}/comments", {"body": f"{_tame(text)[:_LONGEST_TEXT]}\n\n{_sign(key)}"}
        )
        if not isinstance(made, dict) or not made.get("id"):
            raise ConnectorError(f"{self._http.name} took a comment and did not say what it is called.", False, doubtful=True)
        return str(made["id"])

    def _remarks(self, key: str) -> Iterator[Remark]:
        project, number = _parts(key)
        for page in range(1, _MOST_PAGES + 1):
            some = self._http.get(f"/repos/{project}/issues/{number}/comments", per_page=_PAGE, page=page) or []
            for one in some:
                author = str((one.get("user") or {}).get("login", ""))
                yield Remark(str(one.get("id")), author, str(one.get("body") or ""), _moment(one.get("created_at")))
            if len(some) < _PAGE:
                return

    def _issue(self, key: str) -> dict[str, Any] | None:
        """The issue, None where there is none (or none for us)."""
        project, number = _parts(key)
        try:
            found = self._http.get(f"/repos/{project}/issues/{number}")
        except Refused as error:
            if error.status in (404, 410):
                return None
            raise
        if not isinstance(found, dict):
            raise ConnectorError(f"{self._http.name} answered with something that is no issue.", False)
        return found

    def _ref(self, issue: Any) -> TaskRef:
        """Where an issue is: by its own page, which names the repository it is in now."""
        page, number = (str(issue.get("html_url") or ""), issue.get("number")) if isinstance(issue, dict) else ("", None)
        parts = urlsplit(page).path.strip("/").split("/")
        if not isinstance(number, int) or len(parts) < 4 or not page.startswith(("https://", "http://")):
            raise ConnectorError(f"{self._http.name} did not say what the issue is called.", False, doubtful=True)
        return TaskRef(self.name, f"{parts[-4]}/{parts[-3]}#{number}", page)

    def _login(self, email: str) -> str:
        """The account with that public e-mail, where there is exactly one that may be assigned; an issue can do without."""
        if not email:
            return ""
        try:
            found = self._http.get("/search/users", q=f"{email} in:email", per_page=2)
            some = found.get("items") if isinstance(found, dict) else None
            if not isinstance(some, list) or len(some) != 1:
                return ""
            login = str(some[0].get("login", ""))
            self._http.get(f"/repos/{self._project}/assignees/{quote(login, safe='')}")
        except Refused:
            return ""
        return login

    def _email(self, login: str) -> str:
        """The public e-mail of an account, else its name there."""
        try:
            found = self._http.get(f"/users/{quote(login, safe='')}")
        except Refused:
            return login
        return str(found.get("email") or login) if isinstance(found, dict) else login


def _parts(key: str) -> tuple[str, int]:
    found = _KEY.fullmatch(key)
    if not found:
        raise ConnectorError(f"{key[:80]} is no issue of GitHub: write owner/name#number.", True)
    return found[1], int(found[2])


def _progress(issue: dict[str, Any]) -> Progress:
    if issue.get("state") != "closed":
        return "open"
    return "dropped" if issue.get("state_reason") in ("not_planned", "duplicate") else "done"


def _sign(key: str) -> str:
    return f"<!-- {mark(key)} -->"


def _title(task: Task) -> str:
    return " ".join(task.title.split())[:_LONGEST_TITLE]


def _text(task: Task) -> str:
    due = f"Due: {task.due_on}" if task.due_on else "Due:"
    return "\n\n".join(part for part in (_tame(task.body)[:_LONGEST_TEXT], due, task.url, _sign(task.key)) if part)


def _with_due(text: str, due: date) -> str:
    """The text with its due line set; with a new one in front where somebody took it out."""
    line = f"Due: {due}"
    return _DUE.sub(line, text, count=1) if _DUE.search(text) else f"{line}\n\n{text}"


def _tame(text: str) -> str:
    """Text of ours that names nobody, loads no picture and hides nothing in GitHub's Markdown."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;").replace("![", "!&#91;")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
