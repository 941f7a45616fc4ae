// many-maps [COUNT]: blocked in read(0) with COUNT (1000) mappings of its own, which the kernel can't
// merge. Says each line back as `line TEXT`.

#include <sys/mman.h>

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  int count = (int)argument(argc, argv, 1, 1000);
  for (int index = 0; index < count; index++) {
    // Neighbours that differ in protection stay apart.
    int protection = index % 2 ? PROT_READ : PROT_READ | PROT_WRITE;
    void *place = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) give_up("mmap");
  }
  say_ready();
  echo_lines();
  return 0;
}
