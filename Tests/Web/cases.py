"""Runs for the page that no tracer made: hostile ones, and a long one. Shapes: schema/event.md."""

import json

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "<!--<script>",
    "]]>&lt;b&gt;&#x3c;i&#x3e;",
    "javascript:alert(1)",
    "a\u202ecod.exe\u2066b\u2069",
    "line\u2028line\u2029end\u0000\u001b[31m",
    "\\u003c/script\\u003e",
    "@@check@@ @@model.js@@ $& $1",
    "__proto__", "constructor", "e\u0301\u0301\u0301",
    "\",\"entered_ns\":99999999999999999999,\"x\":\"",
]
LONG = "A" * (1 << 20)
START = 1795462937473806000


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def hostile():
    """Every text that a recording can hold is hostile, in each of the three answers."""
    events = line({"run": 1, "pid": 4711, "comm": HOSTILE[0], "source": "criu-log",
                   "unseen": HOSTILE[1], "command": HOSTILE[2], "lost": 1, "events": 0,
                   "started_realtime_ns": START, "finished": False})
    number = 0
    for text in HOSTILE + [LONG]:
        number += 1
        events += line({"run": 1, "event": number, "source": "criu-log", "kind": "log",
                        "entered_ns": START + number, "left_ns": START + number,
                        "tracer": 0, "tracee": 4711, "line": number, "severity": "error",
                        "fact": "text", "says": text, "text": text})
    number += 1
    events += line({"run": 1, "event": number, "source": HOSTILE[1], "kind": HOSTILE[0],
                    "phase": HOSTILE[2], "tracer": 1, "tracee": 4711, "request_name": HOSTILE[0],
                    "error": HOSTILE[1], HOSTILE[0]: {HOSTILE[1]: HOSTILE[2]}})
    evidence = [{"event": n, "reason": t} for n, t in enumerate(HOSTILE, 1)]
    check = line({"run": 1, "pid": 4711, "comm": HOSTILE[0], "verdict": HOSTILE[1],
                  "landed": False, "summary": LONG, "evidence": evidence,
                  "findings": [{"kind": HOSTILE[2], "failure": True, "event": 1,
                                "sentence": HOSTILE[0]}],
                  "costs": {"calls": 1, "stops": 0, "signals": 0}})
    diagnosis = {"cause": HOSTILE[0], "certainty": "yes", "sentence": HOSTILE[1],
                 "evidence": evidence, "consequences": evidence, "later": evidence,
                 "advice": HOSTILE + [LONG], "collect": HOSTILE}
    explanation = line({"run": 1, "pid": 4711, "answer": HOSTILE[0], "headline": HOSTILE[0] + LONG,
                        "ptrace_part": HOSTILE[1], "verdict": HOSTILE[2], "summary": HOSTILE[0],
                        "diagnoses": [diagnosis]})
    return events, check, explanation


def timeless():
    """A log whose lines have no time: only their order is known."""
    events = line({"run": 1, "pid": 7, "comm": "", "source": "criu-log", "events": 5})
    for number in range(1, 6):
        events += line({"run": 1, "event": number, "source": "criu-log", "kind": "log",
                        "phase": "daemon", "tracer": 0, "tracee": 7, "line": number,
                        "severity": "other", "fact": "text", "says": "info", "text": "no time"})
    check = line({"run": 1, "pid": 7, "comm": "", "verdict": "never-reached", "landed": None,
                  "summary": "fini was never reached", "evidence": [], "findings": [],
                  "costs": {"calls": 0, "stops": 0, "signals": 0}})
    return events, check, line({"run": 1, "pid": 7, "answer": "unknown", "headline": "unknown",
                                "verdict": "never-reached", "summary": "", "diagnoses": []})


