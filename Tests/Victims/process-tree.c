// process-tree [COUNT [WIDTH]]: COUNT (20) processes below the root, each with at most WIDTH (3)
// children of its own, all blocked in pause(2). The root blocks in read(0) and says each line back
// as `line TEXT`. All of them end with the root.

#include <sys/wait.h>

#include "victim.h"

int main(int argc, char **argv) {
  begin();
  int rest = (int)argument(argc, argv, 1, 20), width = (int)argument(argc, argv, 2, 3);
  int born[2], root = getpid();
  if (pipe(born) != 0) give_up("pipe");
  int count = rest;
  // Process k (the root is 0) has the children k * width + 1 to k * width + width.
  int number = 0;
  for (int child = 1; child <= width; child++) {
    int next = number * width + child;
    if (next > count) break;
    pid_t pid = fork();
    if (pid < 0) give_up("fork");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      number = next;
      child = 0;
    }
  }
  if (getpid() != root) {
    char name[16];
    snprintf(name, sizeof name, "branch-%d", number);
    prctl(PR_SET_NAME, name);
    if (write(born[1], "x", 1) != 1) _exit(2);
    close(born[0]);
    close(born[1]);
    for (;;) {
      pause();
      // Nothing is ever sent to it: a pause that ends was ended by the tracer.
      say("woken %d", number);
    }
  }
  char byte;
  for (int k = 0; k < count; k++) {
    if (read(born[0], &byte, 1) != 1) give_up("read");
  }
  close(born[0]);
  close(born[1]);
  say_ready();
  echo_lines();
  return 0;
}
