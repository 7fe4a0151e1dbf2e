// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/prepare_exec.hpp"

#include <array>
#include <memory>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/walk.hpp"
#include "components/linux/process/exec.hpp"
#include "components/linux/process/no_faults.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/beside.hpp"

namespace tessera::lx {

namespace {

constexpr Errno kGivenUp = Errno::eagain;  // nobody sees it

// The program, who it will be, and what others might change meanwhile.
Result<void> find_program(Thread& self, PreparedExec& exec, Limits& limits) {
  const SharedBigLock shared(self.placement);
  const Process& process = self.process;
  if (process.threads.size() != 1) return fail(kGivenUp);
  limits = process.limits;
  Program file = TRY(open_program(self.fs->cwd, exec.name, true, kResolveCached));
  if (!file.inode->looks_up_only()) return fail(kGivenUp);
  exec.credentials = exec_credentials(self, file);
  // These are for the eyes of a tracer, which may come at any time.
  if (exec.credentials->set_id || exec.credentials->secure) return fail(kGivenUp);
  exec.parts.random = draw_load_random(randomizes(process, *exec.credentials));
  exec.parts.program = backing_of(file);
  exec.program = ElfProgram{std::move(file), {}, {}};
  return {};
}

Result<void> find_interpreter(const Thread& self, PreparedExec& exec) {
  const SharedBigLock shared(self.placement);
  Program file = TRY(open_program(self.fs->cwd, exec.program->interpreter, true, kResolveCached));
  if (!file.inode->looks_up_only()) return fail(kGivenUp);
  exec.parts.interpreter = backing_of(file);
  exec.interpreter = ElfProgram{std::move(file), {}, {}};
  return {};
}

Result<void> prepare(Thread& self, PreparedExec& exec) {
  Limits limits;
  {
    const NoFaults present(self);
    [[clang::uninitialized]] std::array<char, 4096> buffer;
    exec.name = TRY(string_from_guest(buffer, exec.call[0]));
  }
  TRY(find_program(self, exec, limits));
  ElfProgram& program = *exec.program;
  ProgramHead head = TRY(read_program_head(*program.file.inode));
  if (!head.plan) return fail(kGivenUp);  // a script
  program.plan = std::move(*head.plan);
  program.interpreter = std::move(head.interpreter);
  Strings arguments, environment;
  {
    const NoFaults present(self);
    std::uint64_t room = argument_room(limits);
    arguments = TRY(strings_from_guest(exec.call[1], room));
    environment = TRY(strings_from_guest(exec.call[2], room));
  }
  if (!program.interpreter.empty()) {
    TRY(find_interpreter(self, exec));
    exec.interpreter->plan = TRY(read_interpreter_plan(*exec.interpreter->file.inode));
  }
  if (arguments.count() == 0) arguments.add("");  // as execute does
  const LoadRequest request{.program = &program,
                            .interpreter = exec.interpreter ? &*exec.interpreter : nullptr,
                            .arguments = &arguments,
                            .environment = &environment,
                            .program_name = exec.name,
                            .limits = &limits,
                            .credentials = &exec.credentials->ids,
                            .secure = exec.credentials->secure};
  exec.loaded = TRY(load_program(request, exec.parts));
  return {};
}

}  // namespace

void prepare_exec(Thread& self, const Arguments& call) {
  if (self.prepared_exec || !self.memory_visible) return;
  self.prepared_exec = std::make_unique<PreparedExec>();
  self.prepared_exec->call = call;
  (void)prepare(self, *self.prepared_exec);
}

std::unique_ptr<PreparedExec> take_prepared_exec(Thread& self, const Arguments& call) {
  std::unique_ptr<PreparedExec> exec = std::move(self.prepared_exec);
  if (exec && (!exec->loaded || exec->call != call)) exec.reset();
  return exec;
}

std::optional<std::int64_t> beside_execve(const Arguments& call) {
  prepare_exec(*current_or_null(), call);
  return std::nullopt;
}

}  // namespace tessera::lx
