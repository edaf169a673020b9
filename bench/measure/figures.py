# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The costs of single operations: which there are, how each is found in loops and traces, what it was aimed at."""

from dataclasses import dataclass

from bulkhead_node.common import UsageError

from . import guest, trace

TICK = 16  # instructions a counter tick: 62.5 MHz, and one instruction takes 1 ns (-icount shift=0)
LOOP = 2  # sub, cbnz
TOLERANCE = 0.01  # the two reads of the counter may be off by a tick each, divided by the rounds

BY_LOOP = (
    "total: two reads of CNTVCT_EL0 around {rounds} rounds, less an empty loop; el2 and guest: each instruction of a "
    "round in a trace of the emulator, of which total must be the sum"
)
BY_VERNIER = (
    "total: CNTVCT_EL0 less the timer's compare value, 16 readings each an instruction later than the one before, "
    "added up (Hermite); el2: each instruction between in a trace of the emulator"
)
BY_TRACE = "each core's instructions in a trace of the emulator, which executes one core at a time"
BLIND = (
    "how long an instruction takes: caches, TLBs, barriers, exception entry and return, device registers all count as one"
)
BLIND_V2 = BLIND + "; GICv2's CPU interface and list registers are device memory"
BLIND_KICK = BLIND + "; how long the interrupt travels, and that both cores work at the same time on a machine"


@dataclass
class Operation:
    name: str
    text: str
    how: str = BY_LOOP
    first: tuple = ()  # (label, vm) at which a round begins in the trace
    last: tuple = ()  # and where it ends; the next `first` when empty
    aim: int = 0  # instructions in total, 0: none


def rounds_of(name):
    return (f"round_{name}", 1)


# secondaries are taken in this order by bench/guest: run 2, direct 3, yield 4, ...
SWITCHES = [
    Operation("id_get", "trapped trivial call, FFA_ID_GET", first=rounds_of("id_get"), aim=150),
    Operation("psci_version", "trapped trivial call, PSCI_VERSION", first=rounds_of("psci_version"), aim=150),
    Operation("run", "FFA_RUN to FFA_MSG_WAIT and back", first=rounds_of("run"), aim=600),
    Operation("direct", "direct request and response", first=rounds_of("direct"), aim=800),
    Operation("yield", "FFA_RUN to FFA_YIELD and back", first=rounds_of("yield")),
    Operation("fp_own", "FFA_RUN to FFA_YIELD, the secondary uses FP", first=rounds_of("fp_own")),
    Operation("fp_shared", "FFA_RUN to FFA_YIELD, both use FP", first=rounds_of("fp_shared")),
    Operation("wake", "SGI to a vCPU in WFI, FFA_RUN, its handler, WFI", first=rounds_of("wake")),
]
INTERRUPTS = [
    Operation(
        "timer",
        "virtual timer's expiry to the guest's handler",
        BY_VERNIER,
        ("timer_spin", 2),
        ("timer_handler", 2),
    ),
    Operation(
        "preempt",
        "primary's timer's expiry to FFA_RUN's return",
        BY_VERNIER,
        ("spin", 3),
        ("preempt_back", 1),
    ),
]
KICK_SEND = Operation(
    "kick_send",
    "SGI to a vCPU that runs on another core",
    BY_TRACE,
    ("round_inject", 1),
    ("inject_back", 1),
)
KICK_TAKE = "that core, from the kick to the guest's handler"


def entry(operation, total, el2, others, gic, **more):
    """One figure of the report."""
    figure = {"text": operation.text, "total": total, "el2": el2, "guest": others, **more}
    figure["how"] = operation.how
    figure["blind"] = BLIND if gic == 3 else BLIND_V2
    if operation.aim:
        figure["aim"] = operation.aim
        figure["met"] = total <= operation.aim
    return figure


def steady(recorded, operation):
    """The last whole round; the first ones may still fill a TLB entry's place."""
    windows = recorded.windows(operation.first, operation.last or operation.first)
    return windows[-1]


def loop_total(said, name):
    """Instructions a round, from the counter; nearly whole."""
    rounds, ticks = map(int, said.one("loop", name))
    empty_rounds, empty = map(int, said.one("loop", "empty"))
    return TICK * (ticks / rounds - empty / empty_rounds)


