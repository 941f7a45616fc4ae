// Of which commit this program was built.
#ifndef CFINI_COMMIT_H
#define CFINI_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

// The first twelve hexadecimal digits of its name, as a number; 0 if the build did not say.
uint64_t fini_commit(void);
// Whether files were changed since.
bool fini_commit_was_changed(void);
// The first 8 bytes of the program's build ID, which the linker makes of all that is in it; 0 without one.
uint64_t fini_build(void);

#endif
