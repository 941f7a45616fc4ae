// no-room WHY: blocked in read(0), and not one page more can be mapped. Says each line back as `line TEXT`.
//
//   limit   RLIMIT_AS is used up
//   space   every page of the address space is taken
//   maps    it has as many mappings as vm.max_map_count allows

#include <sys/mman.h>
#include <sys/resource.h>

#include "victim.h"

enum { page = 4096 };

static void *take(size_t size, int protection) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  return mmap(NULL, size, protection, flags, -1, 0);
}

static void use_up_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = 64 << 20;
  if (setrlimit(RLIMIT_AS, &limit) != 0) give_up("setrlimit");
}

static void use_up_space(size_t largest) {
  for (size_t size = largest; size >= page; size /= 2) {
    while (take(size, PROT_NONE) != MAP_FAILED) continue;
  }
}

static void use_up_maps(void) {
  // Neighbours that differ in protection stay apart.
  for (int index = 0; take(page, index % 2 ? PROT_READ : PROT_NONE) != MAP_FAILED; index++) continue;
}

int main(int argc, char **argv) {
  begin();
  const char *why = argc > 1 ? argv[1] : "";
  if (same(why, "limit")) {
    use_up_limit();
    use_up_space(32 << 20);
  } else if (same(why, "space")) {
    use_up_space((size_t)1 << 46);
  } else if (same(why, "maps")) {
    use_up_maps();
  } else {
    give_up("WHY");
  }
  if (errno != ENOMEM) give_up("mmap");
  say_ready();
  echo_lines();
  return 0;
}
