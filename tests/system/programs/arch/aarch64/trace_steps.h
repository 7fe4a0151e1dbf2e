// SPDX-License-Identifier: Apache-2.0
// Registers and single steps of a tracee, for ptrace.c: AArch64.
static void use_registers(void) {
  unsigned long x20 = 0;
  double low = 0;
  __asm__ volatile("mov x20, #0x1234; fmov d5, %d2; brk #0; mov %0, x20; fmov %d1, d5" : "=&r"(x20), "=&w"(low) : "w"(2.5) : "x20", "v5");
  _exit(x20 == 0x4321 && low == 7.5 ? 0 : 1);
}
static void register_sets(void) {
  const pid_t child = stopped_child(use_registers);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGTRAP));
  const siginfo_t info = info_of(child);
  struct user_regs_struct registers = registers_of(child);
  CHECK(info.si_signo == SIGTRAP && info.si_code == TRAP_BRKPT && info.si_addr == (void *)registers.pc);
  CHECK(registers.regs[20] == 0x1234 && call_of(child, &registers) == -1);
  long word = 0;
  CHECK(trace(PTRACE_PEEKTEXT, child, registers.pc, (uintptr_t)&word) == 0 && (uint32_t)word == 0xd4200000);
  struct user_fpsimd_struct floating;
  struct iovec vector = {&floating, sizeof(floating)};
  CHECK(trace(PTRACE_GETREGSET, child, NT_PRFPREG, (uintptr_t)&vector) == 0 && vector.iov_len == sizeof(floating));
  double value = 0;
  memcpy(&value, &floating.vregs[5], sizeof(value));
  CHECK(value == 2.5 && floating.fpcr == 0);
  value = 7.5;
  memcpy(&floating.vregs[5], &value, sizeof(value));
  CHECK(trace(PTRACE_SETREGSET, child, NT_PRFPREG, (uintptr_t)&vector) == 0);
  unsigned long pointer = 0, again = 0;
  vector = (struct iovec){&pointer, sizeof(pointer)};
  CHECK(trace(PTRACE_GETREGSET, child, kThreadPointerSet, (uintptr_t)&vector) == 0 && pointer == (unsigned long)__builtin_thread_pointer());
  vector = (struct iovec){&again, sizeof(again)};
  again = pointer;
  CHECK(trace(PTRACE_SETREGSET, child, kThreadPointerSet, (uintptr_t)&vector) == 0);
  registers.regs[20] = 0x4321;
  registers.pc += 4;
  set_registers(child, &registers);
  registers.pstate |= 0x80;  // interrupts masked
  vector = (struct iovec){&registers, sizeof(registers)};
  CHECK_ERRNO(EINVAL, trace(PTRACE_SETREGSET, child, NT_PRSTATUS, (uintptr_t)&vector));
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

static void step_here(void) {
  __asm__ volatile("brk #0; nop; nop; mov x8, #172; svc #0; nop; mrs x0, midr_el1; nop" ::: "x0", "x8", "memory");
}
static void single_steps(void) {
  const pid_t child = stopped_child(step_here);
  CHECK(stopped_by(go_on(PTRACE_CONT, child, 0), SIGTRAP));
  struct user_regs_struct first = registers_of(child);
  first.pc += 4;
  set_registers(child, &first);
  for (unsigned long step = 1; step <= 7; ++step) {
    CHECK(stopped_by(go_on(PTRACE_SINGLESTEP, child, 0), SIGTRAP));
    const struct user_regs_struct registers = registers_of(child);
    CHECK(registers.pc == first.pc + 4 * step);
    if (step == 4) CHECK((pid_t)registers.regs[0] == child);  // the call is made meanwhile
    else CHECK(info_of(child).si_code == TRAP_TRACE);
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
  CHECK(registers.pc == (uintptr_t)on_signal && registers.regs[0] == SIGUSR1);
  CHECK(ended_with(go_on(PTRACE_CONT, child, 0), 0));
}

// Untraced: the trap comes again until the handler goes past it.
static void past_trap(int signal, siginfo_t *info, void *context) {
  on_signal(signal, info, context);
  ((ucontext_t *)context)->uc_mcontext.pc += 4;
}
static void own_traps(void) {
  const struct sigaction action = {.sa_sigaction = past_trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  __asm__ volatile("brk #0");
  CHECK(count == 1 && code == TRAP_BRKPT);
}