def tree():
    """A tree of two tasks: one intervened, with a cause; one refused, without events."""
    events = line({"run": 1, "pid": 20, "comm": "shell", "source": "engine", "tasks": 2})
    for number in range(1, 21):
        events += line(long_event(number, 20 if number < 11 else 21, "fini"))
    common = {"run": 1, "process": 20, "process_comm": "shell"}
    info = {"signal": 19, "signal_name": "SIGSTOP", "code": 0, "code_name": "SI_USER"}
    check = line({"run": 1, "pid": 20, "comm": "shell", "tasks": 2, "cured": 0, "vanished": 0,
                  "refused": 1, "failed": 1, "verdict": "intervened", "landed": False})
    check += line({**common, "task": 20, "comm": "shell", "outcome": "failed",
                   "verdict": "intervened", "landed": False, "summary": "intervened (3)",
                   "first_event": 1, "last_event": 10,
                   "evidence": [{"event": 3, "reason": "came"}],
                   "intervention": {"event": 3, "class": "signal-delivery", "signal": 19,
                                    "signal_name": "SIGSTOP", "siginfo": info,
                                    "pending_since": 2},
                   "findings": [{"kind": "detached-armed", "failure": True, "event": 9,
                                 "sentence": "detached with DR7 armed"}],
                   "costs": {"calls": 3, "stops": 1, "signals": 1, "frozen_ns": 1000}})
    check += line({**common, "task": 21, "comm": "child", "outcome": "refused",
                   "verdict": "never-reached", "landed": None, "reason": "EPERM"})
    cause = {"cause": "stop-signal-in-fini", "certainty": "yes", "sentence": "stopped",
             "evidence": [{"event": 3, "reason": "came"}], "consequences": [], "advice": []}
    explanation = line({"run": 1, "pid": 20, "answer": "something-wrong", "headline": "a tree",
                        "verdict": "intervened", "summary": "2 tasks", "tasks": [
                            {"task": 20, "outcome": "failed", "sentence": "stopped",
                             "diagnoses": [cause]},
                            {"task": 21, "outcome": "refused", "sentence": "EPERM"}]})
    return events, check, explanation


def empty():
    """Nothing but the line of the run."""
    return line({"run": 1, "pid": 7, "comm": "", "source": "strace", "events": 0}), "", ""


def long_run(count, tasks=30):
    """A run of so many events: calls, stops and signals of many tasks."""
    events = [line({"run": 1, "pid": 5000, "comm": "long", "source": "engine", "events": count,
                    "strategy_taken": "breakpoint", "started_realtime_ns": START, "lost": 0,
                    "frozen_ns": 1234567, "finished": True, "verdict": "landed"})]
    phases = ["seize", "prepare", "infect", "daemon", "commands", "fini", "sigreturn", "unmap",
              "detach"]
    for number in range(1, count + 1):
        events.append(line(long_event(number, 5000 + number // 8 % tasks,
                                      phases[(number - 1) * len(phases) // count])))
    check = line({"run": 1, "pid": 5000, "comm": "long", "verdict": "landed", "landed": True,
                  "summary": "landed (1, %d)" % count, "findings": [],
                  "evidence": [{"event": n, "reason": "piece %d" % n}
                               for n in (1, count // 2, count)],
                  "costs": {"calls": count, "stops": 1, "signals": 1}})
    explanation = line({"run": 1, "pid": 5000, "answer": "nothing-wrong", "headline": "long",
                        "verdict": "landed", "summary": "landed", "diagnoses": []})
    return "".join(events), check, explanation


def long_event(number, task, phase):
    at = START + number * 40000
    event = {"run": 1, "event": number, "source": "engine", "kind": "", "phase": phase,
             "entered_ns": at, "left_ns": at + 9000, "tracer": 4999, "tracee": task}
    kinds = {
        0: {"kind": "cont", "request": 7, "request_name": "PTRACE_CONT", "address": "0x0",
            "data": "0x0", "result": 0},
        3: {"kind": "wait", "target": task, "options": "0x0", "result": task, "status": "0x57f"},
        4: {"kind": "stop", "left_ns": at, "status": "0x57f", "class": "breakpoint",
            "pc": "0x7f6a332f6ba0"},
        5: {"kind": "registers-read", "request": 16900, "request_name": "PTRACE_GETREGSET",
            "address": "0x1", "data": "0x0", "result": 0,
            "registers": {"rip": "0x7f6a332f6ba0", "rsp": "0x7ffe06cc55f0", "rax": "0xf"}},
        6: {"kind": "signal", "left_ns": at, "fate": "generated",
            "siginfo": {"signal": 10, "signal_name": "SIGUSR1", "code": 0,
                        "code_name": "SI_USER", "sender": 4000}},
    }
    event.update(kinds.get(number % 8, {
        "kind": "poke", "request": 6, "request_name": "PTRACE_POKEUSER", "address": "0x350",
        "data": "0x7f6a332f6ba0", "result": 0, "debug_register": 0,
        "debug_value": "0x7f6a332f6ba0"}))
    return event
