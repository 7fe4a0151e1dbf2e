// SPDX-License-Identifier: Apache-2.0
// Memory policies on a machine with one node, and protection keys without their hardware.
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { kPage = 4096 };
enum { kDefault, kPreferred, kBind, kInterleave, kLocal, kPreferredMany, kStatic = 0x8000, kRelative = 0x4000, kBalancing = 0x2000 };
enum { kNode = 1, kAddress = 2, kAllowed = 4, kStrict = 1, kMove = 2, kMoveAll = 4 };

static unsigned long first = 1, second = 2, both = 3, none;
static int mode;
static unsigned long mask[512];

static long set_policy(int wanted, unsigned long *nodes, unsigned long count) { return syscall(SYS_set_mempolicy, wanted, nodes, count); }
static long get_policy(unsigned long *nodes, unsigned long count, void *address, unsigned long flags) {
  mode = -1;
  memset(mask, 0xee, sizeof(mask));
  return syscall(SYS_get_mempolicy, &mode, nodes, count, address, flags);
}
static int policy_is(int wanted, unsigned long nodes) { return get_policy(mask, 64, NULL, 0) == 0 && mode == wanted && mask[0] == nodes; }
static unsigned char *map(size_t bytes) {
  unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  return memory;
}
static void begin(void) {
  const long outcome = get_policy(NULL, 0, NULL, 0);
  SKIP_UNLESS_THERE(outcome);
  CHECK(outcome == 0 && mode == kDefault);
}

