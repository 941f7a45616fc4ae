// noexec-memfd LEVEL: process 1 of a pid namespace in which vm.memfd_noexec is LEVEL (1, 2), blocked in
// read(0); it says each line back as `line TEXT`. The parent only waits for it. Needs root.

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "victim.h"

static void set_level(char level) {
  int file = open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC);
  if (file < 0) give_up("memfd_noexec");
  if (write(file, &level, 1) != 1) give_up("memfd_noexec");
  close(file);
}

int main(int argc, char **argv) {
  begin();
  char level = (char)('0' + (int)argument(argc, argv, 1, 2));
  if (unshare(CLONE_NEWPID) != 0) give_up("unshare");
  pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child != 0) {
    close(STDIN_FILENO);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("prctl");
  set_level(level);
  say_ready();
  echo_lines();
  return 0;
}
