// repeats [mask]: spends nearly all of its time in one `rep stosb` over pages that are not there. Each
// page fault stops the instruction in its middle, and what is saved of the task then has RF set, the flag
// that lets a breakpoint on the next instruction pass.
//
// A turn is four such instructions, which xmm0 counts beside a general register; a count that is wrong,
// or a byte, is told as `corrupt ...`. With `mask` SIGRTMAX - 1 is blocked in every second turn, which is
// checked as well. On SIGUSR2 it says `turns N`. It ends with its stdin.

#include <sys/mman.h>
#include <sys/syscall.h>

#include "victim.h"

enum { bytes = 4 << 20, rounds_per_turn = 4 };

/// Fills the memory again and again, and leaves the count of the vector register.
static uint64_t fill(char *memory, uint64_t *counted) {
  uint64_t vector = 0, count = 0;
  uint64_t one = 1;
  __asm__ volatile("pxor %%xmm0, %%xmm0\n\tmovq %0, %%xmm1" : : "r"(one) : "xmm0", "xmm1");
  for (int round = 0; round < rounds_per_turn; round++) {
    // Not through the C library: whatever it does with vectors, xmm0 and xmm1 must stay.
    long result = SYS_madvise;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(memory), "S"((long)bytes), "d"((long)MADV_DONTNEED)
                     : "rcx", "r11", "memory");
    char *at = memory;
    uint64_t left = bytes;
    __asm__ volatile("rep stosb\n\t"
                     "paddq %%xmm1, %%xmm0\n\t"
                     "inc %[count]"
                     : "+D"(at), "+c"(left), [count] "+r"(count)
                     : "a"(7)
                     : "memory", "cc");
  }
  __asm__ volatile("movq %%xmm0, %0" : "=r"(vector));
  *counted = vector;
  return count;
}

static volatile sig_atomic_t asked;

static void ask(int signal_number) {
  (void)signal_number;
  asked = 1;
}

int main(int argc, char **argv) {
  begin();
  bool changes_mask = argc > 1 && same(argv[1], "mask");
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) give_up("mmap");
  // A huge page would be filled by one fault.
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
  if (sigaction(SIGUSR2, &action, NULL) != 0) give_up("sigaction");
  int odd = SIGRTMAX - 1;
  sigset_t set = only(odd);

  say_ready();
  for (unsigned long turns = 1;; turns++) {
    bool blocks = changes_mask && turns % 2 == 1;
    if (changes_mask) sigprocmask(blocks ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
    uint64_t vector = 0;
    uint64_t count = fill(memory, &vector);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    if (count != rounds_per_turn || vector != rounds_per_turn) {
      say("corrupt count %llu xmm0 %llu", (unsigned long long)count, (unsigned long long)vector);
    }
    if ((sigismember(&mask, odd) == 1) != blocks) say("corrupt mask in turn %lu", turns);
    for (size_t at = 0; at < bytes; at += 4096) {
      if (memory[at] != 7 || memory[at + 4095] != 7) say("corrupt byte in page at %zu", at);
    }
    if (asked) {
      asked = 0;
      say("turns %lu", turns);
    }
    if (input_ended()) return 0;
  }
}
