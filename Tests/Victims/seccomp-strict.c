// Blocked in read(0) under SECCOMP_MODE_STRICT: the kernel kills it at any call but read, write, exit
// and rt_sigreturn. Says each line back as `line TEXT`.

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "victim.h"

int main(void) {
  begin();
  // Before the walls go up: stdio may want a call of its own for the first line.
  say_ready();
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) give_up("prctl");
  echo_lines();
  // exit_group, which libc takes, is not among the four.
  syscall(SYS_exit, 0);
  return 0;
}
