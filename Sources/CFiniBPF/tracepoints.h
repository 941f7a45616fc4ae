// Tracepoints of perf, by the number that tracefs reports.
#ifndef CFINI_BPF_TRACEPOINTS_H
#define CFINI_BPF_TRACEPOINTS_H

#include <stdint.h>

// A tracepoint as the kernel describes it.
struct tracepoint {
  char text[4096];
};

// The folder of tracefs, wherever it is mounted or not; below zero a negated error number.
int open_tracefs(void);
// Reads the description of an event, such as "sched/sched_process_fork".
int64_t read_tracepoint(int tracefs, const char *event, struct tracepoint *tracepoint);
// Where a field of a tracepoint's entry stands, in bytes, if it has this size; -ENOENT without one.
int64_t offset_of_field(const struct tracepoint *tracepoint, const char *name, unsigned int size);
// An event of perf that a program can be attached to; it counts nothing.
int open_tracepoint(int tracefs, const char *event);

#endif
