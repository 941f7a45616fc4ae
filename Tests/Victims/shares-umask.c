// shares-umask: two processes with one umask (clone(2) with CLONE_FS). The child makes a file of mode 0666
// in /dev/shm without end, looks at what mode it got, and asks for the umask; the first waits for orders. Answers
// `files` with `files N bad M`: how many were made, and how often the mode or the umask was not that of 022.

#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "victim.h"

struct counts {
  volatile long files, bad;
};

__attribute__((noreturn)) static void make_files(struct counts *counts) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char name[64];
  snprintf(name, sizeof name, "/dev/shm/shares-umask.%d", (int)getpid());
  for (;;) {
    int file = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    struct stat found;
    if (file < 0 || fstat(file, &found) != 0) _exit(1);
    unlink(name);
    close(file);
    if ((found.st_mode & 0777) != 0644) counts->bad++;
    // Making a file takes much longer than a momentary change of the umask lasts, so it also reads the umask.
    for (int i = 0; i < 200; i++) {
      if (umask(022) != 022) counts->bad++;
    }
    counts->files++;
  }
}

int main(void) {
  begin();
  umask(022);
  struct counts *counts =
      mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (counts == MAP_FAILED) give_up("mmap");
  long child = syscall(SYS_clone, CLONE_FS | SIGCHLD, NULL, NULL, NULL, NULL);
  if (child < 0) give_up("clone");
  if (child == 0) make_files(counts);

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "files")) say("files %ld bad %ld", counts->files, counts->bad);
  }
  kill((pid_t)child, SIGKILL);
  return 0;
}
