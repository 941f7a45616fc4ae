// Whether the kernel keeps the processor while a program on a raw tracepoint runs (docs/Decisions/0036).
#ifndef CFINI_BPF_PREEMPTION_H
#define CFINI_BPF_PREEMPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel_types.h"

enum { TRIALS = 2 };

// A small program that looks at what keeps it on its processor.
struct trial {
  int seen, program;
  // They stay attached until the end: to attach to a tracepoint that has just lost its last program waits for the kernel's
  // grace period.
  int links[TRIALS];
  int count;
};

// Loads it. The result is below zero if that can't be done here; then nothing is known.
int64_t begin_trial(struct trial *trial, const struct kernel_types *types);
// Whether it was seen that programs on this tracepoint keep the processor; `act` makes this task come to it. False as well
// if that is not known.
bool is_kept(struct trial *trial, const char *tracepoint, void (*act)(void));
void end_trial(struct trial *trial);

// For the two kinds of tracepoints, which the kernel guards each in its own way: come to `sched_process_wait`, to `sys_enter`.
void wait_for_no_child(void);
void make_a_call(void);

#endif
