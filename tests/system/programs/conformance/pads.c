// SPDX-License-Identifier: Apache-2.0
// Landing pads: pages of code into which indirect branches go only where the code says that they may (PROT_BTI). Where
// the processor has none, nothing is told of it and the bit is unknown.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "landing_pads.h"
#include "maps.h"
#include "test.h"

enum { kPage = 4096, kGuarded = 0x10, kSemaphores = 8, kRun = PROT_READ | PROT_EXEC };  // PROT_BTI, PROT_SEM

static void need_guards(void) {
  if (!machine_guards()) _exit(0);
}

// A page that holds CODE.
static uint8_t *page_of(const void *code, size_t size) {
  uint8_t *const page = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  memcpy(page, code, size);
  __builtin___clear_cache((char *)page, (char *)page + size);
  CHECK(mprotect(page, kPage, kRun) == 0);
  return page;
}
#define PAGE_OF(code) page_of(code, sizeof(code))
static void guard(uint8_t *page) { CHECK(mprotect(page, kPage, kRun | kGuarded) == 0); }

static sigjmp_buf before;
static volatile int seen_code;
static void *volatile seen_address;
static void note_signal(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  seen_code = info->si_code;
  seen_address = info->si_addr;
  siglongjmp(before, 1);
}
static void catch_illegal(void) {
  const struct sigaction action = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};
  CHECK(sigaction(SIGILL, &action, NULL) == 0);
}

typedef int way(const void *code);
// It arrives, or SIGILL tells where it did not.
static int arrives(way *go, const uint8_t *page) {
  if (sigsetjmp(before, 1) == 0) {
    CHECK(go(page) == 7);
    return 1;
  }
  CHECK(seen_code == ILL_ILLOPC && seen_address == page);
  return 0;
}

static void told(void) {
  uint8_t *const page = PAGE_OF(machine_plain);
  CHECK(mprotect(page, kPage, kRun | kSemaphores) == 0 && machine_call_there(page) == 7);
  CHECK_ERRNO(EINVAL, mprotect(page, kPage, kRun | 0x40));
  if (machine_guards()) {
    guard(page);
    CHECK(smaps_flag(page, "bt") == 1);
    CHECK(mprotect(page, kPage, kRun) == 0 && smaps_flag(page, "bt") == 0);
  } else {
    CHECK_ERRNO(EINVAL, mprotect(page, kPage, kRun | kGuarded));
    uint8_t *const other = mmap(NULL, kPage, PROT_READ | kGuarded, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(other != MAP_FAILED && smaps_flag(other, "bt") == 0);
  }
}

static uint8_t *jump_page;
static int jump_there(const void *code) { return ((int (*)(const void *))(uintptr_t)jump_page)(code); }

static void ways(void) {
  need_guards();
  catch_illegal();
  jump_page = PAGE_OF(machine_jump);
  guard(jump_page);
  // Not the same page in turns: QEMU keeps what it translated when only the page's entry changes.
  const struct {
    uint8_t *open, *guarded;
    int by_call, by_linker, by_jump;
  } all[] = {{PAGE_OF(machine_plain), PAGE_OF(machine_plain), 0, 0, 0},
             {PAGE_OF(machine_call_pad), PAGE_OF(machine_call_pad), 1, 1, 0},
             {PAGE_OF(machine_jump_pad), PAGE_OF(machine_jump_pad), 0, 1, 1},
             {PAGE_OF(machine_signing_pad), PAGE_OF(machine_signing_pad), 1, 1, 0}};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
    guard(all[i].guarded);
    for (int round = 0; round < 3; ++round) {
      CHECK(arrives(machine_call_there, all[i].open) && arrives(machine_linker_jump, all[i].open) && arrives(jump_there, all[i].open));
      CHECK(arrives(machine_call_there, all[i].guarded) == all[i].by_call);
      CHECK(arrives(machine_linker_jump, all[i].guarded) == all[i].by_linker);
      CHECK(arrives(jump_there, all[i].guarded) == all[i].by_jump);
    }
  }
}

