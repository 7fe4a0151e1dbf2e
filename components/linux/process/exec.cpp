// SPDX-License-Identifier: Apache-2.0
// execve and execveat: a process becomes another program.
#include <algorithm>
#include <array>
#include <linux_arch/registers.hpp>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/exec/load.hpp"
#include "components/linux/exec/script.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/futex/futex.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/exec.hpp"
#include "components/linux/process/exec_credentials.hpp"
#include "components/linux/process/prepare_exec.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/posix_timers.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kNoRandomize = 0x0040000;  // ADDR_NO_RANDOMIZE
// READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO: not
// for the caller of a set-id program to choose.
constexpr std::uint64_t kClearedOnSetId = 0x0400000 | kNoRandomize | 0x0200000 | 0x0100000;
constexpr std::uint64_t kNoFollow = 0x100, kEmptyPath = 0x1000;
// A script may name a script: so many times.
constexpr int kMostScripts = 5;

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Done with the big lock put aside if that may be: if the files only look up.
template <typename Action>
auto outside_if(bool may_be, Action action) {
  std::optional<OutsideBigLock> outside;
  if (may_be) outside.emplace();
  return action();
}

// Follows "#!" until an ELF file is found, changing the arguments on the way.
Result<ElfProgram> find_program(Program file, std::string name, Strings& arguments) {
  for (int depth = 0;; ++depth) {
    ProgramHead head = TRY(outside_if(file.inode->looks_up_only(), [&] { return read_program_head(*file.inode); }));
    if (head.plan) return ElfProgram{std::move(file), std::move(*head.plan), std::move(head.interpreter)};
    const Script script = TRY(read_script(std::span<const std::byte>(head.bytes).first(head.count)));
    // Linux takes an empty name for the current directory, which is no program.
    if (script.interpreter.empty()) return fail(Errno::eacces);
    if (depth == kMostScripts) return fail(Errno::eloop);
    arguments.remove_first();
    arguments.prepend(name);
    if (!script.argument.empty()) arguments.prepend(script.argument);
    arguments.prepend(script.interpreter);
    name = script.interpreter;
    file = TRY(open_program(current_fs().cwd, script.interpreter));
  }
}

// The program interpreter that `program` names, or nothing. ELIBBAD and what opening it answers.
Result<std::optional<ElfProgram>> find_interpreter(const ElfProgram& program) {
  if (program.interpreter.empty()) return std::optional<ElfProgram>();
  Program file = TRY(open_program(current_fs().cwd, program.interpreter));
  ElfPlan plan = TRY(outside_if(file.inode->looks_up_only(), [&] { return read_interpreter_plan(*file.inode); }));
  return std::optional<ElfProgram>(ElfProgram{std::move(file), std::move(plan), {}});
}

// The new program takes over: nothing of the old one is left but what exec keeps.
void commit(Thread& self, LoadedProgram loaded, ExecCredentials credentials, std::string_view name) {
  Process& process = self.process;
  end_ring_task(self);
  forget_futexes(self);
  forget_area(self);
  release_memory(self, *loaded.memory);
  self.memory = std::move(loaded.memory);
  self.memory_visible = false;
  if (self.files->references() > 1) self.files = self.files->copy();
  self.files->close_for_exec();
  if (process.actions->references() > 1) process.actions = process.actions->copy();
  process.actions->reset_handlers();
  process.posix_timers = nullptr;
  process.exit_signal = kSigChld;
  process.did_exec = true;
  process.keep_capabilities = false;
  process.dumpable = credentials.dumpable;
  if (credentials.set_id) process.personality &= ~kClearedOnSetId;
  if (credentials.secure) self.parent_death_signal = 0;
  self.credentials = make_ref<CredentialSet>(std::move(credentials.ids));
  self.alternate_stack = AlternateStack{};
  self.restart_block = Restart{};
  self.set_name(base_name(name));
  reset_registers(self.registers(), loaded.entry, loaded.stack_pointer);
}

}  // namespace

