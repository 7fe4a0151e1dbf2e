// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/create.hpp"

#include <linux_arch/registers.hpp>

#include "components/linux/fs/file_table.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/exec.hpp"
#include "components/linux/process/jobs.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/tty/console.hpp"

namespace tessera::lx {

namespace {

std::uint64_t forks = 0;

Strings strings_of(const std::vector<std::string>& list) {
  Strings strings;
  for (const std::string& text : list) strings.add(text);
  return strings;
}

// The path of a program named without a slash: PATH of its environment, as execvp.
Result<Program> find_in_path(const FirstProgram& program, std::string& name) {
  if (name.find('/') != std::string::npos) return open_program(current_fs().cwd, name);
  std::string path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
  for (const std::string& entry : program.environment)
    if (entry.starts_with("PATH=")) path = entry.substr(5);
  Errno error = Errno::enoent;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    std::string candidate = path.substr(at, end - at);
    candidate += candidate.empty() ? "./" + name : "/" + name;
    auto found = open_program(current_fs().cwd, candidate);
    if (found) {
      name = std::move(candidate);
      return found;
    }
    if (found.error() == Errno::eacces) error = Errno::eacces;
    at = end + 1;
  }
  return fail(error);
}

}  // namespace

void count_fork() { ++forks; }
std::uint64_t fork_count() { return forks; }

Result<Process*> start_first_process(const FirstProgram& program, Ref<FileTable> files, Ref<FsContext> fs) {
  Carrier* const carrier = TRY(Carrier::take(first_processor()));
  const std::int32_t pid = TRY(registry().take_id());
  auto* const process = new Process(pid);
  process->actions = make_ref<SignalActions>();
  process->limits = default_limits();
  process->exit_signal = 0;
  process->start_ns = monotonic_ns();
  registry().add_process(*process);
  begin_session(*process);
  registry().init = process;

  auto* const thread = new Thread(*process, pid);
  process->threads.push_back(thread);
  registry().add_thread(pid, *thread);
  thread->files = std::move(files);
  thread->fs = std::move(fs);
  thread->credentials = make_ref<CredentialSet>(Credentials{});
  thread->memory = TRY(AddressSpace::make());
  thread->carrier = carrier;
  thread->placement.processor = static_cast<std::uint8_t>(first_processor());
  thread->system_sum = &counts_of.at(first_processor()).system_ticks;
  reset_registers(carrier->guest(), 0, 0);
  if (const Ref<Terminal> terminal = console_terminal()) terminal->assign(process->session, process->group);

  // exec and what it opens look at the current thread.
  set_current(thread);
  std::string name = program.arguments.empty() ? std::string("/bin/sh") : program.arguments.front();
  auto found = find_in_path(program, name);
  Result<void> loaded = found ? execute(std::move(*found), name, strings_of(program.arguments),
                                        strings_of(program.environment))
                              : fail(found.error());
  set_current(nullptr);
  if (!loaded) return fail(loaded.error());
  place(*thread);
  carrier->start(*thread);
  return process;
}

}  // namespace tessera::lx