static uint8_t *inherited;
static void must_not_arrive(void) {
  catch_illegal();
  CHECK(!arrives(machine_call_there, inherited));
}
// From a file, from the start, in a child, and where pages moved to.
static void mappings(void) {
  need_guards();
  const int file = open("code", O_RDWR | O_CREAT | O_EXCL, 0600);
  CHECK(file >= 0 && write(file, machine_plain, sizeof(machine_plain)) == sizeof(machine_plain));
  for (int kind = MAP_SHARED; kind <= MAP_PRIVATE; ++kind) {
    inherited = mmap(NULL, kPage, kRun | kGuarded, kind, file, 0);
    CHECK(inherited != MAP_FAILED);
    must_not_arrive();
    CHECK(ended_with(child_status(must_not_arrive), 0));
  }
  inherited = PAGE_OF(machine_plain);
  guard(inherited);
  CHECK(ended_with(child_status(must_not_arrive), 0));
  must_not_arrive();
  uint8_t *const place = mmap(NULL, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(place != MAP_FAILED);
  inherited = mremap(inherited, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  CHECK(inherited != MAP_FAILED && smaps_flag(inherited, "bt") == 1);
  must_not_arrive();
}

// A handler is called: with a pad it runs, and what it interrupted goes on.
static void handlers(void) {
  need_guards();
  catch_illegal();
  uint8_t *const with = PAGE_OF(machine_call_pad), *const without = PAGE_OF(machine_plain);
  guard(with);
  guard(without);
  CHECK(signal(SIGUSR1, (void (*)(int))(uintptr_t)with) != SIG_ERR);
  for (int i = 0; i < 10; ++i) CHECK(raise(SIGUSR1) == 0);
  CHECK(signal(SIGUSR1, (void (*)(int))(uintptr_t)without) != SIG_ERR);
  if (sigsetjmp(before, 1) == 0) {
    raise(SIGUSR1);
    CHECK(!"a handler without a landing pad ran");
  }
  CHECK(seen_code == ILL_ILLOPC && seen_address == without);
}

// --- programs that say that all their code has landing pads
struct property_note {
  Elf64_Nhdr head;
  char name[4];
  uint32_t type, bytes, features, padding;
};
struct program {
  Elf64_Ehdr head;
  Elf64_Phdr load, property;
  struct property_note note;
  uint8_t code[sizeof(machine_program)];
};
static struct program marked_program(void) {
  const Elf64_Ehdr *const own = (const Elf64_Ehdr *)getauxval(AT_PHDR) - 1;  // the table is behind it
  const uint64_t base = 0x10000000;
  struct program program = {
      .head = {.e_type = ET_EXEC, .e_machine = own->e_machine, .e_version = 1, .e_entry = base + offsetof(struct program, code),
               .e_phoff = offsetof(struct program, load), .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2},
      .load = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = base, .p_filesz = sizeof(struct program),
               .p_memsz = sizeof(struct program), .p_align = kPage},
      .property = {.p_type = 0x6474e553, .p_offset = offsetof(struct program, note), .p_filesz = sizeof(struct property_note)},
      .note = {.head = {.n_namesz = 4, .n_descsz = 16, .n_type = 5}, .name = "GNU", .type = 0xc0000000, .bytes = 4, .features = 1},
  };
  memcpy(program.head.e_ident, ELFMAG "\2\1\1", 7);
  memcpy(program.code, machine_program, sizeof(machine_program));
  return program;
}
static int status_of_program(const struct program *program) {
  unlink("program");
  const int file = open("program", O_WRONLY | O_CREAT | O_EXCL, 0700);
  CHECK(file >= 0 && write(file, program, sizeof(*program)) == sizeof(*program) && close(file) == 0);
  const pid_t child = fork();
  if (child == 0) {
    execl("program", "program", NULL);
    _exit(errno == ENOEXEC ? 100 : errno == EIO ? 101 : 102);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}
static void programs(void) {
  struct program program = marked_program();
  const int status = status_of_program(&program);
  CHECK(machine_guards() ? died_of(status, SIGILL) : ended_with(status, 0));
  program.note.features = 2;
  CHECK(ended_with(status_of_program(&program), 0));
  program.note.head.n_descsz = 0;
  CHECK(ended_with(status_of_program(&program), 0));
}
// What is damaged is refused where it is looked at.
static void damaged_programs(void) {
  const int refused = kReadsProperties ? 100 : 0, cut = kReadsProperties ? 101 : 0;
  const struct program good = marked_program();
  struct program program = good;
  program.note.name[0] = 'X';
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.note.head.n_type = 1;
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.note.head.n_descsz = 17;
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.note.head.n_descsz = 12;  // the value's padding is missing
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.note.bytes = 5;
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.note.bytes = 0xffffffff;
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.property.p_filesz = 1025;
  CHECK(ended_with(status_of_program(&program), refused));
  program = good, program.property.p_filesz = 15;
  CHECK(ended_with(status_of_program(&program), cut));
  program = good, program.property.p_offset = sizeof(program);
  CHECK(ended_with(status_of_program(&program), cut));
}

static const struct test tests[] = {
    {"told", told}, {"ways", ways}, {"mappings", mappings}, {"handlers", handlers},
    {"programs", programs}, {"damaged_programs", damaged_programs},
};
SUITE(pads_suite, "pads", tests);
