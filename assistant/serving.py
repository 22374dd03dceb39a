"""Processes that stay: web and REST, with Slack beside them where its tokens are set."""

import ipaddress
import logging
import socket
import threading
from pathlib import Path

import uvicorn

from assistant import conversation, waking
from assistant.app import App
from assistant.commands.terminal import progress
from assistant.config import Settings
from assistant.errors import WrongSettings
from assistant.web import create
from connectors import slack

log = logging.getLogger(__name__)


def serve(settings: Settings, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Serve until stopped. Raises WrongSettings for an address beyond loopback without TLS or a trusted proxy."""
    if not _is_loopback(settings.host) and not tls_cert and not settings.trusted_proxy:
        raise WrongSettings(
            f"ANNEXA_HOST: {settings.host} is reachable from other machines. Give --tls-cert and --tls-key, or set ANNEXA_TRUSTED_PROXY to the proxy's address."
        )
    with progress() as show:
        app = App(settings, "annexa serve", show)
    with app:
        server = _Server(
            uvicorn.Config(
                create(app),
                host=settings.host,
                port=settings.port,
                log_level=settings.log_level,
                ssl_certfile=str(tls_cert) if tls_cert else None,
                ssl_keyfile=str(tls_key) if tls_key else None,
                proxy_headers=bool(settings.trusted_proxy),
                forwarded_allow_ips=settings.trusted_proxy or None,
                server_header=False,
            )
        )
        server.app, server.tls = app, bool(tls_cert)
        app.embed_in_background()
        chat = _chat(settings)
        if chat:
            threading.Thread(target=chat.run, args=conversation.handlers(app), name="slack", daemon=True).start()
        stop = threading.Event()
        threads = waking.start(app, stop)
        server.run()
        stop.set()
        for thread in threads:
            thread.join(10)
        if chat:
            chat.stop()


def serve_slack(settings: Settings) -> None:
    """Answer in Slack until stopped. Raises WrongSettings without Slack's tokens."""
    chat = _chat(settings)
    if chat is None:
        raise WrongSettings(
            "SLACK_BOT_TOKEN and SLACK_APP_TOKEN: both are needed for annexa slack; docs/slack.md says where they come from."
        )
    with progress() as show:
        app = App(settings, "annexa slack", show)
    with app:
        app.embed_in_background()
        print("Slack: connecting; stop with Ctrl-C")
        chat.run(*conversation.handlers(app))


class _Server(uvicorn.Server):
    """Writes its port into the lock once it listens, so that other commands find it."""

    app: App
    tls = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say where."""
        await super().startup(sockets)
        if self.started and self.servers:
            port = self.servers[0].sockets[0].getsockname()[1]
            if self.app.ownership:
                self.app.ownership.announce(port, self.tls)
            print(f"Annexa answers at {'https' if self.tls else 'http'}://{self.config.host}:{port}/  (stop with Ctrl-C)", flush=True)


def _chat(settings: Settings) -> slack.SlackChat | None:
    if not settings.slack_bot_token and not settings.slack_app_token:
        return None
    if not settings.slack_bot_token or not settings.slack_app_token:
        raise WrongSettings("SLACK_BOT_TOKEN and SLACK_APP_TOKEN: set both, or neither.")
    return slack.connect(
        slack.Options(settings.slack_bot_token, settings.slack_app_token, api_url=settings.slack_api_url, public_url=settings.public_url)
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
