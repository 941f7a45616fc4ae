// Blocked in read(0) with every descriptor that RLIMIT_NOFILE (16) allows open. Says each line back as
// `line TEXT`.

#include <fcntl.h>
#include <sys/resource.h>

#include "victim.h"

int main(void) {
  begin();
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 16;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) give_up("setrlimit");
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) continue;
  if (errno != EMFILE) give_up("open");
  say_ready();
  echo_lines();
  return 0;
}
