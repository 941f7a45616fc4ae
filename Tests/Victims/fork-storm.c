// fork-storm [MOST [LIFE_MS]]: a process that forks children which fork children, MOST (40) of them
// at a time, each of which lives for LIFE_MS (20) ms and leaves two children. Run it as process 1 of a
// pid namespace (unshare -pf): it ends with its stdin, and the kernel then ends all of them.

#include <sys/mman.h>
#include <sys/wait.h>

#include "victim.h"

static _Atomic int *alive;

static void live(int most, struct timespec life) {
  for (int k = 0; k < 2; k++) {
    if (__atomic_add_fetch(alive, 1, __ATOMIC_SEQ_CST) > most) {
      __atomic_sub_fetch(alive, 1, __ATOMIC_SEQ_CST);
      continue;
    }
    pid_t child = fork();
    // The child begins anew, with two children of its own.
    if (child == 0) k = -1;
    if (child < 0) __atomic_sub_fetch(alive, 1, __ATOMIC_SEQ_CST);
  }
  nanosleep(&life, NULL);
  // Children that it leaves become the first process's.
  __atomic_sub_fetch(alive, 1, __ATOMIC_SEQ_CST);
  _exit(0);
}

int main(int argc, char **argv) {
  begin();
  int most = (int)argument(argc, argv, 1, 40);
  struct timespec life = seconds(argument(argc, argv, 2, 20) / 1e3);
  alive = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (alive == MAP_FAILED) give_up("mmap");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  say_ready();
  while (!input_ended()) {
    if (__atomic_add_fetch(alive, 1, __ATOMIC_SEQ_CST) <= most) {
      pid_t child = fork();
      if (child == 0) live(most, life);
      if (child < 0) __atomic_sub_fetch(alive, 1, __ATOMIC_SEQ_CST);
    } else {
      __atomic_sub_fetch(alive, 1, __ATOMIC_SEQ_CST);
      nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
  say("over");
  return 0;
}
