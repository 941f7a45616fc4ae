// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Where a task_struct has its numbers, for kernels without BTF.
#ifndef FINI_BPF_SEARCH_H
#define FINI_BPF_SEARCH_H

#include "common.h"

// The task that asks, a thread that is not its process's first; 0 for none.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct fini_bpf_search);
} search SEC(".maps");

// `pid` and `tgid` stand side by side in every kernel; the pair of a thread is easily told from
// anything else.
SEC("raw_tp/sys_enter")
int find_offsets(struct bpf_raw_tracepoint_args *context) {
  (void)context;
  __u32 zero = 0;
  struct fini_bpf_search *wish = bpf_map_lookup_elem(&search, &zero);
  if (!wish || wish->task != this_task() || wish->found) return 0;
  __u64 self = bpf_get_current_task();
  __s32 task = this_task();
  __s32 process = this_process();
  for (__u32 offset = 64; offset < 8192; offset += 4) {
    __s32 pair[2] = {};
    if (bpf_probe_read_kernel(pair, sizeof pair, (void *)(self + offset))) break;
    if (pair[0] == task && pair[1] == process) {
      if (!wish->found) wish->offset = offset;
      wish->found++;
    }
  }
  return 0;
}

#endif