def exits_per(said, name, count):
    """Exits of the secondary per operation; the loop's warm-up and what brings the result back are not part of it."""
    return {reason: number // count for reason, number in said.exits(name)[0].items() if number >= count}


def switches(said, recorded, gic):
    figures = {}
    rounds = int(said.one("loop", "empty")[0])
    for operation in SWITCHES:
        window = steady(recorded, operation)
        share = recorded.share(window)
        counted = loop_total(said, operation.name)
        total = round(counted)
        more = {"counter": round(counted, 3), "agrees": abs(counted - (len(window) - LOOP)) < TOLERANCE}
        if said.exits(operation.name):
            more["exits"] = exits_per(said, operation.name, rounds)
        figure = entry(operation, total, share[0], total - share[0], gic, **more)
        figure["how"] = figure["how"].format(rounds=f"{rounds:,}")
        figures[operation.name] = figure
    return figures


def fp_cost(figures):
    """What the first use of FP after a switch adds, from the three round trips that differ in nothing else."""
    base = figures["yield"]["el2"]
    how = "el2 of the round trips with FP less that without"
    return {
        "fp_own": {
            "text": "first FP use and saving, nobody else used FP",
            "el2": figures["fp_own"]["el2"] - base,
            "how": how,
            "blind": BLIND,
        },
        "fp_shared": {
            "text": "first FP use with loading, and saving",
            "el2": (figures["fp_shared"]["el2"] - base) / 2,
            "how": how,
            "blind": BLIND,
        },
    }


def interrupts(said, recorded, gic):
    """What the guest executes for its reading counts to the total, hence the differences of 2 (br, mrs)."""
    figures = {}
    for operation in INTERRUPTS:
        window = steady(recorded, operation)
        el2 = recorded.share(window)[0]
        total = int(said.one("vernier", operation.name)[0]) - 2
        figures[operation.name] = entry(
            operation, total, el2, total - el2, gic, agrees=total == el2, exits=exits_per(said, operation.name, 16)
        )
    return figures


def kick(said, recorded, gic):
    """The sender's call on core 0, and what core 1 executes from the kick on; in the guest there it is in a loop before."""
    send = recorded.share(steady(recorded, KICK_SEND), core=0)
    window = recorded.windows(("kicked_spin", 2), (f"sgi_handler_v{gic}", 2))[-1]
    take = recorded.share(window, core=1)[0]
    said.one("kicks", "6")
    rest = {"how": BY_TRACE, "blind": BLIND_KICK}
    total = sum(send.values())
    return {
        "kick_send": {"text": KICK_SEND.text, "total": total, "el2": send[0], "guest": total - send[0], **rest},
        "kick_take": {"text": KICK_TAKE, "total": take, "el2": take, "guest": 0, **rest},
    }


def settings_of(cpu, gic):
    return {
        "switches": guest.Setting("bench_switches", 8, cpu=cpu, gic=gic),
        "interrupts": guest.Setting("bench_interrupts", 3, cpu=cpu, gic=gic),
        "kick": guest.Setting("bench_kick", 1, cpu=cpu, gic=gic, cores=2),
    }


def run_and_trace(images, pieces, setting, log_path):
    """What the guest counted at full speed, and a trace of a short run of the same."""
    said = guest.run(images, setting, log_path)
    return said, trace.record(images, pieces, setting, said.bases(), log_path.with_suffix(".trace.log"))


def profile(recorded, operation):
    """Instructions at EL2 of one round by function."""
    return dict(recorded.profile(steady(recorded, operation)))


def profile_of(images, log_dir, cpu, gic, name):
    """The profile of any operation by its name."""
    settings = settings_of(cpu, gic)
    for kind, operations in (("switches", SWITCHES), ("interrupts", INTERRUPTS), ("kick", [KICK_SEND])):
        for operation in operations:
            if operation.name == name:
                _, recorded = run_and_trace(images, images.pieces(), settings[kind], log_dir / "profile.log")
                return profile(recorded, operation)
    raise UsageError(f"There is no figure {name}.")


def measure(images, pieces, log_dir, cpu, gic):
    """All figures of one machine."""
    results = {
        kind: run_and_trace(images, pieces, setting, log_dir / f"{kind}-{cpu}-v{gic}.log")
        for kind, setting in settings_of(cpu, gic).items()
    }
    counted = switches(*results["switches"], gic)
    run = next(operation for operation in SWITCHES if operation.name == "run")
    return {
        "cpu": cpu,
        "gic": gic,
        "figures": counted | interrupts(*results["interrupts"], gic) | kick(*results["kick"], gic),
        "first_fp_use": fp_cost(counted),
        "profile_of_run": profile(results["switches"][1], run),
    }
