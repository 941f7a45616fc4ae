// What a process is, as text: two processes that were treated alike must give the same text.
#define _GNU_SOURCE
#include "CFiniTestSupport.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct page {
  char *room;
  size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct page *page, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(page->room + page->used, page->size - page->used, format, arguments);
  va_end(arguments);
  if (length > 0 && page->used + (size_t)length < page->size) page->used += (size_t)length;
}

// Reads a whole file of /proc, with a zero after it; bytes read, or -1.
static ssize_t read_text(const char *path, char *room, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t used = 0;
  for (ssize_t got; used + 1 < size && (got = read(file, room + used, size - 1 - used)) > 0;) {
    used += (size_t)got;
  }
  close(file);
  room[used] = 0;
  return (ssize_t)used;
}

static uint64_t digest(const void *bytes, size_t size) {
  const uint64_t *words = bytes;
  uint64_t digest = 0xcbf29ce484222325;
  for (size_t index = 0; index < size / 8; index++) {
    digest = (digest ^ words[index]) * 0x100000001b3;
    digest ^= digest >> 29;
  }
  return digest;
}

static uint64_t field(const char *status, const char *key) {
  const char *line = strstr(status, key);
  return line ? strtoull(line + strlen(key), 0, 16) : 0;
}

// Signals that the kernel keeps pending for a traced or stopped task and discards as soon as it
// runs: ignored signals, and another SIGSTOP for a stopped process.
static uint64_t moot(const char *status) {
  uint64_t by_default = 1ull << 16 | 1ull << 17 | 1ull << 22 | 1ull << 27;
  uint64_t moot = field(status, "SigIgn:\t") | (by_default & ~field(status, "SigCgt:\t"));
  const char *state = strstr(status, "State:\t");
  if (state && state[7] == 'T') moot |= 1ull << 18;
  return moot & ~field(status, "SigBlk:\t");
}

static void add_status(struct page *page, int32_t pid, int32_t tid) {
  static const char *const keys[] = {
      "State",  "TracerPid", "Uid",    "Gid",    "Umask",      "Threads", "SigBlk",
      "SigIgn", "SigCgt",    "CapEff", "CapPrm", "NoNewPrivs", "Seccomp",
  };
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
  if (read_text(path, text, sizeof text) < 0) {
    add(page, "State\tgone\n");
    return;
  }
  for (size_t index = 0; index < sizeof keys / sizeof keys[0]; index++) {
    char key[32];
    snprintf(key, sizeof key, "\n%s:\t", keys[index]);
    const char *line = strstr(text, key);
    if (!line) continue;
    line += strlen(key);
    add(page, "%s\t%.*s\n", keys[index], (int)strcspn(line, "\n"), line);
  }
  uint64_t no_matter = moot(text);
  add(page, "SigPnd\t%016llx\n", (unsigned long long)(field(text, "SigPnd:\t") & ~no_matter));
  add(page, "ShdPnd\t%016llx\n", (unsigned long long)(field(text, "ShdPnd:\t") & ~no_matter));
}

// Each executable mapping with its bytes.
static void add_maps(struct page *page, int32_t pid) {
  static char text[1 << 20];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  if (read_text(path, text, sizeof text) < 0) return;
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDONLY | O_CLOEXEC);
  static char chunk[1 << 18] __attribute__((aligned(8)));
  for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
    *end = 0;
    add(page, "maps\t%s\n", line);
    if (!strstr(line, " r-xp ") || strstr(line, "[vsyscall]")) continue;
    uint64_t start = strtoull(line, 0, 16), stop = strtoull(strchr(line, '-') + 1, 0, 16);
    uint64_t sum = 0;
    for (uint64_t at = start; at < stop; at += sizeof chunk) {
      size_t size = stop - at < sizeof chunk ? stop - at : sizeof chunk;
      if (pread(memory, chunk, size, (off_t)at) != (ssize_t)size) sum ^= at;
      sum = sum * 31 + digest(chunk, size);
    }
    add(page, "code\t%llx %016llx\n", (unsigned long long)start, (unsigned long long)sum);
  }
  if (memory >= 0) close(memory);
}

static void add_descriptors(struct page *page, int32_t pid) {
  char path[320];
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *directory = opendir(path);
  if (!directory) return;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    char target[256];
    snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, entry->d_name);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    char *inode = strchr(target, '[');
    if (inode && isdigit((unsigned char)inode[1])) *inode = 0;
    char text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%s", pid, entry->d_name);
    (void)read_text(path, text, sizeof text);
    const char *flags = strstr(text, "flags:\t");
    int flags_length = flags ? (int)strcspn(flags + 7, "\n") : 0;
    add(page, "fd %s\t%s %.*s\n", entry->d_name, target, flags_length, flags ? flags + 7 : "");
  }
  closedir(directory);
}

static void add_timers(struct page *page, int32_t pid) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/timers", pid);
  if (read_text(path, text, sizeof text) < 0) return;
  for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
    *end = 0;
    // The notification names the process by its number.
    if (strncmp(line, "notify:", 7) != 0) add(page, "timers\t%s\n", line);
  }
}

int64_t test_portrait(int32_t pid, int32_t tid, char *room, uint64_t size) {
  struct page page = {.room = room, .size = size};
  add_status(&page, pid, tid);
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
  if (read_text(path, text, sizeof text) >= 0) {
    add(&page, "wait\t%.*s\n", (int)strcspn(text, "\n"), text);
  }
  add_maps(&page, pid);
  add_descriptors(&page, pid);
  add_timers(&page, pid);
  return (int64_t)page.used;
}

