// in-namespaces: a child that is process 1 of a pid namespace of its own, with user, mount, network
// and IPC namespaces of its own as well, blocked in read(0). It says each line back as `line TEXT`; the
// parent only waits for it.

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "victim.h"

int main(void) {
  begin();
  int others = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC;
  if (unshare(others) != 0) give_up("unshare");
  pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child != 0) {
    close(STDIN_FILENO);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // It would outlive a parent that is killed.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("prctl");
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) give_up("mount");
  if (mount("none", "/proc", "tmpfs", 0, NULL) != 0) give_up("mount");
  if (getpid() != 1) give_up("getpid");
  say_ready();
  echo_lines();
  return 0;
}
