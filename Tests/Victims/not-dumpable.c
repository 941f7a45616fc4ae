// Blocked in read(0) and not dumpable: its files in /proc belong to root, and only a tracer with
// CAP_SYS_PTRACE may trace it. Echoes each line as `line TEXT`.

#include "victim.h"

int main(void) {
  begin();
  if (prctl(PR_SET_DUMPABLE, 0) != 0) give_up("prctl");
  say_ready();
  echo_lines();
  return 0;
}
