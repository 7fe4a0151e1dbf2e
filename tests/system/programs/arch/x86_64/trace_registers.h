// SPDX-License-Identifier: Apache-2.0
// A tracee's registers, for ptrace.c: x86-64.
static struct user_regs_struct registers_of(pid_t child) {
  struct user_regs_struct registers;
  CHECK(trace(PTRACE_GETREGS, child, 0, (uintptr_t)&registers) == 0);
  return registers;
}
static void set_registers(pid_t child, const struct user_regs_struct *registers) {
  CHECK(trace(PTRACE_SETREGS, child, 0, (uintptr_t)registers) == 0);
}
#define FIRST_ARGUMENT(registers) ((registers).rdi)
#define SECOND_ARGUMENT(registers) ((registers).rsi)
#define THIRD_ARGUMENT(registers) ((registers).rdx)
#define SIXTH_ARGUMENT(registers) ((registers).r9)
#define RESULT(registers) ((registers).rax)
#define INSTRUCTION(registers) ((registers).rip)
#define STACK(registers) ((registers).rsp)
enum { kResultAtExec = -ENOSYS };

static long call_of(pid_t child, const struct user_regs_struct *registers) {
  (void)child;
  return (long)registers->orig_rax;
}
static void set_call(pid_t child, long number) {
  struct user_regs_struct registers = registers_of(child);
  registers.orig_rax = (unsigned long)number;
  set_registers(child, &registers);
}
static int shows_entry(const struct user_regs_struct *registers) { return (long)registers->rax == -ENOSYS && registers->cs == 0x33; }
// A stop with a signal, in read(DESCRIPTOR, ...).
static int shows_interrupted_read(pid_t child, const struct user_regs_struct *registers, int descriptor) {
  return call_of(child, registers) == SYS_read && (long)registers->rax == -512 && registers->rdi == (unsigned long)descriptor;
}
static void machine_errors(pid_t child) {
  CHECK_ERRNO(EIO, trace(PTRACE_PEEKUSER, child, 928, (uintptr_t)&(long){0}));
  CHECK_ERRNO(EFAULT, trace(PTRACE_GETREGS, child, 0, 8));
}
