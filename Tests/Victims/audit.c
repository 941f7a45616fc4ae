// Blocked in read(0). When it is asked it reports, as it sees them itself, the facts that a cure must not change.
//
//   audit   says one line per fact, and `end`
//   maps    says `map TEXT` for each line of /proc/self/maps, and `end`
//
// It has one of each: a blocked signal, a handler, an ignored signal, an alternate stack.

#include <asm/prctl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "victim.h"

// struct sigaction as the kernel has it: glibc hides the restorer and the signals it keeps for itself.
struct kernel_action {
  uint64_t handler;
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};

// Static, as is all of its memory: to read the mappings it must not make one.
static char alternate_stack[64 * 1024];
static char maps[256 * 1024];
static size_t maps_length;

static void do_nothing(int signal_number) { (void)signal_number; }

static void read_maps(void) {
  int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up("maps");
  maps_length = 0;
  for (ssize_t got; (got = read(file, maps + maps_length, sizeof maps - maps_length)) != 0;) {
    if (got < 0) give_up("maps");
    maps_length += (size_t)got;
  }
  close(file);
}

static void say_maps(void) {
  read_maps();
  char *line = maps;
  for (char *end; (end = memchr(line, '\n', (size_t)(maps + maps_length - line))); line = end + 1) {
    say("map %.*s", (int)(end - line), line);
  }
}

/// The number of mappings, and a hash (FNV-1a) of all that is said of them.
static void audit_maps(void) {
  read_maps();
  uint64_t hash = 0xcbf29ce484222325;
  int lines = 0;
  for (size_t index = 0; index < maps_length; index++) {
    hash = (hash ^ (unsigned char)maps[index]) * 0x100000001b3;
    lines += maps[index] == '\n';
  }
  say("maps %d %016llx", lines, (unsigned long long)hash);
}

static void audit_signals(void) {
  sigset_t set;
  sigprocmask(SIG_SETMASK, NULL, &set);
  say("mask %016llx", signal_bits(&set));
  sigpending(&set);
  say("pending %016llx", signal_bits(&set));

  for (int signal_number = 1; signal_number <= 64; signal_number++) {
    struct kernel_action action;
    if (syscall(SYS_rt_sigaction, signal_number, NULL, &action, 8) != 0) give_up("rt_sigaction");
    if (action.handler == 0 && (action.flags & ~0x04000000ULL /* SA_RESTORER */) == 0) continue;
    say("action %d handler %#llx flags %#llx restorer %#llx mask %016llx", signal_number,
        (unsigned long long)action.handler, (unsigned long long)action.flags,
        (unsigned long long)action.restorer, (unsigned long long)action.mask);
  }

  stack_t alternate;
  sigaltstack(NULL, &alternate);
  say("altstack %p size %zu flags %d", alternate.ss_sp, alternate.ss_size, alternate.ss_flags);
}

static void audit_descriptors(void) {
  char list[700];
  size_t length = 0;
  int count = 0;
  // Asked one by one: opening /proc/self/fd would add one, and reading it takes the heap.
  for (int descriptor = 0; descriptor < 4096; descriptor++) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0) continue;
    count++;
    if (length + 16 < sizeof list) {
      length += (size_t)sprintf(list + length, " %d%s", descriptor, flags & FD_CLOEXEC ? "x" : "");
    }
  }
  list[length] = '\0';
  say("descriptors %d%s", count, list);
}

static void audit(void) {
  audit_signals();
  audit_descriptors();
  audit_maps();

  mode_t mask = umask(0);
  umask(mask);
  say("umask %04o", mask);
  say("brk %#lx", syscall(SYS_brk, 0));
  unsigned long fs_base = 0;
  syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_base);
  say("fs %#lx", fs_base);
  say("dumpable %d", prctl(PR_GET_DUMPABLE));
}

int main(void) {
  begin();
  struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART | SA_ONSTACK};
  sigaddset(&action.sa_mask, SIGHUP);
  if (sigaction(SIGUSR1, &action, NULL) != 0) give_up("sigaction");
  signal(SIGPIPE, SIG_IGN);
  sigset_t set = only(SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  stack_t alternate = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
  if (sigaltstack(&alternate, NULL) != 0) give_up("sigaltstack");

  say_ready();
  for (char *line; (line = next_line());) {
    if (same(line, "audit")) {
      audit();
      say("end");
    } else if (same(line, "maps")) {
      say_maps();
      say("end");
    } else {
      say("unknown %s", line);
    }
  }
  return 0;
}
