// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What tracers do to the tracees that are watched, seen from inside the kernel.
//
// Raw tracepoints only, because kprobes may be absent and fentry needs BTF. No kernel type is
// used: registers and siginfo have the layout of the user interface, and where `pid` lies in a
// task_struct comes in as a number (docs/Decisions/0016).
#include "common.h"

#include "calls.h"
#include "search.h"
#include "signals.h"
#include "tasks.h"

char _license[] SEC("license") = "Dual MIT/GPL";
