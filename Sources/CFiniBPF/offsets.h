// Where a task_struct has its numbers, from types that were read already.
#ifndef CFINI_BPF_OFFSETS_H
#define CFINI_BPF_OFFSETS_H

#include "CFiniBPF.h"
#include "kernel_types.h"

int64_t fini_bpf_offsets_in(const struct kernel_types *types, struct fini_bpf_settings *settings);

#endif