static void of_the_thread(void) {
  begin();
  CHECK(policy_is(kDefault, 0));
  CHECK(set_policy(kBind, &first, 64) == 0 && policy_is(kBind, 1));
  CHECK(set_policy(kInterleave, &both, 64) == 0 && policy_is(kInterleave, 1));
  CHECK(set_policy(kPreferred, &first, 64) == 0 && policy_is(kPreferred, 1));
  CHECK(set_policy(kPreferred, NULL, 0) == 0 && policy_is(kLocal, 0));
  CHECK(set_policy(kLocal, NULL, 0) == 0 && policy_is(kLocal, 0));
  CHECK(set_policy(kPreferredMany, &first, 64) == 0 && policy_is(kPreferredMany, 1));
  CHECK(set_policy(kBind | kStatic, &first, 64) == 0 && policy_is(kBind | kStatic, 1));
  CHECK(set_policy(kBind | kRelative, &first, 64) == 0 && policy_is(kBind | kRelative, 1));
  CHECK(set_policy(kBind | kBalancing, &first, 64) == 0 && policy_is(kBind | kBalancing, 1));
  const pid_t child = fork();
  if (child == 0) _exit(policy_is(kBind | kBalancing, 1) ? 0 : 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(set_policy(kBind, &first, 2) == 0);
  CHECK_ERRNO(EINVAL, set_policy(kBind, &first, 1));
  CHECK_ERRNO(EINVAL, set_policy(kBind, &first, 0));
  CHECK_ERRNO(EINVAL, set_policy(kBind, &none, 64));
  CHECK_ERRNO(EINVAL, set_policy(kBind, &second, 64));
  CHECK_ERRNO(EINVAL, set_policy(kInterleave, NULL, 0));
  CHECK_ERRNO(EINVAL, set_policy(kPreferred, &second, 64));
  CHECK_ERRNO(EINVAL, set_policy(kLocal, &first, 64));
  CHECK_ERRNO(EINVAL, set_policy(kDefault, &first, 64));
  CHECK_ERRNO(EINVAL, set_policy(99, NULL, 0));
  CHECK_ERRNO(EINVAL, set_policy(-1, NULL, 0));
  CHECK_ERRNO(EINVAL, set_policy(kBind | kStatic | kRelative, &first, 64));
  CHECK_ERRNO(EINVAL, set_policy(kInterleave | kBalancing, &first, 64));
  CHECK_ERRNO(EINVAL, set_policy(kBind, &first, 1 << 20));
  CHECK_ERRNO(EFAULT, set_policy(kBind, (unsigned long *)16, 64));
  CHECK(policy_is(kBind, 1) && set_policy(kDefault, NULL, 0) == 0 && policy_is(kDefault, 0));
}

static void asking(void) {
  begin();
  unsigned char *memory = map(2 * kPage);
  CHECK(get_policy(mask, 1024, NULL, kAllowed) == 0 && mode == 0 && mask[0] == 1 && mask[15] == 0);
  CHECK(get_policy(NULL, 0, memory, kNode | kAddress) == 0 && mode == 0);
  CHECK(get_policy(mask, 64, memory, kAddress) == 0 && mode == kDefault && mask[0] == 0);
  CHECK_ERRNO(EINVAL, get_policy(mask, 64, memory, 0));
  CHECK_ERRNO(EINVAL, get_policy(NULL, 0, NULL, 8));
  CHECK_ERRNO(EINVAL, get_policy(mask, 64, NULL, kAllowed | kAddress));
  CHECK_ERRNO(EINVAL, get_policy(mask, 0, NULL, 0));
  CHECK_ERRNO(EFAULT, get_policy(NULL, 0, (void *)16, kAddress));
  CHECK_ERRNO(EINVAL, get_policy(NULL, 0, NULL, kNode));
  CHECK(set_policy(kInterleave, &first, 64) == 0 && get_policy(NULL, 0, NULL, kNode) == 0 && mode == 0);
}

static long bind(void *where, size_t bytes, int wanted, unsigned long *nodes, unsigned flags) {
  return syscall(SYS_mbind, where, bytes, wanted, nodes, 64ul, flags);
}
static int policy_at(void *address, int wanted) { return get_policy(mask, 64, address, kAddress) == 0 && mode == wanted; }

static void of_a_range(void) {
  begin();
  unsigned char *memory = map(8 * kPage);
  CHECK(bind(memory + 2 * kPage, 2 * kPage, kBind, &first, 0) == 0);
  CHECK(policy_at(memory, kDefault) && policy_at(memory + 2 * kPage, kBind) && mask[0] == 1 && policy_at(memory + 3 * kPage, kBind) && policy_at(memory + 4 * kPage, kDefault));
  CHECK(bind(memory + 3 * kPage, kPage, kInterleave, &both, kStrict | kMove) == 0 && policy_at(memory + 2 * kPage, kBind) && policy_at(memory + 3 * kPage, kInterleave));
  CHECK(bind(memory, 8 * kPage, kDefault, NULL, 0) == 0 && policy_at(memory + 3 * kPage, kDefault));
  CHECK(bind(memory, 1, kPreferred, NULL, 0) == 0 && policy_at(memory, kLocal) && bind(memory, 0, kBind, &first, 0) == 0);
  CHECK(bind(memory, kPage, kBind, &first, kMoveAll) == 0);
  CHECK_ERRNO(EINVAL, bind(memory, kPage, kBind, &second, 0));
  CHECK_ERRNO(EINVAL, bind(memory, kPage, kBind, NULL, 0));
  CHECK_ERRNO(EINVAL, bind(memory, kPage, kBind, &first, 8));
  CHECK_ERRNO(EINVAL, bind(memory + 1, kPage, kBind, &first, 0));
  CHECK_ERRNO(EINVAL, bind(memory, kPage, kDefault, &first, 0));
  CHECK(munmap(memory + 4 * kPage, kPage) == 0);
  CHECK_ERRNO(EFAULT, bind(memory, 8 * kPage, kBind, &first, 0));
  memset(memory, 1, kPage);
  CHECK(memory[5] == 1 && setresuid(65534, 65534, 65534) == 0);
  CHECK_ERRNO(EPERM, bind(memory, kPage, kBind, &first, kMoveAll));
}

static void moving(void) {
  begin();
  unsigned char *memory = map(4 * kPage);
  memory[0] = memory[2 * kPage] = 1;
  void *pages[4] = {memory, memory + kPage, memory + 2 * kPage, (void *)16};
  int nodes[4] = {0}, told[4] = {9, 9, 9, 9};
  CHECK(syscall(SYS_move_pages, 0, 4ul, pages, NULL, told, 0) == 0);
  CHECK(told[0] == 0 && (told[1] == -ENOENT || told[1] == -EFAULT) && told[2] == 0 && told[3] == -EFAULT);
  CHECK(syscall(SYS_move_pages, 0, 1ul, pages, nodes, told, kMove) == 0 && told[0] == 0);
  CHECK(syscall(SYS_move_pages, 0, 0ul, pages, nodes, told, kMove) == 0);
  nodes[0] = 1;
  CHECK_ERRNO(ENODEV, syscall(SYS_move_pages, 0, 1ul, pages, nodes, told, kMove));
  nodes[0] = 0;
  CHECK_ERRNO(EINVAL, syscall(SYS_move_pages, 0, 1ul, pages, nodes, told, 1));
  CHECK_ERRNO(ESRCH, syscall(SYS_move_pages, 99999, 1ul, pages, nodes, told, kMove));
  CHECK_ERRNO(EFAULT, syscall(SYS_move_pages, 0, 1ul, (void *)16, nodes, told, kMove));
  CHECK_ERRNO(EFAULT, syscall(SYS_move_pages, 0, 1ul, pages, nodes, (int *)16, kMove));
  CHECK(syscall(SYS_migrate_pages, 0, 64ul, &first, &first) == 0 && syscall(SYS_migrate_pages, getppid(), 64ul, &second, &first) == 0);
  CHECK_ERRNO(EINVAL, syscall(SYS_migrate_pages, 0, 64ul, &first, &second));
  CHECK_ERRNO(ESRCH, syscall(SYS_migrate_pages, 99999, 64ul, &first, &first));
  CHECK_ERRNO(EFAULT, syscall(SYS_migrate_pages, 0, 64ul, (void *)16, &first));
  // set_mempolicy_home_node
  CHECK(bind(memory, kPage, kBind, &first, 0) == 0 && syscall(450, memory, (long)kPage, 0, 0) == 0);
  CHECK_ERRNO(EINVAL, syscall(450, memory, (long)kPage, 1, 0));
  CHECK_ERRNO(EINVAL, syscall(450, memory, (long)kPage, 0, 1));
  CHECK(bind(memory, kPage, kInterleave, &first, 0) == 0);
  CHECK_ERRNO(EOPNOTSUPP, syscall(450, memory, (long)kPage, 0, 0));
}

static void keys(void) {
  unsigned char *memory = map(kPage);
  const long key = syscall(SYS_pkey_alloc, 0, 0);
  SKIP_UNLESS_THERE(key);
  if (key >= 0) test_skipped("a processor without protection keys");
  CHECK(errno == ENOSPC || errno == EINVAL);
  CHECK_ERRNO(EINVAL, syscall(SYS_pkey_alloc, 1, 0));
  CHECK_ERRNO(EINVAL, syscall(SYS_pkey_alloc, 0, 4));
  CHECK_ERRNO(EINVAL, syscall(SYS_pkey_free, 1));
  CHECK_ERRNO(EINVAL, syscall(SYS_pkey_free, -1));
  CHECK(syscall(SYS_pkey_mprotect, memory, kPage, PROT_READ, -1) == 0 && syscall(SYS_pkey_mprotect, memory, kPage, PROT_READ | PROT_WRITE, -1) == 0);
  memory[0] = 1;
  CHECK_ERRNO(EINVAL, syscall(SYS_pkey_mprotect, memory, kPage, PROT_READ, 1));
  CHECK_ERRNO(EINVAL, syscall(SYS_pkey_mprotect, memory + 1, kPage, PROT_READ, -1));
}

static const struct test tests[] = {
    {"of_the_thread", of_the_thread}, {"asking", asking}, {"of_a_range", of_a_range}, {"moving", moving}, {"keys", keys},
};
SUITE(node_suite, "node", tests);