Result<void> execute(Program file, std::string name, Strings arguments, const Strings& environment) {
  Thread& self = current_thread();
  // A program without arguments would take its environment for them.
  if (arguments.count() == 0) arguments.add("");
  const std::string program_name = name;
  const ElfProgram program = TRY(find_program(std::move(file), std::move(name), arguments));
  const std::optional<ElfProgram> interpreter = TRY(find_interpreter(program));
  const std::int32_t old_tid = self.tid;
  if (!end_other_threads(self)) return fail(Errno::eintr);
  ExecCredentials credentials = exec_credentials(self, program.file);
  const Limits limits = self.process.limits;
  const LoadParts parts{.random = draw_load_random(randomizes(self.process, credentials)),
                        .program = backing_of(program.file),
                        .interpreter = interpreter ? backing_of(interpreter->file) : Ref<Backing>()};
  const LoadRequest request{.program = &program,
                            .interpreter = interpreter ? &*interpreter : nullptr,
                            .arguments = &arguments,
                            .environment = &environment,
                            .program_name = program_name,
                            .limits = &limits,
                            .credentials = &credentials.ids,
                            .secure = credentials.secure};
  const bool look_up_only = program.file.inode->looks_up_only() && (!interpreter || interpreter->file.inode->looks_up_only());
  auto loaded = outside_if(look_up_only, [&] { return load_program(request, parts); });
  if (!loaded) {
    // Linux has given up the old program at this point.
    if (loaded.error() == Errno::enomem && frame_counts().free < 64) return fail(Errno::enomem);
    end_process(self.process, kSigSegv);
    return fail(loaded.error());
  }
  commit(self, std::move(*loaded), std::move(credentials), program_name);
  stop_for_event(self, TraceEvent::exec, static_cast<std::uint64_t>(old_tid));
  return {};
}

namespace {

Result<std::int64_t> execute_at(const Path& start, std::string_view path, std::string name, std::uint64_t argv,
                                std::uint64_t envp, bool follow) {
  Program file = TRY(open_program(start, path, follow));
  std::uint64_t room = argument_room(current_thread().process.limits);
  Strings arguments = TRY(strings_from_guest(argv, room));
  const Strings environment = TRY(strings_from_guest(envp, room));
  TRY(execute(std::move(file), std::move(name), std::move(arguments), environment));
  return 0;
}

}  // namespace

std::uint64_t argument_room(const Limits& limits) {
  constexpr std::uint64_t kMost = 6u << 20, kLeast = 128u << 10;
  // On a small machine less than the limit allows: several copies are made.
  const std::uint64_t free = frame_counts().free * kPageBytes / 12;
  return std::min(std::clamp(limits[kLimitStack].soft / 4, kLeast, kMost), free);
}

bool randomizes(const Process& process, const ExecCredentials& credentials) {
  return credentials.set_id || (process.personality & kNoRandomize) == 0;
}

Result<std::int64_t> sys_execve(const Arguments& arguments) {
  Thread& self = current_thread();
  if (const auto prepared = take_prepared_exec(self, arguments)) {
    commit(self, std::move(*prepared->loaded), std::move(*prepared->credentials), prepared->name);
    stop_for_event(self, TraceEvent::exec, static_cast<std::uint64_t>(self.tid));
    return 0;
  }
  [[clang::uninitialized]] std::array<char, 4096> buffer;
  const std::string_view path = TRY(string_from_guest(buffer, arguments[0]));
  return execute_at(current_fs().cwd, path, std::string(path), arguments[1], arguments[2], true);
}

Result<std::int64_t> sys_execveat(const Arguments& arguments) {
  const std::uint64_t flags = arguments[4];
  if ((flags & ~(kNoFollow | kEmptyPath)) != 0) return fail(Errno::einval);
  [[clang::uninitialized]] std::array<char, 4096> buffer;
  const std::string_view path = TRY(string_from_guest(buffer, arguments[1]));
  const auto descriptor = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]));
  std::string name(path);
  if (path.empty()) {
    if ((flags & kEmptyPath) == 0) return fail(Errno::enoent);
    const Ref<File> file = TRY(any_file_at(arguments[0]));
    Program program = TRY(open_program(*file));
    std::uint64_t room = argument_room(current_thread().process.limits);
    Strings strings = TRY(strings_from_guest(arguments[2], room));
    const Strings environment = TRY(strings_from_guest(arguments[3], room));
    TRY(execute(std::move(program), "/dev/fd/" + decimal(static_cast<std::uint32_t>(descriptor)), std::move(strings),
                environment));
    return 0;
  }
  const Path start = TRY(start_of(arguments[0], path));
  if (path.front() != '/' && descriptor >= 0)
    name = "/dev/fd/" + decimal(static_cast<std::uint32_t>(descriptor)) + "/" + name;
  return execute_at(start, path, std::move(name), arguments[2], arguments[3], (flags & kNoFollow) == 0);
}

}  // namespace tessera::lx
