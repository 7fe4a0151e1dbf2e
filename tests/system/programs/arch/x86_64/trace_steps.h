// SPDX-License-Identifier: Apache-2.0
// Registers and single steps of a tracee, for ptrace.c: x86-64.
static void use_registers(void) {
  unsigned long rbx = 0;
  double low = 0;
  __asm__ volatile("mov $0x1234, %%rbx; movq %2, %%xmm5; int3; mov %%rbx, %0; movq %%xmm5, %1"
                   : "=r"(rbx), "=x"(low)
                   : "x"(2.5)
                   : "rbx", "xmm5");
  _exit(rbx == 0x4321 && low == 7.5 ? 0 : 1);
}
static void register_sets(void) {
  const pid_t child = stopped_child(use_registers);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGTRAP));
  const siginfo_t info = info_of(child);
  CHECK(info.si_signo == SIGTRAP && info.si_code == SI_KERNEL);
  struct user_regs_struct registers = registers_of(child), again;
  CHECK(registers.rbx == 0x1234 && (long)registers.orig_rax == -1 && registers.ss == 0x2b);
  long word = 0;
  CHECK(trace(PTRACE_PEEKUSER, child, offsetof(struct user_regs_struct, rip), (uintptr_t)&word) == 0);
  CHECK((unsigned long)word == registers.rip);
  CHECK(trace(PTRACE_PEEKTEXT, child, registers.rip - 1, (uintptr_t)&word) == 0 && (word & 0xff) == 0xcc);
  struct iovec vector = {&again, sizeof(again)};
  CHECK(trace(PTRACE_GETREGSET, child, NT_PRSTATUS, (uintptr_t)&vector) == 0 && vector.iov_len == sizeof(again));
  CHECK(memcmp(&again, &registers, sizeof(again)) == 0);
  struct user_fpregs_struct floating;
  CHECK(trace(PTRACE_GETFPREGS, child, 0, (uintptr_t)&floating) == 0);
  double value = 0;
  memcpy(&value, &floating.xmm_space[5 * 4], sizeof(value));
  CHECK(value == 2.5 && floating.mxcsr == 0x1f80 && floating.cwd == 0x37f);
  _Alignas(64) static unsigned char extended[65536];  // all of it, or it cannot be set: with AMX it is 11 KiB
  vector = (struct iovec){extended, sizeof(extended)};
  CHECK(trace(PTRACE_GETREGSET, child, NT_X86_XSTATE, (uintptr_t)&vector) == 0 && vector.iov_len >= 576);
  uint64_t features = 0;
  memcpy(&features, extended + 464, sizeof(features));
  CHECK((features & 3) == 3 && memcmp(extended + 160 + 5 * 16, &value, sizeof(value)) == 0);
  CHECK(trace(PTRACE_SETREGSET, child, NT_X86_XSTATE, (uintptr_t)&vector) == 0);
  value = 7.5;
  memcpy(&floating.xmm_space[5 * 4], &value, sizeof(value));
  CHECK(trace(PTRACE_SETFPREGS, child, 0, (uintptr_t)&floating) == 0);
  vector = (struct iovec){&floating, sizeof(floating)};
  CHECK(trace(PTRACE_SETREGSET, child, NT_PRFPREG, (uintptr_t)&vector) == 0);
  CHECK(trace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, rbx), 0x4321) == 0);
  registers = registers_of(child);
  registers.fs_base = 0x8000000000000000;
  CHECK_ERRNO(EIO, trace(PTRACE_SETREGS, child, 0, (uintptr_t)&registers));
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void step_here(void) {
  __asm__ volatile("int3; nop; nop; mov $39, %%eax; syscall; nop" ::: "rax", "rcx", "r11", "memory");
}
static void single_steps(void) {
  const pid_t child = stopped_child(step_here);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGTRAP));
  const unsigned long start = registers_of(child).rip;
  static const int lengths[] = {1, 1, 5, 2, 1};
  unsigned long at = start;
  for (int step = 0; step < 5; ++step) {
    CHECK(stopped_by(go_on(PTRACE_SINGLESTEP, child, 0), SIGTRAP));
    const struct user_regs_struct registers = registers_of(child);
    at += (unsigned long)lengths[step];
    CHECK(registers.rip == at && (registers.eflags & 0x100) == 0);
    const siginfo_t info = info_of(child);
    CHECK(info.si_code == (step == 3 ? TRAP_BRKPT : TRAP_TRACE));
    if (step == 3) CHECK((pid_t)registers.rax == child);
  }
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void step_into(void) {
  handle(SIGUSR1);
  raise(SIGUSR1);
}
static void step_into_handler(void) {
  const pid_t child = stopped_child(step_into);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGUSR1));
  CHECK(stopped_by(go_on(PTRACE_SINGLESTEP, child, SIGUSR1), SIGTRAP));
  const struct user_regs_struct registers = registers_of(child);
  CHECK(registers.rip == (uintptr_t)on_signal && registers.rdi == SIGUSR1);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

// Returns to the interrupted code as from a system call, with the trap flag: one
// instruction is made all the same.
static unsigned long planned, trapped;
static void plan_step(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  planned = (unsigned long)registers[REG_RIP];
  registers[REG_EFL] |= 0x100;
  registers[REG_RCX] = registers[REG_RIP];
  registers[REG_R11] = registers[REG_EFL];
}
static void end_step(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  trapped = (unsigned long)registers[REG_RIP];
  registers[REG_EFL] &= ~0x100L;
}
static void step_after_call(void) {
  const struct sigaction plan = {.sa_sigaction = plan_step, .sa_flags = SA_SIGINFO};
  const struct sigaction end = {.sa_sigaction = end_step, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &plan, NULL);
  sigaction(SIGTRAP, &end, NULL);
  raise(SIGUSR1);
  CHECK(planned != 0 && trapped != 0 && trapped != planned);
}

// Untraced: what the two traps say.
static void own_traps(void) {
  handle(SIGTRAP);
  __asm__ volatile("int3");
  CHECK(count == 1 && code == SI_KERNEL);
  __asm__ volatile("pushf; orq $0x100, (%%rsp); popf; nop; pushf; andq $~0x100, (%%rsp); popf" ::: "memory", "cc");
  CHECK(count > 1 && code == TRAP_TRACE);
  step_after_call();
}

