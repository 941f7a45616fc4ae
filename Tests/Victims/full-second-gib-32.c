// full-second-gib-32: has all of the address space from 1 to 2 GiB mapped. Says each line back as
// `line TEXT`.

#include "victim.h"

#include <sys/mman.h>

static void fill(uintptr_t start, uintptr_t end) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  if (end <= start || mmap((void *)start, end - start, PROT_NONE, flags, -1, 0) != MAP_FAILED) return;
  // Something is in the way: fill the addresses before and after it.
  if (end - start <= 4096) return;
  uintptr_t middle = start + (end - start) / 2 / 4096 * 4096;
  fill(start, middle);
  fill(middle, end);
}

int main(void) {
  begin();
  fill(0x40000000, 0x80000000);
  say_ready();
  echo_lines();
  return 0;
}
