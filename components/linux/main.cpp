// SPDX-License-Identifier: Apache-2.0
// The Linux personality: from the start page to the first program, and from its
// end to the status that the supervisor gets. In between, this thread serves the
// timers.
#include <charconv>
#include <string>
#include <vector>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/crash/core_file.hpp"
#include "components/linux/exec/vdso.hpp"
#include "components/linux/explain/explain.hpp"
#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/memory/invalidate.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/nucleus/guest_space.hpp"
#include "components/linux/nucleus/processors.hpp"
#include "components/linux/nucleus/schedule.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/create.hpp"
#include "components/linux/process/limits.hpp"
#include "components/linux/process/load.hpp"
#include "components/linux/process/loop.hpp"
#include "components/linux/process/shutdown.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/start/clock_channel.hpp"
#include "components/linux/start/console_channel.hpp"
#include "components/linux/start/disk_channels.hpp"
#include "components/linux/start/memory.hpp"
#include "components/linux/start/refusal.hpp"
#include "components/linux/syscall/unsupported.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/service.hpp"
#include "components/linux/time/timer_heap.hpp"
#include "components/linux/tty/console.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::lx {

namespace {

std::uint64_t number_of(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// key.0, key.1, ... up to the first that is missing.
std::vector<std::string> list_of(const rt::Start& start, std::string_view key) {
  std::vector<std::string> list;
  for (std::uint64_t i = 0;; ++i) {
    const auto value = start.config(std::string(key) + "." + decimal(i));
    if (!value) return list;
    list.emplace_back(*value);
  }
}

void set_up_clock(const rt::Start& start) {
  const auto base = start.config("clock.realtime");
  start_clock(start.info().clock_hz, start.info().clock_boot, base ? number_of(*base) * 1'000'000'000 : 0);
}

// What the manifest limits the container to. Memory is what it was given, and the
// processor's share is enforced by the nucleus.
void set_container_limits(const rt::Start& start) {
  if (const auto most = start.config("limit.processes")) limit_tasks(number_of(*most));
  if (const auto most = start.config("limit.descriptors")) limit_descriptors(number_of(*most));
}

Result<Process*> start_program(const rt::Start& start, std::string& name) {
  FirstProgram program{.arguments = list_of(start, "argv"), .environment = list_of(start, "env")};
  if (program.arguments.empty()) program.arguments.emplace_back("/bin/sh");
  name = program.arguments.front();
  const Ref<FsContext> fs = initial_fs_context();
  Ref<FileTable> files = make_ref<FileTable>();
  TRY(open_console_files(*files));
  // A root of the user's need not have the manifest's directory.
  if (const auto directory = start.config("cwd"); directory && !set_working_directory(*fs, *directory)) log_line("no directory " + std::string(*directory));
  return start_first_process(program, files, fs);
}

std::string_view why_no_root(Errno error) {
  if (error == Errno::enxio) return "there is none";
  if (error == Errno::enodev) return "no file system that is known here is on it";
  if (error == Errno::erofs) return "its file system can only be read here, the log says why; readonly asks for no more";
  if (error == Errno::enoent) return "it lacks one of the directories /dev, /proc, /sys, /tmp";
  return "it cannot be read";
}

// From the first disk, if the configuration says so, or out of the bundle.
bool open_root(const rt::Start& start) {
  if (const auto how = start.config("root.disk")) {
    std::string source;
    const bool read_only = *how == "read";
    const auto root = root_of_first_disk(read_only, source);
    const auto done = root ? use_root(*root, source, kMountRelativeTime | (read_only ? kMountReadOnly : 0)) : fail(root.error());
    if (!done) rt::panic("linux: the first disk cannot be the root: " + std::string(why_no_root(done.error())));
    return true;
  }
  std::span<const std::byte> index;
  if (const auto grant = start.grant("bundle.root.index", tessera::abi::ObjectType::memory)) index = rt::bytes_of(*grant);
  const auto done = load_root(index);
  if (!done) rt::log_line("the root file system's index is not well-formed");
  return done.has_value();
}

// Everything that must be there before the first program. With the big lock held.
bool set_up(const rt::Start& start) {
  set_up_clock(start);
  open_processors(start.info());
  spread_heap();
  open_schedule(start);
  seed_random(std::as_bytes(std::span(start.info().random_seed)));
  configure_guest_spaces(start.info().space, start.config("view").value_or("protected") == "shared");
  Carrier::set_body(run_thread);
  set_timer_service(rt::current().notification);
  if (const auto host = start.config("hostname")) set_host_name(*host);
  if (start.config("core").value_or("") == "host") want_core_files();
  set_container_limits(start);
  if (start.config("explain")) start_explaining();
  if (!prepare_vdso()) return false;
  if (!open_disk_channels(start) || !open_clock_channel(start) || !open_root(start)) return false;
  start_load_sampling();
  watch_mapped_files();
  return open_console_channel(start);
}

// Serves timers until the first program has ended.
NO_THREAD_SAFETY_ANALYSIS int serve() {
  for (;;) {
    big_lock.lock_at_leisure();
    const std::uint64_t deadline = run_due_timers();
    const auto result = exit_result();
    big_lock.unlock();
    if (result) return *result;
    (void)rt::wait_notification(rt::current().notification, deadline == TimerHeap::kNever ? 0 : deadline);
  }
}

NO_THREAD_SAFETY_ANALYSIS int run(const rt::Start& start) {
  if (!set_up_memory(start)) rt::panic("linux: memory could not be set up");
  big_lock.lock();
  if (!set_up(start)) rt::panic("linux: could not be set up");
  if (!start_console_thread()) rt::panic("linux: no thread for the console");
  if (!start_write_back()) rt::panic("linux: no thread for the disks");
  start.ready();
  std::string name;
  const auto process = start_program(start, name);
  big_lock.unlock();
  int status = 0;
  if (process) {
    status = serve();
  } else {
    status = status_of_refusal(process.error());
    const std::string line = "tessera: " + name + ": " + std::string(reason_of_refusal(process.error()));
    log_line(line);
    big_lock.lock();
    write_console_line(line);
    big_lock.unlock();
  }
  drain_console();
  big_lock.lock();
  close_disks();
  report_unsupported();
  if (processor_count() > 1)
    rt::log("{} waits for the lock, {} us in all", big_lock.waits(), big_lock.waited_ns() / 1000);
  report_explanations();
  big_lock.unlock();
  return status;
}

}  // namespace

}  // namespace tessera::lx

int component_main(const tessera::rt::Start& start) { return tessera::lx::run(start); }
