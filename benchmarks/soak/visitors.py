"""Strangers' browsers and an agent's own pages, whose visits are to be counted exactly."""

import httpx

from benchmarks.soak import documents
from benchmarks.soak.scene import Scene

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 visitor/{}"
_TIMES = 60
_BATCH = 5


async def visit(scene: Scene) -> None:
    """A new visitor sees a listing, and perhaps shares it or follows its link; once each, so that all count."""
    async with scene.quiet:
        graph = scene.chance.choice(scene.graphs)
        listing = scene.listing(graph)
        number = scene.diary.counts["visitors"]
        scene.diary.count("visitors")
        headers = {"User-Agent": _BROWSER.format(number)}
        links = listing["tracking"]
        async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as browser:
            wanted = [(await browser.get(links["pixelUrl"]), 200, "VIEW")]
            if number % 4 == 0:
                wanted += [(await browser.post(links["beaconUrl"], content="share"), 204, "SHARE")]
            if number % 3 == 0:
                wanted += [(await browser.get(links["shortUrl"]), 302, "CLICK")]
        for answer, status, kind in wanted:
            if answer.status_code == status:
                scene.note(listing["id"], kind)
            else:
                scene.diary.defect(f"{kind} by a visitor: HTTP {answer.status_code}")


async def report(scene: Scene) -> None:
    """Send some events, and again until each is known to be counted; their ids keep them from counting twice."""
    graph = scene.chance.choice(scene.graphs)
    first = scene.diary.counts["events"]
    scene.diary.count("events", _BATCH)
    kinds = ("VIEW", "SHARE", "INQUIRY", "CLICK")
    events = {
        f"event-{number}": {
            "eventId": f"event-{number}",
            "listingId": scene.listing(graph)["id"],
            "kind": scene.chance.choice(kinds),
            "platform": scene.chance.choice(("facebook", "instagram", "linkedin")),
        }
        for number in range(first, first + _BATCH)
    }
    for event in events.values():
        scene.note(event["listingId"], event["kind"])
    for _ in range(_TIMES):
        payload = await graph.mutate("recordEvents", documents.EVENTS, events=list(events.values()))
        for result in (payload or {}).get("results") or ():
            if not result["userErrors"]:
                events.pop(result["eventId"], None)
        if not events:
            return
    scene.diary.defect("events were not taken however often they were sent")
