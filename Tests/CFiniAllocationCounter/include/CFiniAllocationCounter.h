#ifndef CFINIALLOCATIONCOUNTER_H
#define CFINIALLOCATIONCOUNTER_H

#include <stdint.h>

/// How often the calling thread has asked the C library for memory since it began.
uint64_t fini_allocation_count(void);

#endif
