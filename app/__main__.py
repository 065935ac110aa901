"""The command line: `python -m app COMMAND`."""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from app.heaps import share_heaps
from app.logs import write_logs
from app.settings import Settings

Engine = Literal["sqlite", "dynamodb", "local", "s3"]

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

people = typer.Typer(no_args_is_help=True, help="Hand out or remove all that is one user's.")
cli.add_typer(people, name="user")


@cli.callback()
def begin() -> None:
    """Import listings, publish them, take their posts down, and count what comes of it."""
    share_heaps()
    write_logs()


@cli.command()
def up() -> None:
    """Start everything on this machine, show the main job, and serve until Ctrl-C."""
    from app.up import up as start

    start(_settings())


@cli.command()
def web() -> None:
    """Serve the graph."""
    from app import web_process

    web_process.web(_settings())


@cli.command()
def worker(
    queues: Annotated[
        str, typer.Option(help="Separated by commas.")
    ] = "sync,photos,publish,unpublish,notify,engagement",
) -> None:
    """Carry out work."""
    from app import processes
    from tasks.worker import ALL_QUEUES

    wanted = set(queues.split(","))
    if wanted - ALL_QUEUES:
        raise SystemExit(f"yardsign: the queues are {', '.join(sorted(ALL_QUEUES))}.")
    processes.worker(_settings(), wanted)


@cli.command()
def clock() -> None:
    """Ring for overdue work."""
    from app import processes

    processes.clock(_settings())


@cli.command()
def redis() -> None:
    """Run the embedded Redis-compatible server."""
    from app import embedded_redis

    settings = _settings()
    embedded_redis.serve(settings.yardsign_data / "redis", settings.port + 3)


@cli.command()
def token(
    user: Annotated[str, typer.Option(help="The user id, the token's `sub`.")],
    role: Annotated[list[str] | None, typer.Option(help="For example `admin`.")] = None,
) -> None:
    """Print a bearer token of the development issuer, good for a day, and nothing else."""
    from app.development_issuer import DevelopmentIssuer

    settings = _settings()
    if settings.oidc_issuer:
        raise SystemExit("Tokens come from OIDC_ISSUER; this installation signs none itself.")
    issuer = DevelopmentIssuer(settings.yardsign_data)
    print(issuer.token(user, role or []))


@cli.command()
def table(action: Annotated[Literal["create", "check"], typer.Argument()]) -> None:
    """Create the DynamoDB table, or say what of it differs from what is needed."""
    from app import aws

    settings = _settings()
    if action == "create":
        aws.create_table(settings)
    _report(aws.check_table(settings), f"Table {settings.yardsign_dynamodb_table}")


@cli.command()
def bucket(action: Annotated[Literal["create", "check"], typer.Argument()]) -> None:
    """Create the S3 bucket, or say what of it differs from what is needed."""
    from app import aws

    settings = _settings()
    if action == "create":
        aws.make_bucket(settings)
    _report(aws.differences_of_bucket(settings), f"Bucket {settings.yardsign_s3_bucket}")


@cli.command()
def copy(
    source: Annotated[Engine, typer.Option("--from")],
    target: Annotated[Engine, typer.Option("--to")],
    release: Annotated[bool, typer.Option(help="Copy nothing; let the source be written again.")] = False,
) -> None:
    """Copy the table (sqlite, dynamodb) or the files (local, s3) to the other store, and prove it."""
    from app.upkeep import moving

    moving.move(_settings(), source, target, release=release)


@cli.command()
def backup(path: Annotated[Path, typer.Argument(help="A new file, for example yardsign.tar.gz.")]) -> None:
    """Save the embedded table, the local files and the keys of the data folder; the system may run."""
    from app.upkeep.backup import KEYS, back_up

    settings = _settings()
    print(back_up(settings.yardsign_data, path))
    print(f"Keep it as you keep a password: {' and '.join(KEYS)} in it open and sign everything.")
    for setting, name in ((settings.yardsign_table, "dynamodb"), (settings.yardsign_files, "s3")):
        if setting == name:
            print(f"What lies in {name} is not in it.")


@cli.command()
def restore(
    path: Annotated[Path, typer.Argument(help="What `backup` has made.")],
    force: Annotated[bool, typer.Option("--force", help="Move aside what the data folder holds.")] = False,
) -> None:
    """Put a backup into the data folder, once it is proved to be whole; the system must be down."""
    from app.upkeep.backup import restore as put_back

    print(put_back(_settings().yardsign_data, path, force=force))


@cli.command("rotate-keys")
def rotate_keys(
    check: Annotated[bool, typer.Option("--check", help="Change nothing, only count.")] = False,
) -> None:
    """Seal all credentials anew with the first of the sealing keys, and say what is left under others."""
    from app.upkeep.rotation import rotate

    rotate(_settings(), check=check)


@people.command("export")
def export_user(
    user: Annotated[str, typer.Argument(help="The user id, the token's `sub`.")],
    path: Annotated[Path, typer.Argument(help="A new file, for example alice.zip.")],
) -> None:
    """Write all that the graph tells the user, and the photos, to a zip."""
    from app.upkeep.people import export

    export(_settings(), user, path)


@people.command("delete")
def delete_user(
    user: Annotated[str, typer.Argument(help="The user id, the token's `sub`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the user's posts down, then remove everything of the user's."""
    from app.upkeep.people import delete

    if not user:
        raise typer.BadParameter("A user has an id.")
    settings = _settings()
    if not yes:
        typer.confirm(f"Remove everything of {user}, for good?", abort=True)
    delete(settings, user)


@cli.command()
def doctor(
    in_json: Annotated[bool, typer.Option("--json", help="As a list of objects, for programs.")] = False,
) -> None:
    """Say how this installation is and what there is to do; ends with 1 if something does not work."""
    from app.doctor import examined
    from app.doctor_settings import refusals
    from app.findings import Level

    try:
        findings = asyncio.run(examined(Settings(), datetime.now(UTC)))
    except ValidationError as error:
        findings = refusals(error)
    if in_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        print(*findings, sep="\n")
    if any(finding.level is Level.FAILURE for finding in findings):
        raise SystemExit(1)


@cli.command()
def settings(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The reference of all there are, docs/reference/settings.md.")
    ] = False,
) -> None:
    """Show what is set here otherwise than by default, without its secrets, or what can be set."""
    from app.settings_reference import reference, shown

    print(reference() if markdown else "\n".join(shown(_settings())), end="" if markdown else "\n")


@cli.command()
def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what has changed since the last release.")
    ] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Promise it to frontends: write schema/released.graphql too.")
    ] = False,
) -> None:
    """Write the schema's snapshot, schema/schema.graphql, or check what the code makes of it."""
    from app import schema_contract
    from app.graphql_app import SNAPSHOT, print_sdl

    sdl = print_sdl()
    if check:
        schema_contract.check(sdl)
        return
    SNAPSHOT.write_text(sdl)
    if release:
        schema_contract.RELEASED.write_text(sdl)


def _report(differences: list[str], what: str) -> None:
    for sentence in differences:
        print(sentence, file=sys.stderr)
    if differences:
        raise SystemExit(1)
    print(f"{what} is as it should be.")


def _settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            place = ".".join(str(part) for part in problem["loc"]).upper()
            print(f"yardsign: {place + ': ' if place else ''}{problem['msg']}", file=sys.stderr)
        raise SystemExit(2) from None
    write_logs(settings.log_form, settings.log_level)
    return settings


if __name__ == "__main__":
    cli()
