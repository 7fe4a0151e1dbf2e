// SPDX-License-Identifier: Apache-2.0
#include "components/linux/explain/explain.hpp"

#include <linux_arch/registers.hpp>

#include <array>
#include <initializer_list>
#include <map>
#include <string_view>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/socket/name.hpp"
#include "components/linux/syscall/names.hpp"

namespace tessera::lx {
namespace {

enum class Kind : std::uint8_t { ran, opened, missing, denied, connected, failed_to_connect, no_family, absent, partial };
constexpr std::array<std::string_view, 9> kKindNames{"ran",    "opened",    "missing",  "denied",
                                                     "connected", "no-connection", "no-family", "absent", "partial"};
// A program may look for anything: of each kind so many.
constexpr std::size_t kMostEntries = 400;
constexpr std::size_t kMostText = 160;

struct Remark {
  std::string_view call, text;
};
constexpr std::array kRemarks{
#define PARTIAL(name, text) Remark{#name, text},
#define REFUSED(name, text) Remark{#name, text},
#define ABSENT(name)
#include "components/linux/syscall/partial.inc"
#undef PARTIAL
#undef REFUSED
#undef ABSENT
};

// Which argument is a path.
struct PathCall {
  std::string_view call;
  std::uint8_t argument;
};
constexpr std::array kPathCalls{
    PathCall{"open", 0},     PathCall{"openat", 1},  PathCall{"openat2", 1},   PathCall{"creat", 0},      PathCall{"stat", 0},
    PathCall{"lstat", 0},    PathCall{"access", 0},  PathCall{"faccessat", 1}, PathCall{"faccessat2", 1}, PathCall{"newfstatat", 1},
    PathCall{"statx", 1},    PathCall{"execve", 0},  PathCall{"execveat", 1},  PathCall{"readlink", 0},   PathCall{"readlinkat", 1},
    PathCall{"chdir", 0},    PathCall{"mkdir", 0},   PathCall{"mkdirat", 1},   PathCall{"unlink", 0},     PathCall{"unlinkat", 1},
    PathCall{"mknod", 0},    PathCall{"chmod", 0},   PathCall{"chown", 0},     PathCall{"mount", 1},      PathCall{"statfs", 0},
    PathCall{"truncate", 0}, PathCall{"chroot", 0},    PathCall{"rmdir", 0},     PathCall{"mknodat", 1},  PathCall{"fchmodat", 1},
    PathCall{"fchownat", 1},
};

bool on = false;

struct Entry {
  std::uint64_t count = 0;
  std::array<char, 16> program{};
};
using Entries = std::map<std::string, Entry>;
Entries& entries(Kind kind) {
  static auto* all = new std::array<Entries, kKindNames.size()>;
  return (*all)[static_cast<std::size_t>(kind)];
}

// One line, whatever the program put into it.
std::string printable(std::string_view text) {
  std::string safe;
  if (text.size() > kMostText) {
    safe = "...";
    text.remove_prefix(text.size() - kMostText);
  }
  for (const char c : text) {
    const bool plain = c >= ' ' && c != 0x7f;
    safe += plain ? c : '?';
  }
  return safe;
}

void note(Kind kind, std::string text, const Thread& thread) {
  Entries& of = entries(kind);
  const auto found = of.find(text);
  if (found != of.end()) {
    ++found->second.count;
  } else if (of.size() < kMostEntries) {
    of.emplace(std::move(text), Entry{.count = 1, .program = thread.name});
  }
}

std::string path_of_call(std::string_view name, const std::array<std::uint64_t, 6>& arguments) {
  for (const PathCall& call : kPathCalls) {
    if (call.call != name) continue;
    [[clang::uninitialized]] std::array<char, 4096> buffer;
    const auto text = string_from_guest(buffer, arguments[call.argument]);
    return text ? std::string(*text) : std::string();
  }
  return {};
}

std::string name_to_connect(const std::array<std::uint64_t, 6>& arguments) {
  const auto address = read_address(arguments[1], static_cast<std::uint32_t>(arguments[2]));
  if (!address || address->bytes.empty()) return {};
  std::string text = address->bytes;
  if (text.front() == '\0') text.front() = '@';
  else text.pop_back();
  return text;
}

std::string_view remark_of(std::string_view call) {
  for (const Remark& remark : kRemarks)
    if (remark.call == call) return remark.text;
  return {};
}

std::string with_arguments(std::string_view name, const WatchedCall& call, Errno error) {
  return std::string(name) + "(" + hexadecimal(call.first_argument) + ", " + hexadecimal(call.second_argument) + ", ...) errno " +
         decimal(static_cast<std::uint64_t>(error)) + "\t" + std::string(remark_of(name));
}

bool is_any(Errno error, std::initializer_list<Errno> of) {
  for (const Errno one : of)
    if (one == error) return true;
  return false;
}

void note_failure(Thread& thread, const WatchedCall& call, std::string_view name, Errno error) {
  if (error == Errno::enosys) return note(Kind::absent, std::string(name), thread);
  if (name == "connect") return note(Kind::failed_to_connect, printable(call.text), thread);
  if (error == Errno::eafnosupport && name.starts_with("socket"))
    return note(Kind::no_family, decimal(call.first_argument), thread);
  if (!call.text.empty() && is_any(error, {Errno::enoent, Errno::enotdir}))
    return note(Kind::missing, printable(call.text), thread);
  if (!call.text.empty() && is_any(error, {Errno::eacces, Errno::eperm, Errno::erofs}))
    return note(Kind::denied, printable(call.text) + "\t" + std::string(name), thread);
  if (!remark_of(name).empty() && is_any(error, {Errno::einval, Errno::eperm, Errno::eopnotsupp, Errno::enodev}))
    note(Kind::partial, with_arguments(name, call, error), thread);
}

}  // namespace

void start_explaining() { on = true; }
bool explaining() { return on; }

WatchedCall look_at_call(Thread& thread) {
  const Registers& guest = thread.registers();
  const auto arguments = call_arguments(guest);
  WatchedCall call{.number = call_number(guest), .first_argument = arguments[0],
                   .second_argument = arguments[1], .text = {}};
  const std::string_view name = system_call_name(call.number);
  call.text = name == "connect" ? name_to_connect(arguments) : path_of_call(name, arguments);
  return call;
}

void note_call(Thread& thread, const WatchedCall& call) {
  if (thread.restart || thread.ending) return;  // it comes again, or its result is nobody's
  const std::string_view name = system_call_name(call.number);
  if (name.empty()) return;
  const auto result = static_cast<std::int64_t>(call_result(thread.registers()));
  constexpr std::int64_t kLeastError = -4095;
  if (result < 0 && result >= kLeastError) return note_failure(thread, call, name, static_cast<Errno>(-result));
  if (name.starts_with("execve")) return note(Kind::ran, printable(call.text), thread);
  if (name == "connect") return note(Kind::connected, printable(call.text), thread);
  if (name.starts_with("open") && !call.text.empty()) note(Kind::opened, printable(call.text), thread);
}

void report_explanations() {
  if (!on) return;
  for (std::size_t kind = 0; kind < kKindNames.size(); ++kind) {
    for (const auto& [text, entry] : entries(static_cast<Kind>(kind))) {
      const std::string_view program(entry.program.data(), entry.program.size());
      log_line("explain\t" + std::string(kKindNames.at(kind)) + "\t" + decimal(entry.count) + "\t" +
               printable(program.substr(0, program.find('\0'))) + "\t" + text);
    }
  }
  log_line("explain\tend\t0\t-\t-");
}

}  // namespace tessera::lx
