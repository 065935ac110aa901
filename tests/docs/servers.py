"""What stands for the vendors in the how-tos: sandboxes, and the logins that open them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adapters.mls.reso_vendors import PROFILES
from sandbox.mls import reso
from sandbox.mls.flavours import FLAVOURS
from sandbox.serving import serve

CRON_SECRET = "a-secret-that-only-the-pages-know"
LOGINS = {
    "YOUR-TOKEN": reso.TOKEN,
    "YOUR-CLIENT-ID": reso.CLIENT_ID,
    "YOUR-CLIENT-SECRET": reso.CLIENT_SECRET,
    "YOUR-CRON-SECRET": CRON_SECRET,
    '"ACTRIS"': '"Sandbox MLS"',
}
_HOMES = 2


@contextmanager
def vendors(folder: Path) -> Iterator[dict[str, str]]:
    """A server of each vendor of the RESO Web API; answers which address each of theirs stands for."""
    with ExitStack() as stack:
        found = {}
        for name, profile in PROFILES.items():
            base = stack.enter_context(serve(reso.create_app(folder / name, vendor=name, homes=_HOMES)))
            theirs = (profile.vendor.url or "https://mls.example/reso/odata").replace(
                "{dataset}", "YOUR-DATASET"
            )
            found[theirs] = base + FLAVOURS[name].root
            if name == "generic":
                found["https://mls.example"] = base
        yield found


def others(port: int) -> dict[str, str]:
    """What stands for the other protocols, in a system whose graph is at this port."""
    rets, simplyrets, csv = (f"http://127.0.0.1:{port + distance}" for distance in (4, 5, 6))
    return {
        "https://rets.example/login": f"{rets}/rets/login",
        "https://api.simplyrets.com/properties": f"{simplyrets}/properties",
        "https://office.example/homes.csv": f"{csv}/files/homes.csv",
    }
