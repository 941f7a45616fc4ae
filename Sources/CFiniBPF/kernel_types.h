// The kernel's own description of its types (BTF), read as far as is needed here.
//
// libbpf reads it too, but checks and copies all of its 5 MB first: 23 ms, where this takes 2 (docs/Decisions/0036).
#ifndef CFINI_BPF_KERNEL_TYPES_H
#define CFINI_BPF_KERNEL_TYPES_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_types {
  const uint8_t *bytes;
  uint64_t size;
  // Whether the bytes are the kernel's own, and not a copy.
  bool is_mapped;
  const char *names;
  uint32_t names_size;
  // Where each type begins; the number 0 stands for none.
  const uint8_t **types;
  uint32_t count;
};

// Reads it. -ENOENT without BTF, or with one of another form.
int64_t open_kernel_types(struct kernel_types *types);
// The same for bytes that were allocated with malloc; they are freed in either case.
int64_t take_kernel_types(struct kernel_types *types, uint8_t *bytes, uint64_t size);
void close_kernel_types(struct kernel_types *types);
// Where a member stands in a struct, in bytes, also inside of unnamed structs; 0 if there is none.
uint32_t offset_of_member(const struct kernel_types *types, const char *name, const char *member);
#endif
