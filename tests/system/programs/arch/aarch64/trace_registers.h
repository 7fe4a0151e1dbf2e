// SPDX-License-Identifier: Apache-2.0
// A tracee's registers, for ptrace.c: AArch64.
enum { kCallSet = 0x404, kThreadPointerSet = 0x401 };  // NT_ARM_SYSTEM_CALL, NT_ARM_TLS

static struct user_regs_struct registers_of(pid_t child) {
  struct user_regs_struct registers;
  struct iovec vector = {&registers, sizeof(registers)};
  CHECK(trace(PTRACE_GETREGSET, child, NT_PRSTATUS, (uintptr_t)&vector) == 0 && vector.iov_len == sizeof(registers));
  return registers;
}
static void set_registers(pid_t child, const struct user_regs_struct *registers) {
  struct iovec vector = {(void *)(uintptr_t)registers, sizeof(*registers)};
  CHECK(trace(PTRACE_SETREGSET, child, NT_PRSTATUS, (uintptr_t)&vector) == 0);
}
#define FIRST_ARGUMENT(registers) ((registers).regs[0])
#define SECOND_ARGUMENT(registers) ((registers).regs[1])
#define THIRD_ARGUMENT(registers) ((registers).regs[2])
#define SIXTH_ARGUMENT(registers) ((registers).regs[5])
#define RESULT(registers) ((registers).regs[0])
#define INSTRUCTION(registers) ((registers).pc)
#define STACK(registers) ((registers).sp)
enum { kResultAtExec = 0 };

static long call_of(pid_t child, const struct user_regs_struct *registers) {
  (void)registers;
  int number = 0;
  struct iovec vector = {&number, sizeof(number)};
  CHECK(trace(PTRACE_GETREGSET, child, kCallSet, (uintptr_t)&vector) == 0 && vector.iov_len == sizeof(number));
  return number;
}
static void set_call(pid_t child, long call) {
  int number = (int)call;
  struct iovec vector = {&number, sizeof(number)};
  CHECK(trace(PTRACE_SETREGSET, child, kCallSet, (uintptr_t)&vector) == 0);
}
static int shows_entry(const struct user_regs_struct *registers) { return registers->regs[7] == 0; }
// A stop with a signal, in read(DESCRIPTOR, ...): the call is about to be made again.
static int shows_interrupted_read(pid_t child, const struct user_regs_struct *registers, int descriptor) {
  unsigned long word = 0;
  CHECK(trace(PTRACE_PEEKTEXT, child, registers->pc, (uintptr_t)&word) == 0);
  return call_of(child, registers) == -1 && registers->regs[0] == (unsigned long)descriptor && (uint32_t)word == 0xd4000001;
}
static void machine_errors(pid_t child) {
  CHECK_ERRNO(EIO, trace(PTRACE_PEEKUSER, child, 0, (uintptr_t)&(long){0}));
  CHECK_ERRNO(EIO, trace(12, child, 0, 8));  // PTRACE_GETREGS of others
  struct iovec vector = {(void *)8, sizeof(struct user_regs_struct)};
  CHECK_ERRNO(EFAULT, trace(PTRACE_GETREGSET, child, NT_PRSTATUS, (uintptr_t)&vector));
}
