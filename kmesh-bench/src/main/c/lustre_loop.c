// SPDX-License-Identifier: Apache-2.0
// What LustreMain does, as a plain loop in C: "calls FILE COUNT" asks an open file's HSM state again
// and again, "scan DIRECTORY" asks that of each file. Prints a line of JSON with processor seconds.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int llapi_hsm_state_get_fd(int fd, void *state);

static double cpu(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *what, const char *which) {
  fprintf(stderr, "Cannot %s %s.\n", what, which);
  exit(1);
}

static uint32_t ask(int fd, const char *which) {
  uint32_t state[8];
  if (llapi_hsm_state_get_fd(fd, state) < 0)
    fail("ask the state of", which);
  return state[0];
}

static uint64_t calls(const char *path, long count) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail("open", path);
  uint64_t sum = 0;
  for (long i = 0; i < count; i++)
    sum += ask(fd, path);
  close(fd);
  return sum;
}

static long scan(const char *path, uint64_t *sum) {
  DIR *directory = opendir(path);
  if (directory == NULL)
    fail("open", path);
  long count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_type != DT_REG)
      continue;
    int fd = openat(dirfd(directory), entry->d_name,
                    O_RDONLY | O_NONBLOCK | O_NOATIME | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
      fail("open", entry->d_name);
    *sum += ask(fd, entry->d_name);
    close(fd);
    count++;
  }
  closedir(directory);
  return count;
}

int main(int argc, char **argv) {
  uint64_t sum = 0;
  long count = 0;
  if (argc == 4 && strcmp(argv[1], "calls") == 0)
    sum = calls(argv[2], count = atol(argv[3]));
  else if (argc == 3 && strcmp(argv[1], "scan") == 0)
    count = scan(argv[2], &sum);
  else
    fail("understand", "the arguments: calls FILE COUNT | scan DIRECTORY");
  printf("{\"by\":\"c\",\"what\":\"%s\",\"count\":%ld,\"cpuSeconds\":%.3f,\"states\":%lu}\n", argv[1],
         count, cpu(), (unsigned long)sum);
  return 0;
}
