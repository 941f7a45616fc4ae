// The code that runs inside the victim, and the packets that it sends.
//
// The blob is position-independent, uses no vector or x87 register, needs no libc and refers to
// nothing outside its own section (tools/check checks its relocations).
#ifndef CFINI_PARASITE_H
#define CFINI_PARASITE_H

#include <stdint.h>

// A packet, in either direction. SOCK_SEQPACKET keeps packets apart.
struct fini_packet {
  uint32_t command;
  int32_t result;
  uint64_t value;       // ready: the address of the sigreturn instruction; ping: sent back
  int32_t pid;          // misc, from here on
  int32_t tid;
  uint64_t brk;
  uint64_t blocked;
  uint64_t pending;
};

// What the tracer and the parasite share, at the start of the page after the code.
struct fini_arguments {
  uint64_t life;             // 40 bytes: the tracer's life lock; the first word is its futex
  uint64_t life_rest[7];
  uint64_t frame_sp;         // the stack pointer for rt_sigreturn: the sigframe's address + 8
  uint64_t frame_altstack;   // where the sigframe keeps the alternate signal stack
  uint64_t bridge;           // where to go once the tracer is dead, with the region in rbx; or 0
  uint64_t region;           // where this memory begins
  uint32_t writer;           // FINI_WRITER_*: who may write the rest
  int32_t socket;            // [0] of the socketpair: the parasite's end, or a negated error number
  int32_t tracer_end;        // [1]: the tracer takes a copy, the parasite closes this one
  int32_t memfd;             // a descriptor of this very memory that is to be closed, or -1
  struct fini_packet mail;   // a packet, where there is no socket for it
};

enum {
  FINI_WRITER_PARASITE = 1,
  FINI_WRITER_TRACER = 2,
};

enum {
  FINI_COMMAND_READY = 1,
  FINI_COMMAND_PING = 2,
  FINI_COMMAND_MISC = 3,
  FINI_COMMAND_FINI = 4,
  FINI_COMMAND_PARK = 5,
};

// Where the blob is in this process, and the offsets of its entry points, in bytes.
const void *fini_parasite_start(void);
uint64_t fini_parasite_size(void);
uint64_t fini_parasite_entry(void);
uint64_t fini_parasite_sigreturn(void);

#endif
