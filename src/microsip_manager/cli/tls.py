"""`tls`: the certificate of the server on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microsip_manager.cli.screen import complain, print_json, print_text
from microsip_manager.cli.session import ExitCode, Session, session_of
from microsip_manager.cli.site import api_config
from microsip_manager.settings import ServerFiles, load, tls_folder_of
from microsip_manager.tls.errors import BadCertificate

if TYPE_CHECKING:
    from microsip_manager.tls.folder import TlsFolder


def add_to(app: typer.Typer) -> None:
    tls = typer.Typer(help="The certificate of the server on this machine.", no_args_is_help=True)
    app.add_typer(tls, name="tls")

    @tls.command()
    def init(
        context: typer.Context,
        name: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A name of the server.")] = None,
        address: Annotated[list[str] | None, typer.Option(metavar="IP", help="An address of it.")] = None,
        new_authority: Annotated[
            bool, typer.Option("--new-authority", help="Make the authority anew. Every agent has to be told of it.")
        ] = False,
    ) -> None:
        """Make a private authority, if there is none yet, and a certificate for the server.

        It is good for the machine's own names and addresses, and for those named here. A running server takes it into
        use within half a minute.
        """
        from microsip_manager.tls.names import check_address, names_of, names_of_this_machine

        session = session_of(context)
        try:
            folder, own = _files(session)
            if own.tls_certificate:
                raise BadCertificate(
                    f"the server uses TLS_CERTIFICATE, {own.tls_certificate}: there is nothing to make"
                )
            # What was asked for first stands first, where people look.
            names = names_of([*(name or ()), *map(check_address, address or ())]).with_more(names_of_this_machine())
            if folder.has_certificate() and not new_authority:
                names = names.with_more(folder.server().names)
            folder.make(names, session.clock.now(), anew=new_authority)
        except BadCertificate as error:
            complain(error)
            raise typer.Exit(ExitCode.USAGE) from None
        _show(session, json=False)

    @tls.command()
    def show(
        context: typer.Context, json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False
    ) -> None:
        """Show the fingerprint of the authority, and the names and the end of the certificate."""
        try:
            _show(session_of(context), json=json)
        except BadCertificate as error:
            complain(error)
            raise typer.Exit(ExitCode.USAGE) from None


def _show(session: Session, *, json: bool) -> None:
    from microsip_manager.tls.certificates import shown_moment
    from microsip_manager.tls.fingerprints import fingerprint_of, shown
    from microsip_manager.tls.folder import read_pair

    folder, own = _files(session)
    if own.tls_certificate:
        file, authority = Path(own.tls_certificate), None
        certificate = read_pair(file, Path(own.tls_key or own.tls_certificate))
    elif folder.has_certificate():
        file, authority, certificate = folder.server_file, folder.authority(), folder.server()
    else:
        raise BadCertificate("the server has no certificate yet: microsip-manager tls init makes one")
    fingerprint = fingerprint_of(authority.pem) if authority else None
    if json:
        found = {"file": str(file), "names": [*certificate.names.dns, *map(str, certificate.names.addresses)]}
        print_json({**found, "expires_at": certificate.ends, "authority": fingerprint, "issuer": certificate.issuer})
        return
    print_text(f"Certificate  {file}\nNames        {certificate.names}\nExpires      {shown_moment(certificate.ends)}")
    if authority is None:
        print_text(f"Signed by    {certificate.issuer}")
    else:
        print_text(f"Authority    {folder.authority_file}, until {shown_moment(authority.ends)}")
        print_text(f"Fingerprint  {shown(fingerprint_of(authority.pem))}")


def _files(session: Session) -> tuple[TlsFolder, ServerFiles]:
    """Raises `BadSetting`, and `BadCertificate` when this machine has no server's packages."""
    try:
        from microsip_manager.tls.folder import TlsFolder
    except ImportError:
        raise BadCertificate("this needs the packages of the server: pip install -r requirements.txt") from None
    site = api_config(session.config)
    files = load(ServerFiles, site)
    return TlsFolder(tls_folder_of(files.database_url, site)), files