static const char *const names[27] = {
    "r15", "r14", "r13", "r12", "rbp",      "rbx", "r11", "r10",    "r9",
    "r8",  "rax", "rcx", "rdx", "rsi",      "rdi", "orig_rax", "rip", "cs",
    "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
};

static int32_t add_registers(struct page *page, int32_t tid) {
  static char state[65536] __attribute__((aligned(64)));
  uint64_t words[27];
  if (ptrace(PTRACE_GETREGS, tid, 0, words) < 0) return -errno;
  for (int index = 0; index < 27; index++) {
    add(page, "register %s\t%llx\n", names[index], (unsigned long long)words[index]);
  }
  struct iovec range = {.iov_base = state, .iov_len = sizeof state};
  if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &range) < 0) return -errno;
  // XSTATE_BV: a component may leave that at any moment in which it has its initial values.
  memset(state + 512, 0, 8);
  add(page, "extended state\t%016llx\n", (unsigned long long)digest(state, range.iov_len));
  return 0;
}

// What is pending, siginfo and all.
static void add_queue(struct page *page, int32_t tid, uint32_t shared, uint64_t no_matter) {
  struct __ptrace_peeksiginfo_args arguments = {.off = 0, .flags = shared, .nr = 32};
  siginfo_t infos[32];
  long count = ptrace(PTRACE_PEEKSIGINFO, tid, &arguments, infos);
  for (long index = 0; index < count; index++) {
    const siginfo_t *info = &infos[index];
    if (no_matter >> (info->si_signo - 1) & 1) continue;
    add(page, "pending %s\t%d %d %d %d %d\n", shared ? "process" : "thread", info->si_signo,
        info->si_code, (int)info->si_pid, (int)info->si_uid,
        info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
  }
}

static int32_t add_inner(struct page *page, int32_t tid) {
  int32_t result = add_registers(page, tid);
  if (result < 0) return result;
  uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, tid, (void *)8, &mask) < 0) return -errno;
  add(page, "mask\t%016llx\n", (unsigned long long)mask);
  size_t control = offsetof(struct user, u_debugreg) + 7 * sizeof(long);
  long word = ptrace(PTRACE_PEEKUSER, tid, (void *)control, 0);
  // Bits 8 to 10 differ between processors; bits 0 to 7 arm.
  add(page, "armed\t%lx\n", word & 0xff);
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/%d/status", tid);
  if (read_text(path, text, sizeof text) < 0) return -ESRCH;
  // While it is stopped for this tracer, its state is `t`.
  uint64_t no_matter = moot(text) | (strstr(text, "State:\tt") ? 1ull << 18 : 0);
  add_queue(page, tid, 0, no_matter);
  add_queue(page, tid, 1, no_matter);
  return 0;
}

static int32_t seize(int32_t tid, uint32_t *status) {
  if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0) return -errno;
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0) return -errno;
  int32_t word = 0;
  int32_t waited = test_wait(tid, 2000, &word);
  if (waited != 1) return waited < 0 ? waited : -ETIMEDOUT;
  *status = (uint32_t)word;
  return WIFSTOPPED(word) ? 0 : -ESRCH;
}

static int32_t leave(int32_t tid, uint32_t status) {
  // A signal of the stop is passed on to the task.
  long signo = (status >> 16) == 0 ? WSTOPSIG(status) : 0;
  return ptrace(PTRACE_DETACH, tid, 0, signo) < 0 ? -errno : 0;
}

int64_t test_inner_portrait(int32_t tid, char *room, uint64_t size, uint32_t *status) {
  struct page page = {.room = room, .size = size};
  int32_t result = seize(tid, status);
  if (result < 0) return result;
  result = add_inner(&page, tid);
  int32_t left = leave(tid, *status);
  return result < 0 ? result : left < 0 ? left : (int64_t)page.used;
}

static int32_t damage(int32_t tid, int32_t kind) {
  static char state[65536] __attribute__((aligned(64)));
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, tid, 0, &registers) < 0) return -errno;
  long result = 0;
  if (kind == TEST_DAMAGE_REGISTER) {
    registers.r15 ^= 1;
    result = ptrace(PTRACE_SETREGS, tid, 0, &registers);
  } else if (kind == TEST_DAMAGE_VECTOR) {
    struct iovec range = {.iov_base = state, .iov_len = sizeof state};
    if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &range) < 0) return -errno;
    state[160 + 15 * 16] ^= 1;  // xmm15
    state[512] |= 2;
    result = ptrace(PTRACE_SETREGSET, tid, (void *)NT_X86_XSTATE, &range);
  } else if (kind == TEST_DAMAGE_MASK) {
    uint64_t mask = 0;
    ptrace(PTRACE_GETSIGMASK, tid, (void *)8, &mask);
    mask ^= 1ull << 29;
    result = ptrace(PTRACE_SETSIGMASK, tid, (void *)8, &mask);
  } else if (kind == TEST_DAMAGE_DEBUG) {
    size_t first = offsetof(struct user, u_debugreg);
    // An address that no code reaches.
    result = ptrace(PTRACE_POKEUSER, tid, (void *)first, 0x10000L);
    if (result == 0) result = ptrace(PTRACE_POKEUSER, tid, (void *)(first + 7 * sizeof(long)), 1L);
  } else if (kind == TEST_DAMAGE_TEXT) {
    // Some code before its program counter: what it runs next is unchanged.
    result = ptrace(PTRACE_POKEDATA, tid, (void *)((registers.rip & ~0xfffull) + 8), 0xccL);
  }
  return result < 0 ? -errno : 0;
}

int32_t test_damage(int32_t tid, int32_t kind) {
  uint32_t status = 0;
  int32_t result = seize(tid, &status);
  if (result < 0) return result;
  result = damage(tid, kind);
  int32_t left = leave(tid, status);
  return result < 0 ? result : left;
}
