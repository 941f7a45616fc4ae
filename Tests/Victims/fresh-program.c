// fresh-program: has a child that has become a new program and has not run a single instruction of it: it is
// stopped by SIGSTOP at its execve. Says `child PID`; told `run` it continues the child and says what the
// child found in PKRU, as `pkru VALUE` (or `pkru none`), and with what it ended, as `end STATUS`.

#include "victim.h"

#include <cpuid.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static int run_as_child(void) {
  unsigned a, b, c = 0, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(c & bit_OSPKE)) {
    say("pkru none");
    return 0;
  }
  uint32_t rights, high;
  __asm__ volatile("rdpkru" : "=a"(rights), "=d"(high) : "c"(0));
  say("pkru %x", rights);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && same(argv[1], "child")) return run_as_child();
  begin();
  pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) give_up("PTRACE_TRACEME");
    execl("/proc/self/exe", "fresh-program", "child", NULL);
    give_up("execl");
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) give_up("waitpid");
  if (ptrace(PTRACE_DETACH, child, 0, SIGSTOP) != 0) give_up("PTRACE_DETACH");
  if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) give_up("waitpid, stopped");
  say_ready();
  say("child %d", (int)child);
  for (char *line; (line = next_line());) {
    if (!same(line, "run")) continue;
    kill(child, SIGCONT);
    if (waitpid(child, &status, 0) != child) give_up("waitpid, ended");
    say("end %x", status);
  }
  kill(child, SIGKILL);
  return 0;
}
