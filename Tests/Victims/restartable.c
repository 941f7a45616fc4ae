// restartable: two threads on one processor run restartable sequences (rseq(2)) nearly all of their
// time. A sequence writes its thread's name into a word that both share, computes for a while, and
// looks whether the name is still there before it commits: if the other thread ran meanwhile, the kernel
// must have led it to its abort handler, and it begins anew. One that went on in its middle is told as
// `corrupt torn section`.
//
// On SIGUSR2 the leader says `turns N aborts M`, which are its own. It ends with its stdin.

#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "victim.h"

#if !defined(__x86_64__)
#error "restartable knows the sequences of x86-64 only"
#endif

// How long a sequence computes: some 15 microseconds, much longer than the time between two of them.
enum { rounds_per_section = 50000, sections_per_check = 1000 };

// What stands before an abort handler on x86-64, and what registers the area.
enum { signature = 0x53053053, area_size = 32 };

// glibc registers an area for each thread from 2.35 on, and says where.
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));

static __thread struct {
  uint32_t words[area_size / 4];
} own_area __attribute__((aligned(32)));

/// This thread's area; its third and fourth word are `rseq_cs`.
static void *get_area(void) {
  if (&__rseq_size && __rseq_size != 0) return (char *)__builtin_thread_pointer() + __rseq_offset;
  if (syscall(SYS_rseq, &own_area, area_size, 0, signature) != 0) give_up("rseq");
  return &own_area;
}

enum outcome { committed, aborted, torn };

static volatile uint32_t owner;

/// Runs one sequence; it counts in *done with its last instruction.
static enum outcome run_section(void *area, uint32_t name, uint64_t rounds, uint64_t *done) {
  __asm__ goto(
      ".pushsection .data.rel.restartable, \"aw\"\n"
      ".balign 32\n"
      "3: .long 0, 0\n"                  // version, flags
      "   .quad 1f, 2f - 1f, 4f\n"       // start, length, abort handler
      ".popsection\n"
      "   leaq 3b(%%rip), %%rax\n"
      "   movq %%rax, 8(%[area])\n"
      "1: movl %[name], %[owner]\n"
      "   movq %[rounds], %%rcx\n"
      "5: subq $1, %%rcx\n"
      "   jnz 5b\n"
      "   cmpl %[name], %[owner]\n"
      "   jne %l[was_torn]\n"
      "   addq $1, (%[done])\n"
      "2:\n"
      ".pushsection .text.restartable, \"ax\"\n"
      "   .byte 0x0f, 0xb9, 0x3d\n"      // ud1, so that a disassembler does not take the signature for code
      "   .long %c[signature]\n"
      "4: jmp %l[was_aborted]\n"
      ".popsection\n"
      :
      : [owner] "m"(owner), [area] "r"(area), [name] "r"(name), [rounds] "r"(rounds), 
        [done] "r"(done), [signature] "i"(signature)
      : "rax", "rcx", "memory", "cc"
      : was_aborted, was_torn);
  return committed;
was_aborted:
  return aborted;
was_torn:
  return torn;
}

static volatile sig_atomic_t asked;

static void ask(int signal_number) {
  (void)signal_number;
  asked = 1;
}

struct tally {
  uint64_t sections, aborts;
};

static void run_one(void *area, uint32_t name, struct tally *tally) {
  switch (run_section(area, name, rounds_per_section, &tally->sections)) {
  case committed: return;
  case aborted: tally->aborts++; return;
  case torn: say("corrupt torn section"); return;
  }
}

static void *run_other(void *nothing) {
  // A question is sent to the leader.
  sigset_t set;
  sigfillset(&set);
  pthread_sigmask(SIG_SETMASK, &set, NULL);
  void *area = get_area();
  struct tally tally = {0, 0};
  for (;;) run_one(area, 2, &tally);
  return nothing;
}

static void stay_on_this_processor(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(sched_getcpu(), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) give_up("sched_setaffinity");
}

int main(void) {
  begin();
  stay_on_this_processor();
  // It may lose the processor in its handler: a tracer that reads it then must find the same mask as before.
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART | SA_NODEFER};
  if (sigaction(SIGUSR2, &action, NULL) != 0) give_up("sigaction");
  void *area = get_area();
  pthread_t thread;
  errno = pthread_create(&thread, NULL, run_other, NULL);
  if (errno != 0) give_up("pthread_create");

  say_ready();
  struct tally tally = {0, 0};
  for (unsigned long turns = 1;; turns++) {
    run_one(area, 1, &tally);
    if (asked) {
      asked = 0;
      say("turns %lu aborts %lu", (unsigned long)tally.sections, (unsigned long)tally.aborts);
    }
    if (turns % sections_per_check == 0 && input_ended()) return 0;
  }
}
