#!/usr/bin/python3
"""An SMTP server for tests: TLS from the first byte, or STARTTLS; login required.

smtp_server.py MAILDIR PORTFILE CERT KEY: files each message it takes as
MAILDIR/N.eml with its envelope before it, and writes both ports to PORTFILE.
"""
import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Filer:
    def __init__(self, directory):
        self.directory = directory
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        path = os.path.join(self.directory, "%d.%d.eml" % (os.getpid(), self.count))
        with open(path + ".tmp", "wb") as f:
            f.write(b"X-Login: %s\nX-From: %s\nX-To: %s\n" % (
                str(session.auth_data).encode(), envelope.mail_from.encode(),
                ",".join(envelope.rcpt_tos).encode()))
            f.write(envelope.content.replace(b"\r\n", b"\n"))
        os.rename(path + ".tmp", path)
        return "250 taken"


def login(server, session, envelope, mechanism, data):
    good = data.login == b"alice" and data.password == b"secret"
    return AuthResult(success=good, handled=False, auth_data="alice")


class Free(Controller):
    """A controller on a port that the kernel chooses."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def serve(handler, **options):
    controller = Free(handler, hostname="127.0.0.1", port=0, authenticator=login,
                      auth_required=True, **options)
    controller.start()
    return controller


def main():
    directory, ports, cert, key = sys.argv[1:]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    handler = Filer(directory)
    tls = serve(handler, ssl_context=context, auth_require_tls=False)
    starttls = serve(handler, tls_context=context, require_starttls=True)
    with open(ports + ".tmp", "w") as f:
        f.write("%d %d\n" % (tls.port, starttls.port))
    os.rename(ports + ".tmp", ports)
    threading.Event().wait()


main()
