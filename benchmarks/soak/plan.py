"""How long a soak lasts, how much is done in it, and what is asked of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a soak does.

    Attributes:
        seconds: how long the load lasts.
        users: who have the connections among them; the first one publishes.
        connections: of all users together, each with a provider of its own.
        newcomers: those of the connections that are made only in mid-run.
        homes: that the sandbox MLS has at the beginning.
        readers, subscribers: clients of that kind at a time.
        reading, editing, syncing, publishing, selling, visiting, counting, faults: seconds between two steps of a
            client who does that.
        staying: seconds that a subscriber stays at most.
        violence: at which part of the time a process is killed, and which one, by a part of its command line.
        redis: when Redis is killed, as a part of the time.
        arrival: when the newcomers come, as a part of the time.
        memory: whether memory is judged; nothing can be said of it in less than minutes.
        rest: seconds that the work may take to come to rest once the faults have ended: photos of a host that was in
            trouble may have to wait for half an hour (`adapters.photo_hosts`).
    """

    seconds: float
    users: int
    connections: int
    newcomers: int
    homes: int
    readers: int
    reading: float
    editing: float
    syncing: float
    publishing: float
    selling: float
    visiting: float
    counting: float
    subscribers: int
    staying: float
    faults: float
    violence: tuple[tuple[float, str], ...]
    redis: float
    arrival: float
    memory: bool
    rest: float


WORKER, UNPUBLISHER, CLOCK = "--queues sync,photos", "--queues unpublish", "app clock"
"""The processes that may be killed, by a part of their command lines."""

WHOLE = Plan(
    seconds=600,
    users=4,
    connections=20,
    newcomers=10,
    homes=16,
    readers=3,
    reading=0.5,
    editing=3,
    syncing=1,
    publishing=4,
    selling=5,
    visiting=0.4,
    counting=1,
    subscribers=12,
    staying=15,
    faults=2,
    violence=((0.06, WORKER), (0.1, UNPUBLISHER), (0.14, WORKER), (0.18, CLOCK), (0.26, WORKER)),
    redis=0.22,
    arrival=0.3,
    memory=True,
    rest=2_400,
)
"""All violence comes in the first quarter, so that memory is measured over one life of each process, and not over
its beginning. Behind it half of the connections are made and import all of their photos, which is a worker's
hardest work and takes it to the memory that it needs: without that it came there at some moment of the rest, and
a step was taken for a slope."""

SMALL = Plan(
    seconds=5,
    users=1,
    connections=2,
    newcomers=1,
    homes=4,
    readers=1,
    reading=0.3,
    editing=2,
    syncing=1,
    publishing=1,
    selling=1.5,
    visiting=0.3,
    counting=0.5,
    subscribers=2,
    staying=2,
    faults=1,
    violence=((0.3, WORKER),),
    redis=0.6,
    arrival=0.1,
    memory=False,
    rest=180,
)
"""Only to see that it runs and what it finds in little time."""
