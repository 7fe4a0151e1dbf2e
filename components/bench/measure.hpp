// SPDX-License-Identifier: Apache-2.0
// A row: something done many times between two readings of the counter.
#pragma once

#include <abi/nucleus.hpp>
#include <arch_clock.hpp>
#include <cstdint>
#include <expected>
#include <string_view>

#include "lib/rt/panic.hpp"
#include "lib/rt/start.hpp"

namespace tessera::bench {

// One line of the log: `NAME <tab> count <tab> instructions each`, of ticks of the counter for all.
void report(std::string_view name, std::uint64_t count, std::uint64_t ticks);

// Does act(warm_up), then measures act(count).
template <typename Act>
void measure(std::string_view name, std::uint64_t warm_up, std::uint64_t count, Act act) {
  act(warm_up);
  const std::uint64_t start = rt::arch::read_counter();
  act(count);
  report(name, count, rt::arch::read_counter() - start);
}

// Measures `count` system calls of bench_repeat; each must end with `expected`.
void measure_calls(std::string_view name, std::uint64_t count, std::uint64_t tag, std::uint64_t handle, std::uint64_t reply = 0,
                   abi::Error expected = abi::Error::ok);

// The benchmark cannot go on when something that it needs fails.
void require(abi::Error error, std::string_view what);

template <typename T>
T need(std::expected<T, abi::Error> result, std::string_view what) {
  if (!result) require(result.error(), what);
  if constexpr (!std::is_void_v<T>) return *result;
}

// Before the measured thread takes its priority.
void prepare_notification_rows();

// A round trip of no words between two address spaces.
void run_null_round_trip(std::string_view name);

// The groups of rows.
void run_ipc_rows();
void run_notification_rows();
void run_capability_rows();
void run_mapping_rows();
// With the root namespace and the machine, as granted: 0 for those that are not.
void run_audit_rows(std::uint64_t root_namespace);
// With the real-time clock's ports and interrupt line.
void run_interrupt_rows(const std::optional<rt::Grant>& ports, const std::optional<rt::Grant>& line);
void run_revoke_rows();
void run_namespace_rows();
// With the channel to the neighbour and the machine.
void run_interference_rows(const rt::Grant& channel, std::uint64_t machine);

}  // namespace tessera::bench
