// steps-itself [spins]: steps through its own code: it sets TF and has a handler for the SIGTRAP that
// comes after each instruction. In this state it waits in read(0) and says each line back as `line TEXT`. A step that
// is lost, comes twice or comes elsewhere is told as `corrupt step ...`.
//
// With `spins` it steps through getppid(2) again and again, and says `turns N` on SIGUSR2. It ends with
// its stdin.

#include <sys/syscall.h>
#include <ucontext.h>

#include "victim.h"

#if !defined(__x86_64__)
#error "steps-itself knows the instructions of x86-64 only"
#endif

/// Makes a system call, stepping from a few instructions before it to a few after it.
long stepped_call(long number, long a, long b, long c);
extern const char stepped_start[];
__asm__(
    ".text\n"
    "stepped_call:\n"
    "  movq %rdi, %rax\n"
    "  movq %rsi, %rdi\n"
    "  movq %rdx, %rsi\n"
    "  movq %rcx, %rdx\n"
    "  pushq $0x302\n"
    "stepped_start:\n"
    "  popfq\n"
    "  nop\n"
    "  nop\n"
    "  syscall\n"
    "  nop\n"
    "  nop\n"
    "  nop\n"
    "  nop\n"
    "  pushq $0x202\n"
    "  popfq\n"
    "  ret\n");

enum { most_steps = 64 };
struct steps {
  int count;
  long places[most_steps];
};
static volatile struct steps made;
static struct steps wanted;

static void step(int signal_number, siginfo_t *info, void *context) {
  (void)signal_number;
  ucontext_t *state = context;
  if (info->si_code != TRAP_TRACE) say("corrupt step: si_code %d", info->si_code);
  int count = made.count;
  if (count < most_steps) made.places[count] = (long)state->uc_mcontext.gregs[REG_RIP] - (long)stepped_start;
  made.count = count + 1;
}

static void check(void) {
  if (made.count != wanted.count) say("corrupt step: %d steps, not %d", made.count, wanted.count);
  for (int index = 0; index < made.count && index < wanted.count; index++) {
    if (made.places[index] == wanted.places[index]) continue;
    say("corrupt step %d at %ld, not %ld", index, made.places[index], wanted.places[index]);
  }
  made.count = 0;
}

static volatile sig_atomic_t asked;

static void ask(int signal_number) {
  (void)signal_number;
  asked = 1;
}

static void spin(void) {
  for (unsigned long turns = 1;; turns++) {
    for (int round = 0; round < 1000; round++) {
      stepped_call(SYS_getppid, 0, 0, 0);
      check();
    }
    if (asked) {
      asked = 0;
      say("turns %lu", turns);
    }
    if (input_ended()) return;
  }
}

int main(int argc, char **argv) {
  begin();
  struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO | SA_RESTART};
  if (sigaction(SIGTRAP, &action, NULL) != 0) give_up("sigaction");
  struct sigaction other = {.sa_handler = ask, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR2, &other, NULL) != 0) give_up("sigaction");
  stepped_call(SYS_getppid, 0, 0, 0);
  wanted.count = made.count;
  for (int index = 0; index < made.count; index++) wanted.places[index] = made.places[index];
  if (made.count < 8 || made.count > most_steps) {
    say("failed to step: %d steps", made.count);
    return 2;
  }
  made.count = 0;

  say_ready();
  if (argc > 1 && same(argv[1], "spins")) {
    spin();
    return 0;
  }
  for (;;) {
    char *at = input + input_length;
    long got = stepped_call(SYS_read, STDIN_FILENO, (long)at, (long)(sizeof input - input_length));
    check();
    if (got == 0) return 0;
    if (got == -EINTR) {
      say("eintr");
      continue;
    }
    if (got < 0) give_up("read");
    input_length += (size_t)got;
    for (char *line; (line = line_at_hand());) echo(line);
  }
}
