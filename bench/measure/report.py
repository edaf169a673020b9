# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The report as a value, its aims, and the table for people."""

from bulkhead_node.machine import emulator_version
from bulkhead_node.summary import commit

PEERS = {
    "note": "measured elsewhere: once, on this emulator in deterministic mode, by other guests; not by this program",
    "source": "the project's notes on emulators: peers measured, instructions per round trip",
    "hafnium": {
        "version": "2.15",
        "cpu": "neoverse-n1",
        "id_get": 755,
        "direct": 4632,
        "run": 6985,
        "code_lines": 28542,
        "text_and_data_kb": 188,
    },
    "bao": {"cpu": "cortex-a53", "psci_version": 207, "code_lines": 10235, "text_and_data_kb": 89},
}
PROFILED = 8  # functions shown
MODE = "-icount shift=0,sleep=off, -rtc clock=vm: an instruction takes 1 ns, the counter ticks every 16"
OTHER_CORES = "there is one core; kick_*: two, of which the emulator executes one at a time"


def aim(what, value, limit, met):
    one = {"what": what, "value": value, "aim": limit, "met": met}
    if not met:
        one["missed_by"] = round(value - limit, 4)
    if not met and limit:
        one["missed_by_percent"] = round(100 * (value / limit - 1), 1)
    return one


def cost_aims(costs):
    rows = [row for row in costs["figures"].values() if "aim" in row]
    return [aim(row["text"], max(row["native"], row["isolated"]), row["aim"], row["met"]) for row in rows]


def aims(report):
    """Each aim with what came out, best known machine first."""
    found = []
    for machine in report["machines"]:
        for figure in machine["figures"].values():
            if "aim" in figure:
                what = f"{figure['text']}, {machine['cpu']}, GICv{machine['gic']}"
                found.append(aim(what, figure["total"], figure["aim"], figure["met"]))
    noise = report["noise"]
    lines, size = report["size"]["code_lines"], report["size"]["text_and_data"]
    found += cost_aims(report["costs"])
    for name, row in report["programs"]["programs"].items():
        found.append(aim(f"{name}, isolated to native", row["isolated_to_native"]["whole"], row["aim"], row["met"]))
    found.append(aim("code lines of the hypervisor with lib/", lines["total"], lines["aim"], lines["met"]))
    found.append(aim("bytes of text and data without libfdt", size["bytes"], size["aim"], size["met"]))
    alone = noise["alone"]
    what = "exits in 10^9 instructions of a VM alone on its core"
    found.append(aim(what, alone["exits_while_computing"], 0, alone["met"]))
    for shared in noise["two_on_a_core"]:
        most = max(sum(exits.values()) for exits in shared["exits"])
        what = f"exits of a VM that shares a core, in {shared['quanta_of_each']} quanta of {shared['quantum_us']} us"
        found.append(aim(what, most, shared["quanta_of_each"], shared["met"]))
    for run in report["login"]["boots"]:
        found.append(aim(f"boot of the login VM to bare, GICv{run['gic']}", run["ratio"], run["aim"], run["met"]))
    for run in report["selfish"]["runs"].values():
        if run["expected"] is not None:
            what = f"detours in {report['selfish']['seconds']} s, {run['text']}"
            found.append(aim(what, run["detours"], run["expected"], run["met"]))
    return found


def consistent(report):
    """The counter and the trace tell the same, wherever both were asked."""
    figures = [figure for machine in report["machines"] for figure in machine["figures"].values()]
    return all(figure.get("agrees", True) for figure in figures)


