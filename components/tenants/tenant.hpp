// SPDX-License-Identifier: Apache-2.0
// A tenant: a namespace below the component's own with a table, an address space, a
// thread and an audit ring. The ancestor makes it, hands it capabilities, and has it
// make system calls.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <expected>
#include <string_view>

#include "components/tenants/desk.hpp"
#include "components/tenants/record.hpp"
#include "lib/rt/code_copy.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::tenants {

using abi::Error;
using abi::ObjectType;

// What came of a tenant's call.
struct Outcome {
  Error error = Error::ok;
  std::uint64_t capabilities = 0;  // that arrived with a message
  std::array<std::uint64_t, 8> words{};
};

// A call that a tenant makes. Words that the message page carries are not used here.
struct Order {
  abi::Call call = abi::Call::invoke;
  std::uint64_t handle = 0;
  std::uint32_t label = 0;
  std::uint64_t capabilities = 0;
  std::array<std::uint64_t, 8> words{};
};

class Tenant {
 public:
  // `number` tells tenants apart: 1 and up.
  Tenant(std::string_view name, std::uint64_t number, const rt::CodeCopy& code);

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] rt::Handle table() const { return table_; }            // in the ancestor's own table
  [[nodiscard]] rt::Handle name_space() const { return name_space_; }  // the same
  [[nodiscard]] std::uint64_t own_table() const { return own_table_; } // these two in the tenant's
  [[nodiscard]] std::uint64_t own_space() const { return own_space_; }
  [[nodiscard]] std::uint64_t serial() const { return serial_; }
  [[nodiscard]] abi::MessagePage& message_page() const;

  // A copy of the ancestor's capability in the tenant's table; its handle there.
  std::uint64_t give(rt::Handle source, std::uint64_t rights, std::uint64_t badge = 0);
  // An empty slot of the tenant's table.
  std::uint64_t free_slot() { return next_slot_++; }

  // Has it make a call, and waits for that to end.
  Outcome make(const Order& order);
  // The same in two parts, for calls that wait for the other tenant.
  void begin(const Order& order);
  Outcome end();
  // It waits, in the call it began or behind it.
  void await_standstill() const;
  // What it reads at an address: nothing when that faults, with which it ends.
  std::expected<std::uint64_t, std::uint64_t> look(std::uint64_t address);

  // The next record of its audit ring, if there is one.
  std::optional<abi::AuditRecord> next_record() { return records_.next(); }

 private:
  void start(const rt::CodeCopy& code);
  void go_on();
  void await_report();
  [[nodiscard]] Desk& desk() const;

  std::string_view name_;
  rt::Handle name_space_, table_, space_, thread_;
  rt::Handle reports_ = 0, reply_ = 0;  // where it reports and faults
  rt::Mapping memory_;                  // desk, message page, stack
  std::uint64_t own_table_ = 0, own_space_ = 0, serial_ = 0, next_slot_ = 2, fault_address_ = 0;
  bool faulted_ = false;
  Records records_;
};

}  // namespace tessera::tenants
