// SPDX-License-Identifier: Apache-2.0
// One run of a machine, from start to exit status.
#include "tools/run/session.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "tools/control/machines.hpp"
#include "tools/image/efi_disk.hpp"
#include "tools/image/iso.hpp"
#include "tools/run/core_files.hpp"
#include "tools/run/debugger.hpp"
#include "tools/run/events.hpp"
#include "tools/run/explain.hpp"
#include "tools/run/machine.hpp"
#include "tools/run/prepare.hpp"
#include "tools/run/programs.hpp"
#include "tools/run/pump.hpp"
#include "tools/run/qemu.hpp"
#include "tools/run/report.hpp"
#include "tools/run/root_disk.hpp"
#include "tools/run/signals.hpp"
#include "tools/run/terminal.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::tools::run {
namespace {

Result<void> write_medium(const Options& options, const Paths& paths, const std::string& nucleus, const std::string& bundle,
                          const std::string& output) {
  if (options.arch == Arch::aarch64) return image::write_efi_disk({paths.loader(), nucleus, bundle}, output);
  return image::write_iso({nucleus, bundle, nucleus_command_line(options)}, output);
}

// What the machine boots, as files in DIRECTORY.
Result<Machine> boot_files(const Options& options, const Paths& paths, const image::Bundle& bundle, const std::string& directory) {
  Machine machine;
  machine.nucleus = TRY(stripped_nucleus(paths));
  machine.bundle = directory + "/bundle";
  TRY(image::write_bundle(bundle, machine.bundle));
  machine.bundle_bytes = bundle.bytes;
  TRY(memory_suffices(options, machine));
  if (options.boot != Boot::pvh) {
    machine.medium = directory + "/boot.image";
    TRY(write_medium(options, paths, machine.nucleus, machine.bundle, machine.medium));
  }
  return machine;
}

Result<void> print_command(const Options& options, const Paths& paths, const Prepared& prepared) {
  const std::string directory = paths.cache() + "/dry-run";
  TRY(make_directories(directory));
  Machine machine = TRY(boot_files(options, paths, prepared.bundle, directory));
  machine.log = "stdio";
  machine.link = machine.control = "null";
  if (prepared.tells_failure) machine.events = "null";
  std::puts(shell_words(qemu_command(options, machine)).c_str());
  return {};
}

// The machine while it runs.
struct Running {
  SocketPair link;
  SocketPair log;
  SocketPair monitor;
  SocketPair events;  // only of a machine that tells of failures
  std::optional<control::Place> control;
  Qemu qemu;