def differences(one, other, path=""):
    """Where two values differ, as paths; empty when they are equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [place for key in one for place in differences(one[key], other[key], f"{path}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [place for i, pair in enumerate(zip(one, other)) for place in differences(*pair, f"{path}/{i}")]
    return [] if one == other else [f"{path}: {one} and {other}"]


def complete(parts, differing):
    report = {
        "commit": commit(),
        "emulator": emulator_version(),
        "machine": "arm64",
        "board": "virt",
        "mode": MODE,
        "other_cores": OTHER_CORES,
        "unit": "instructions",
        "repeatable": not differing,
        "differences": differing,
        **parts,
        "peers": PEERS,
    }
    report["counter_and_trace_agree"] = consistent(report)
    report["aims"] = aims(report)
    return report


def machine_lines(machine):
    yield f"{machine['cpu']}, GICv{machine['gic']}"
    yield f"  {'':52}{'total':>7}{'at EL2':>8}{'aim':>6}{'Hafnium':>9}{'Bao':>6}  exits"
    for name, figure in machine["figures"].items():
        exits = " ".join(f"{reason} {count}" for reason, count in figure.get("exits", {}).items())
        peers = [PEERS[peer].get(name, "") for peer in ("hafnium", "bao")]
        line = f"  {figure['text']:52}{figure['total']:7,}{figure['el2']:8,}{figure.get('aim', ''):>6}"
        yield line + f"{peers[0]:>9}{peers[1]:>6}  {exits}"
    for figure in machine["first_fp_use"].values():
        yield f"  {figure['text']:59}{figure['el2']:8,.0f}"
    spent = ", ".join(f"{name} {count}" for name, count in list(machine["profile_of_run"].items())[:PROFILED])
    yield f"  where FFA_RUN and back spends them: {spent}"


def machines_lines(machines):
    for number, machine in enumerate(machines):
        yield from ([""] if number else [])
        yield from machine_lines(machine)


def cost_lines(costs):
    yield f"services of the LWK, neoverse-n1, GICv3{'native':>30}{'isolated':>14}{'Debian':>14}{'aim':>6}"
    for row in costs["figures"].values():
        counts = "".join(f"{row[system]:14,.1f}" for system in ("native", "isolated", "linux"))
        yield f"  {row['text']:53}{counts}{row.get('aim', ''):>6}"


def programs_lines(programs):
    yield f"benchmarks, one core{'native':>28}{'isolated':>16}{'ratio':>11}{'Debian':>18}{'ratio':>11}"
    for name, row in programs["programs"].items():
        for kind in ("whole", "timed"):
            own, other = row["isolated_to_native"][kind], row["linux_to_native"][kind]
            counts = f"{row['native'][kind]:16,}{row['isolated'][kind]:16,}{own:11.6f}"
            yield f"  {name + ' ' + row['arguments']:22}{kind:>8}{counts}{row['linux'][kind]:18,}{other:11.6f}"
    stream = programs["programs"]["stream"]
    start = ", ".join(f"{stream[system]['reset_to_main']:,} {system}" for system in ("native", "isolated", "linux"))
    yield f"  reset to main: {start}"
    yield "  stage 2: " + ", ".join(f"{count} blocks of {size}" for size, count in stream["stage2_blocks"].items())
    for row in programs["nested_walk"]["references"]:
        walks = ", ".join(f"{row['stage2 ' + size]} by {size}" for size in ("1 GiB", "2 MiB", "4 KiB"))
        yield f"  table walk to {row['stage1']} of stage 1: {row['native']} references, nested {walks} of stage 2"


def noise_lines(noise):
    alone = noise["alone"]
    yield f"a VM alone on its core: {alone['exits_while_computing']} exits in {alone['instructions']:,} instructions"
    for shared in noise["two_on_a_core"]:
        exits = " and ".join(str(sum(exits.values())) for exits in shared["exits"])
        quanta = f"{shared['quanta_of_each']} quanta of {shared['quantum_us']} us"
        yield f"two VMs on a core, {quanta}: {exits} exits"


def selfish_lines(selfish):
    yield f"selfish-detour, {selfish['seconds']} s of guest time{'detours':>20}{'median ns':>12}{'longest ns':>12}{'lost us':>10}"
    for run in selfish["runs"].values():
        lengths = run["lengths_ns"] or {"median": 0, "longest": 0}
        lost = run["lost_ns"] / 1000
        yield f"  {run['text']:48}{run['detours']:6,}{lengths['median']:12,}{lengths['longest']:12,}{lost:10,.1f}"
    yield f"  native and isolated, tickless: {'the same number' if selfish['native_equals_isolated'] else 'DIFFERENT NUMBERS'}"


def boot_lines(boot):
    for run in boot["runs"]:
        yield (
            f"boot with a secondary of {run['secondary_mib']} MiB: {run['to_primary']:,} to the primary's first "
            f"instruction, {run['to_secondary']:,} to the secondary's"
        )


def login_lines(login):
    for run in login["boots"]:
        yield (
            f"Debian's kernel to its first program, GICv{run['gic']}: {run['bare']:,} bare, {run['login']:,} as login VM "
            f"(hypervisor {run['hypervisor']:,}), ratio {run['ratio']}"
        )
    for name, way in login["interrupts"].items():
        exits = " ".join(f"{reason} {count}" for reason, count in way["exits"].items())
        yield f"device interrupt to the first instruction of Linux's vector, {name}: {way['median']:,}; exits {exits}"


def size_lines(size):
    lines, own = size["code_lines"], size["text_and_data"]["bytes"]
    yield f"code lines: {lines['total']:,} ({', '.join(f'{name} {count:,}' for name, count in lines['by_folder'].items())})"
    fdt = sum(count for kind, count in size["by_origin"]["libfdt"].items() if kind != "bss")
    for name, count in lines["by_concern"].items():
        yield f"  {count:5,} {name}"
    yield f"text and data: {own:,} bytes, libfdt {fdt:,} more; bss {size['by_origin']['hypervisor']['bss']:,}"


def aim_line(one):
    verdict = "met" if one["met"] else f"MISSED by {one['missed_by']:,}"
    if "missed_by_percent" in one:
        verdict += f", {one['missed_by_percent']} %"
    return f"  {one['what']:64} {one['value']:>10,}  aim {one['aim']:>7,}  {verdict}"


LINES = {
    "machines": machines_lines,
    "costs": cost_lines,
    "programs": programs_lines,
    "selfish": selfish_lines,
    "boot": boot_lines,
    "login": login_lines,
    "noise": noise_lines,
    "size": size_lines,
}


def part_lines(name, parts):
    """What one part measured, as text."""
    return list(LINES[name](parts[name]))


def table(report):
    """The report as text."""
    lines = [f"commit {report['commit']}; {report['emulator']}; instructions, deterministic"]
    for name in LINES:
        lines += ["", *part_lines(name, report)]
    lines += ["", "aims", *map(aim_line, report["aims"])]
    lines += ["", f"two runs gave the same numbers: {'yes' if report['repeatable'] else 'NO'}"]
    lines += [f"  {place}" for place in report["differences"]]
    lines.append(f"counter and trace agree: {'yes' if report['counter_and_trace_agree'] else 'NO'}")
    lines.append(f"Hafnium and Bao: {PEERS['note']}")
    return "\n".join(lines) + "\n"
