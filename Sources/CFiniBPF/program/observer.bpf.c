// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Observes, inside the kernel, what tracers do to watched tracees.
//
// Tracepoints only, because kprobes may be absent and fentry needs BTF. Signals are on raw ones: their
// siginfo is nowhere else, and a lock keeps the processor there. No kernel type is used: registers and siginfo have the layout of the user interface, and where `pid` lies in a
// task_struct comes in as a number (docs/Decisions/0016).
#include "common.h"

#include "by_itself.h"
#include "by_perf.h"
#include "search.h"
#include "signals.h"

char _license[] SEC("license") = "Dual MIT/GPL";
