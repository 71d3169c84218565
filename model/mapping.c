#include "model/mapping.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MAPPINGS 64

/* Read by the signal handler: plain atomics, no locks. base 0: free; base 1: being filled. */
typedef struct {
  _Atomic uintptr_t base;
  _Atomic size_t size;
  _Atomic bool damaged;
} Slot;

static Slot slots[MAX_MAPPINGS];
static struct sigaction previous;

struct _MedctMapping {
  Slot *slot;
  void *bytes;
  gsize size;
  int fd;
};

/* Puts a page of zeros where the file no longer has one. Only async-signal-safe calls. */
static bool
mend(uintptr_t address)
{
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < MAX_MAPPINGS; i++) {
    uintptr_t base = atomic_load(&slots[i].base);
    if (base <= 1 || address < base || address - base >= atomic_load(&slots[i].size))
      continue;
    atomic_store(&slots[i].damaged, true);
    void *at = (void *)(address & ~(page - 1)); /* NOLINT */
    return mmap(at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at;
  }
  return false;
}

static void
on_sigbus(int number, siginfo_t *info, void *context)
{
  int saved = errno;
  bool mended = mend((uintptr_t)info->si_addr);
  errno = saved;
  if (mended)
    return;
  if ((previous.sa_flags & SA_SIGINFO) && previous.sa_sigaction)
    previous.sa_sigaction(number, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(number);
  else
    sigaction(SIGBUS, &previous, NULL); /* the fault repeats and ends the process as before */
}

static void
install_handler(void)
{
  static gsize done = 0;
  if (g_once_init_enter(&done)) {
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous);
    g_once_init_leave(&done, 1);
  }
}

static Slot *
claim_slot(void)
{
  for (int i = 0; i < MAX_MAPPINGS; i++) {
    uintptr_t free_slot = 0;
    if (atomic_compare_exchange_strong(&slots[i].base, &free_slot, 1))
      return &slots[i];
  }
  return NULL;
}

static void *
map_file(int fd, const char *path, gsize *size, GError **error)
{
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "is not a regular file");
    return NULL;
  }
  if (info.st_size <= 0) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("the file"), "at least one byte",
                      N_("empty"));
    return NULL;
  }
  *size = (gsize)info.st_size;
  void *bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be mapped: %s", g_strerror(errno));
    return NULL;
  }
  return bytes;
}

MedctMapping *
medct_mapping_open(const char *path, GError **error)
{
  install_handler();
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be opened: %s", g_strerror(errno));
    return NULL;
  }
  gsize size = 0;
  void *bytes = map_file(fd, path, &size, error);
  Slot *slot = bytes ? claim_slot() : NULL;
  if (slot == NULL) {
    if (bytes) {
      munmap(bytes, size);
      medct_error_file(error, MEDCT_ERROR_MEMORY, path, "too many weight files are open (%d)",
                       MAX_MAPPINGS);
    }
    close(fd);
    return NULL;
  }
  atomic_store(&slot->damaged, false);
  atomic_store(&slot->size, size);
  atomic_store(&slot->base, (uintptr_t)bytes);
  MedctMapping *mapping = g_new0(MedctMapping, 1);
  *mapping = (MedctMapping){.slot = slot, .bytes = bytes, .size = size, .fd = fd};
  return mapping;
}

void
medct_mapping_free(MedctMapping *mapping)
{
  if (mapping == NULL)
    return;
  munmap(mapping->bytes, mapping->size);
  atomic_store(&mapping->slot->base, 0);
  close(mapping->fd);
  g_free(mapping);
}

const guint8 *
medct_mapping_bytes(const MedctMapping *mapping)
{
  return mapping->bytes;
}

gsize
medct_mapping_size(const MedctMapping *mapping)
{
  return mapping->size;
}

gboolean
medct_mapping_read(const MedctMapping *mapping, guint64 offset, void *buffer, gsize n)
{
  char *next = buffer;
  while (n > 0) {
    ssize_t got = pread(mapping->fd, next, n, (off_t)offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return FALSE;
    next += got;
    offset += (guint64)got;
    n -= (gsize)got;
  }
  return TRUE;
}

gboolean
medct_mapping_intact(const MedctMapping *mapping)
{
  struct stat info;
  return !atomic_load(&mapping->slot->damaged) && fstat(mapping->fd, &info) == 0 &&
         info.st_size >= (off_t)mapping->size;
}
