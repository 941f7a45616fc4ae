// What a loaded and attached program consists of.
#ifndef CFINI_BPF_HANDLE_H
#define CFINI_BPF_HANDLE_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

enum { PROGRAMS = 16 };

struct fini_bpf {
  struct bpf_object *object;
  struct bpf_link *links[PROGRAMS];
  struct bpf_program *programs[PROGRAMS];
  int count;
  uint32_t ways;
  uint32_t most_tracees;
  // Whether raw tracepoints were seen to keep the processor.
  bool is_kept;
  // tracefs, or below zero.
  int events;
  struct ring_buffer *ring;
  int tracees, tracers, pending, losses;
  // The process whose end, or the signals that wake the reader, or below zero.
  int awaited;
  // The buffer for the records that are being drained.
  uint8_t *room;
  uint64_t size, used;
};

// Takes a record of the ring; what ring_buffer__new asks for.
int take_record(void *context, void *record, size_t size);
// The other program for the same tracepoint; NULL without one.
struct bpf_program *twin_of(const struct bpf_object *object, const struct bpf_program *program);
// Whether a program is attached by way of perf.
bool is_by_perf(const struct bpf_program *program);

#endif
