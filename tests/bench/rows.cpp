// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rows.hpp"

#include <algorithm>

namespace tessera::bench {

std::span<const GuestGroup> guest_groups() {
  static const std::vector<GuestGroup> groups{
      {"Calls", false, {{"null-call", true}, {"clock-vdso"}, {"clock-call"}, {"read-zero-1"}, {"write-null-1"}, {"signal-self"}}},
      {"Memory", false, {{"page-fault", true}, {"map-touch-unmap-1"}, {"map-touch-unmap-256"}}},
      {"Processes and threads",
       false,
       {{"fork-exit-wait", true},
        {"fork-exec-wait", true},
        {"vfork-exec-wait"},
        {"posix-spawn-wait"},
        {"futex-ping-pong"},
        {"thread-create-join"}}},
      {"Pipes and polling", false, {{"pipe-round-trip", true}, {"pipe-stream-1M"}, {"poll-ready"}, {"epoll-1000"}}},
      {"Files",
       false,
       {{"open-close", true},
        {"stat", true},
        {"read-4K", true},
        {"read-64K", true},
        {"write-4K", true},
        {"write-64K", true},
        {"create-unlink"},
        {"getdents-1000"}}},
      {"Debian's programs",
       true,
       {{"fork-exec-dynamic"},
        {"python-start"},
        {"sqlite-10000"},
        {"tar-gzip-sha256-16M"},
        {"shell-200-true"},
        {"git-status-2000"},
        {"rm-rf-5000"}}}};
  return groups;
}

// seL4's figures: x86-64, release, one core, the same QEMU (its own benchmark
// suite, 2026-08); a round trip of theirs holds 13 user instructions. A row of theirs that
// measures one way or another length is left out.
std::span<const NucleusRow> nucleus_rows() {
  static const std::vector<NucleusRow> rows{
      {"null-call", 89, 91},
      {"invoke-refused", {}, {}},
      {"yield-alone", {}, {}},
      {"ipc-0-words", 408, 418},
      {"ipc-1-word", {}, {}},
      {"ipc-4-words", 450, 465},
      {"ipc-8-words", {}, {}},
      {"ipc-16-words", {}, {}},
      {"ipc-0-words-same-space", 404, 418},
      {"ipc-4-words-same-space", 446, 465},
      {"ipc-8-words-same-space", {}, {}},
      {"fault-round-trip", 1303, 1129},
      {"notify-no-waiter", 353, 384},
      {"notify-waiter-and-back", {}, {}},
      {"notify-waiter-and-back-same-space", {}, {}},
      {"interrupt-to-waiter", 373, {}},
      {"timer-to-waiter", {}, {}},
      {"yield-and-back", 540, 658},
      {"yield-and-back-same-space", {}, {}},
      {"capability-copy", {}, {}},
      {"capability-delete", {}, {}},
      {"retype-notification", {}, {}},
      {"delete-notification", {}, {}},
      {"retype-64-notifications", {}, {}},
      {"memory-mint", {}, {}},
      {"memory-delete", {}, {}},
      {"map-page", 720, 551},
      {"unmap-page", {}, {}},
      {"map-255-pages", {}, {}},
      {"unmap-255-pages", {}, {}},
      {"revoke-1", {}, {}},
      {"revoke-100", {}, {}},
      {"revoke-10000", {}, {}},
      {"namespace-create", {}, {}},
      {"namespace-1000-objects", {}, {}},
      {"namespace-destroy-1000", {}, {}},
      {"interrupts-off-longest", {}, {}},
      {"ipc-0-words-audited", {}, {}},
  };
  return rows;
}

std::span<const std::string> ring_rows() {
  static const std::vector<std::string> rows{"ring-message-1", "ring-message-32", "channel-request-1", "channel-request-32", "channel-32K",
                                             "service-request-1", "service-request-32"};
  return rows;
}

std::span<const std::string> task_rows() {
  static const std::vector<std::string> rows{"task-spawn-and-wait", "task-wake-and-end",   "task-spawn-again",
                                             "task-cancel-and-end", "task-request", kTaskBytes};
  return rows;
}

bool wanted(const std::string& row, const std::string& filter) { return row.find(filter) != std::string::npos; }

std::vector<std::string> chosen_guest_rows(const std::string& filter, bool quick, bool programs) {
  std::vector<std::string> names;
  for (const GuestGroup& group : guest_groups()) {
    if (group.programs != programs) continue;
    for (const GuestRow& row : group.rows) {
      if (wanted(row.name, filter) && (row.quick || !quick)) names.push_back(row.name);
    }
  }
  return names;
}

static std::vector<std::string> latencies() { return {"p50", "p99", "worst"}; }

std::string latency_row(const std::string& guest_row, unsigned cpus) { return "latency-" + guest_row + ":on" + std::to_string(cpus); }

std::vector<std::string> latency_rows() {
  std::vector<std::string> names;
  for (const unsigned cpus : kLatencyCpus)
    for (const std::string& one : latencies()) names.push_back(latency_row(one, cpus));
  return names;
}

std::vector<std::string> chosen_latency_rows(const std::string& filter, unsigned cpus) {
  std::vector<std::string> names = latencies();
  std::erase_if(names, [&](const std::string& one) { return !wanted(latency_row(one, cpus), filter); });
  return names;
}

bool any_nucleus_row(const std::string& filter) {
  return std::ranges::any_of(nucleus_rows(), [&](const NucleusRow& row) { return wanted(row.name, filter); });
}

bool any_wanted(std::span<const std::string> rows, const std::string& filter) {
  return std::ranges::any_of(rows, [&](const std::string& row) { return wanted(row, filter); });
}

}  // namespace tessera::bench
