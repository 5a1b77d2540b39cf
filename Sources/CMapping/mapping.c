// See mapping.h. The handler reads the list without a lock: entries are never freed, and one that is of no file has no
// start.

#define _POSIX_C_SOURCE 200809L

#include "mapping.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct entry {
  _Atomic(const char *) start;
  atomic_size_t length;
  // Freed when the entry is used again: no file of that name is mapped by it then.
  _Atomic(char *) path;
  struct entry *next;
  struct entry *next_free;
};

static _Atomic(struct entry *) entries;
static struct entry *free_entries;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_installed;

static void say(const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

static void handle(int number, siginfo_t *information, void *context) {
  (void)context;
  const char *address = information->si_addr;
  for (struct entry *entry = atomic_load(&entries); entry; entry = entry->next) {
    const char *start = atomic_load(&entry->start);
    if (start && address >= start && address < start + atomic_load(&entry->length)) {
      say("\nError: ");
      say(atomic_load(&entry->path));
      say(" became shorter, or its disk failed, while it was being read. Copy it again, then run the same command.\n");
      _exit(74);
    }
  }
  // Nobody's file: the fault happens again, and ends the process as it would have without this handler.
  signal(number, SIG_DFL);
}

void *distill_mapping_add(const void *start, size_t length, const char *path) {
  pthread_mutex_lock(&lock);
  if (!is_installed) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
    is_installed = 1;
  }
  char *copy = strdup(path);
  struct entry *entry = free_entries;
  if (entry) {
    free_entries = entry->next_free;
  } else {
    entry = calloc(1, sizeof *entry);
    if (entry) {
      entry->next = atomic_load(&entries);
      atomic_store(&entries, entry);
    }
  }
  if (entry && copy) {
    free(atomic_exchange(&entry->path, copy));
    atomic_store(&entry->length, length);
    atomic_store(&entry->start, start);
  } else {
    free(copy);
    if (entry) {
      entry->next_free = free_entries;
      free_entries = entry;
      entry = NULL;
    }
  }
  pthread_mutex_unlock(&lock);
  return entry;
}

void distill_mapping_remove(void *mapping) {
  if (!mapping) return;
  struct entry *entry = mapping;
  pthread_mutex_lock(&lock);
  atomic_store(&entry->start, NULL);
  atomic_store(&entry->length, 0);
  entry->next_free = free_entries;
  free_entries = entry;
  pthread_mutex_unlock(&lock);
}