  Result<void> start(const Options& options, Machine machine, bool tells_failure) {
    link = TRY(SocketPair::make());
    log = TRY(SocketPair::make());
    monitor = TRY(SocketPair::make());
    machine.link = link.device();
    machine.log = log.device();
    machine.monitor = monitor.device();
    if (tells_failure) {
      events = TRY(SocketPair::make());
      machine.events = events.device();
      ask_for_events(events.ours.get());
    }
    // Without it the machine runs as well.
    if (auto place = control::Place::make()) control.emplace(std::move(*place));
    machine.control = control ? "socket,path=" + control->path() + ",server=on,wait=off" : "null";
    TRY(qemu.start(qemu_command(options, machine)));
    // With our copies closed, the end of QEMU is the end of the streams.
    link.theirs.reset();
    log.theirs.reset();
    monitor.theirs.reset();
    events.theirs.reset();
    return {};
  }
};

struct Finished {
  int status = kStatusOwnFailure;
  int signal = 0;  // to die of, when everything is cleaned up
};

Finished judge(const Outcome& outcome, const Options& options, const MachineLog& log, const Running& running, const Paths& paths) {
  switch (outcome.end) {
    case End::timed_out:
      report_hang(options, log, running.monitor.ours.get(), paths);
      return {kStatusTimedOut};
    case End::left: return {0};
    case End::interrupted: return {128 + outcome.signal, outcome.signal};
    case End::output_closed: return {128 + SIGPIPE, SIGPIPE};
    case End::bad_link: say(outcome.text); return {kStatusOwnFailure};
    case End::stopped: break;
  }
  if (log.status() && !log.fatal()) return {*log.status()};
  say(why_stopped(log, outcome.text));
  return {kStatusOwnFailure};
}

Result<Finished> run_bundle(const Options& options, const Paths& paths, const Prepared& prepared, bool interactive) {
  MachineLog log;
  log.show(prepared.speaker);
  if (options.explain) log.keep(prepared.main, "explain\t");
  if (options.gdb) TRY(debugger_port_free(options));
  if (!options.log.empty()) TRY(log.open(options.log));
  if (!options.audit.empty()) TRY(log.open_audit(options.audit));
  Signals signals;
  const TemporaryDirectory temporary = TRY(TemporaryDirectory::make());
  Running running;
  Machine machine = TRY(boot_files(options, paths, prepared.bundle, temporary.path()));
  TRY(running.start(options, std::move(machine), prepared.tells_failure));
  if (options.gdb) {
    say("the machine waits for a debugger: " + debugger_command(options, paths));
  }
  RawTerminal raw;
  if (interactive) TRY(raw.enter());

  std::optional<Pump::Clock::time_point> deadline;
  if (options.timeout_seconds) {
    deadline = Pump::Clock::now() + std::chrono::duration_cast<Pump::Clock::duration>(std::chrono::duration<double>(*options.timeout_seconds));
  }
  CoreFiles cores(options.core);
  Pump pump({running.link.ours.get(), running.log.ours.get(), running.qemu.messages()}, log, signals, cores, interactive);
  const Outcome outcome = pump.run(deadline);
  raw.restore();
  if (options.explain) std::fputs(explanation(log.kept(), host_file).c_str(), stderr);
  if (running.events.ours.get() >= 0 && told_of_failure(running.events.ours.get())) say("QEMU: the system told of its failure (pvpanic)");
  return judge(outcome, options, log, running, paths);
}

// The disk for the root, made and filled by a machine of its own; nothing is left of it when that fails.
std::optional<std::string> make_root_disk(const Options& options, const Paths& paths) {
  const std::string& file = options.root_disk->file;
  const std::string unfinished = file + ".new";
  const auto make = [&]() -> Result<void> {
    const std::uint64_t content = TRY(root_bytes(options, paths));
    const std::uint64_t bytes = options.root_disk_bytes != 0 ? options.root_disk_bytes : root_disk_bytes(content);
    say("making " + file + " of " + std::to_string(bytes >> 20) + " MB with the root file system");
    TRY(make_ext4(unfinished, bytes));
    Options filler = options;
    filler.root_disk->file = unfinished;
    filler.disks = {Disk{.file = unfinished, .kind = options.root_disk->kind}};
    auto prepared = prepare_fill(filler, paths);
    if (!prepared) return fail(prepared.error().message);
    filler.memory_bytes.reset();
    filler.gdb = filler.explain = false;
    filler.core.clear();
    filler.audit.clear();
    const Finished finished = TRY(run_bundle(filler, paths, *prepared, false));
    if (finished.signal != 0) die_of(finished.signal);
    if (finished.status != 0) return fail("the root file system does not fit on " + file + ", or could not be put there");
    std::error_code error;
    std::filesystem::rename(unfinished, file, error);
    return error ? fail(file + ": " + error.message()) : Result<void>{};
  };
  const auto made = make();
  if (made) return std::nullopt;
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  return made.error().message;
}

bool makes_root_disk(const Options& options) {
  std::error_code error;
  return options.root_disk && !options.dry_run && !std::filesystem::exists(options.root_disk->file, error);
}

}  // namespace

int run_machine(const Options& options, const Paths& paths) {
  const bool terminal = options.console.empty() ? on_terminal() : options.console == "tty";
  if (makes_root_disk(options)) {
    if (const auto why = make_root_disk(options, paths)) {
      say(*why);
      return kStatusOwnFailure;
    }
  }
  const auto prepared = prepare_bundle(options, paths, terminal);
  if (!prepared) {
    say(prepared.error().message);
    return prepared.error().status;
  }
  if (options.dry_run) {
    if (const auto printed = print_command(options, paths, *prepared); !printed) {
      say(printed.error().message);
      return kStatusOwnFailure;
    }
    return 0;
  }
  const auto finished = run_bundle(options, paths, *prepared, terminal && on_terminal());
  if (!finished) {
    say(finished.error().message);
    return kStatusOwnFailure;
  }
  if (finished->signal != 0) die_of(finished->signal);
  return finished->status;
}

int write_image(const Options& options, const Paths& paths) {
  const auto prepared = prepare_bundle(options, paths, options.console != "stream");
  if (!prepared) {
    say(prepared.error().message);
    return prepared.error().status;
  }
  const auto write = [&]() -> Result<void> {
    const TemporaryDirectory temporary = TRY(TemporaryDirectory::make());
    const std::string file = temporary.path() + "/bundle";
    TRY(image::write_bundle(prepared->bundle, file));
    const std::string nucleus = TRY(stripped_nucleus(paths));
    return write_medium(options, paths, nucleus, file, options.output);
  };
  if (const auto written = write(); !written) {
    say(written.error().message);
    return kStatusOwnFailure;
  }
  return 0;
}

}  // namespace tessera::tools::run
