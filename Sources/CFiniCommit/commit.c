#include "CFiniCommit.h"

// Package.swift defines both, with what tools/release says.
#ifndef FINI_COMMIT
#define FINI_COMMIT 0
#define FINI_COMMIT_WAS_CHANGED 0
#endif

uint64_t fini_commit(void) { return FINI_COMMIT; }

bool fini_commit_was_changed(void) { return FINI_COMMIT_WAS_CHANGED; }
