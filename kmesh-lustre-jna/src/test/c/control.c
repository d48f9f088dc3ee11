// SPDX-License-Identifier: Apache-2.0
// What tests ask of the stub beside the library's own functions, and the library's messages.
#include "stub.h"
#include <stdarg.h>

#define MOST_FUNCTIONS 256

static struct {
  char scripted[64];
  uint64_t calls;
  int errors[16];
  int first, count;
} functions[MOST_FUNCTIONS];

static int find(const char *name) {
  int i = 0;
  while (i < MOST_FUNCTIONS - 1 && functions[i].scripted[0] &&
         strcmp(functions[i].scripted, name) != 0) {
    i++;
  }
  if (!functions[i].scripted[0]) {
    strncpy(functions[i].scripted, name, sizeof functions[i].scripted - 1);
  }
  return i;
}

/** Counts a call; the errno that a test wants of it, or 0. */
int stub_enter(const char *function) {
  stub_lock();
  int i = find(function);
  functions[i].calls++;
  int error = 0;
  if (functions[i].count) {
    error = functions[i].errors[functions[i].first];
    functions[i].first = (functions[i].first + 1) % 16;
    functions[i].count--;
  }
  stub_unlock();
  return error;
}

/** How often a function was called since stub_reset. */
EXPORT uint64_t stub_calls(const char *function) {
  stub_lock();
  uint64_t calls = functions[find(function)].calls;
  stub_unlock();
  return calls;
}

/** Lets the next call of a function fail with an errno; several wait in line. 0 lets one pass. */
EXPORT int stub_fail_next(const char *function, int error) {
  stub_lock();
  int i = find(function);
  int rc = functions[i].count < 16 ? 0 : -ENOSPC;
  if (!rc) {
    functions[i].errors[(functions[i].first + functions[i].count++) % 16] = error;
  }
  stub_unlock();
  return rc;
}

/** Forgets counts and scripted failures. */
EXPORT void stub_reset(void) {
  stub_lock();
  memset(functions, 0, sizeof functions);
  stub_unlock();
}

/** Sets a parameter mdt.*.NAME of all MDTs, as lctl set_param does. */
EXPORT int stub_set_param(const char *name, const char *value) {
  stub_lock();
  int rc = locked_cdt_set(name, value);
  stub_unlock();
  return rc;
}

/** Gives a file a state as it is, legal or not. */
EXPORT int stub_set_state(const char *path, uint32_t states, uint32_t archive) {
  stub_lock();
  struct place place;
  locked_resolve(AT_FDCWD, path, &place);
  release_place(&place);
  if (place.inode) {
    place.inode->hsm = states;
    place.inode->archive = archive;
  }
  stub_unlock();
  return place.inode ? 0 : -ENOENT;
}

// ---- the library's messages: none are printed

typedef void (*callback)(int level, int error, const char *format, va_list arguments);
static callback error_callback, info_callback;

EXPORT void llapi_msg_set_level(int level) {
  (void)level;
  stub_enter("llapi_msg_set_level");
}
EXPORT callback llapi_error_callback_set(callback next) {
  stub_enter("llapi_error_callback_set");
  callback before = error_callback;
  error_callback = next;
  return before;
}
EXPORT callback llapi_info_callback_set(callback next) {
  stub_enter("llapi_info_callback_set");
  callback before = info_callback;
  info_callback = next;
  return before;
}
