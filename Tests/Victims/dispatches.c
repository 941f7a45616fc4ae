// dispatches [inclusive]: its calls are dispatched to it by the kernel (Syscall User Dispatch), but for those
// from the code of libc; with `inclusive` only those from a page of its own are. Says each line back as
// `line TEXT` after it has made a call from that page, which the kernel must hand back as SIGSYS: else, or
// where any other call was handed back, `wrong OWN FOREIGN` takes the line's place.

#include <link.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "victim.h"

#ifndef PR_SYS_DISPATCH_INCLUSIVE_ON
#define PR_SYS_DISPATCH_INCLUSIVE_ON 2
#endif

enum { STRANGE_CALL = 9999, ANSWER = 4242 };

static volatile char selector;
static volatile int own, foreign;
static uintptr_t text_start, text_end;

static void take(int number, siginfo_t *info, void *context) {
  (void)number;
  // Its way back is the call rt_sigreturn, made from libc's code.
  if (info->si_syscall == STRANGE_CALL) {
    own++;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = ANSWER;
  } else {
    foreign++;
  }
}

static int find_text(struct dl_phdr_info *object, size_t size, void *nothing) {
  (void)size, (void)nothing;
  uintptr_t address = (uintptr_t)&prctl;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &object->dlpi_phdr[i];
    uintptr_t start = object->dlpi_addr + header->p_vaddr;
    if (header->p_type != PT_LOAD || address < start || address >= start + header->p_memsz) continue;
    text_start = start;
    text_end = start + header->p_memsz;
  }
  return 0;
}

int main(int argc, char **argv) {
  begin();
  bool inclusive = argc > 1 && same(argv[1], "inclusive");
  // mov eax, 9999; syscall; ret
  static const unsigned char code[] = {0xb8, 0x0f, 0x27, 0, 0, 0x0f, 0x05, 0xc3};
  unsigned char *page =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) give_up("mmap");
  memcpy(page, code, sizeof code);
  long (*strange_call)(void) = (long (*)(void))(uintptr_t)page;
  struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
  if (sigaction(SIGSYS, &action, NULL) != 0) give_up("sigaction");
  dl_iterate_phdr(find_text, NULL);
  int error = inclusive ? prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_INCLUSIVE_ON, page, 4096, &selector)
                        : prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, text_start,
                                text_end - text_start, &selector);
  if (error != 0) give_up("dispatch");
  selector = SYSCALL_DISPATCH_FILTER_BLOCK;

  say_ready();
  for (char *line; (line = next_line());) {
    int before = own;
    long answer = strange_call();
    if (answer == ANSWER && own == before + 1 && foreign == 0) {
      echo(line);
    } else {
      say("wrong %d %d", own - before, foreign);
    }
  }
  selector = SYSCALL_DISPATCH_FILTER_ALLOW;
  return 0;
}
