// may-not-map mdwe|locked: a process whose every mmap of what a parasite needs is refused: by PR_SET_MDWE
// (Linux 6.3), or because all its memory is locked (mlockall(MCL_FUTURE)) and RLIMIT_MEMLOCK allows no more.
// Says each line back as `line TEXT`; where the kernel can't do it, it exits with status 77.

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "victim.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

/// Gives up CAP_IPC_LOCK: a process that has it is not bound by RLIMIT_MEMLOCK.
static void be_bound(void) {
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &head, data) != 0) give_up("capget");
  data[0].effective &= ~(1U << CAP_IPC_LOCK);
  if (syscall(SYS_capset, &head, data) != 0) give_up("capset");
}

int main(int argc, char **argv) {
  begin();
  if (argc < 2) return 2;
  if (same(argv[1], "mdwe")) {
    if (prctl(PR_SET_MDWE, 1UL, 0UL, 0UL, 0UL) != 0) return 77;
  } else {
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) give_up("getrlimit");
    limit.rlim_cur = 4096;
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) give_up("setrlimit");
    be_bound();
    if (mlockall(MCL_FUTURE) != 0) give_up("mlockall");
  }
  say_ready();
  echo_lines();
  return 0;
}
