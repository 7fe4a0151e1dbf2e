// SPDX-License-Identifier: Apache-2.0
#include "components/tenants/tenant.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>

#include "components/tenants/must.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::tenants {

using rt::objects;

namespace {

constexpr std::uint64_t kTableBits = 5, kMemoryBits = 14, kRingBits = 14, kPoolBits = 16;
constexpr std::uint64_t kMessagePage = abi::kPageBytes;            // in its memory: desk, message page, two pages of stack
constexpr std::uint64_t kMemoryAddress = abi::kFreeAddress;        // in its address space
constexpr std::uint64_t kStackTop = kMemoryAddress + (1 << kMemoryBits) - 8;
constexpr std::uint64_t kPriority = 50, kAllRights = 0xff;
constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite;
constexpr std::uint32_t kFault = 0x6661'7574;                      // label of the nucleus' message of a fault

rt::Handle new_object(ObjectType type, std::uint64_t bits = 0) { return must(objects().make(type, bits), abi::name(type)); }

}  // namespace

// Runs in the tenant's address space.
void follow_orders(Desk& desk) {
  for (;;) {
    (void)rt::call(desk.report, {});
    if (desk.look != 0) {
      desk.seen = rt::object_at<const volatile std::uint64_t>(desk.look);
    } else {
      rt::arch::system_call(desk.registers, desk.reply);
    }
  }
}

Tenant::Tenant(std::string_view name, std::uint64_t number, const rt::CodeCopy& code)
    : name_(name),
      name_space_(new_object(ObjectType::namespace_)),
      table_(new_object(ObjectType::cap_table, kTableBits)),
      space_(new_object(ObjectType::address_space)),
      thread_(new_object(ObjectType::thread)),
      reports_(new_object(ObjectType::endpoint)),
      reply_(new_object(ObjectType::reply)),
      memory_(must(objects().map_new(kMemoryBits), "memory of a tenant")) {
  // Members first: a thread's table and space are its own namespace's.
  for (const rt::Handle member : {table_, space_, thread_}) must(abi::namespace_adopt(name_space_, member), "adopt");
  must(abi::namespace_set_limits(name_space_, 1 << 20, 64, 2, 0, 0), "limits");
  serial_ = must(abi::namespace_usage(name_space_), "usage").serial;
  const rt::Mapping ring = must(objects().map_new(kRingBits), "audit ring");
  must(abi::namespace_set_audit(name_space_, ring.memory, abi::kAuditDelegate | abi::kAuditRevoke | abi::kAuditDenied), "audit");
  records_ = Records(ring);
  own_table_ = give(table_, kAllRights);
  own_space_ = give(space_, kAllRights);
  desk().report = give(reports_, abi::kRightWrite, number);
  start(code);
}

void Tenant::start(const rt::CodeCopy& code) {
  must(abi::address_space_donate(space_, new_object(ObjectType::untyped, kPoolBits)), "donate");
  must(code.map_into(space_), "map the code");
  const std::uint64_t attachment = must(abi::address_space_attach(space_, memory_.memory, kReadWrite), "attach");
  must(abi::address_space_map(space_, kMemoryAddress, attachment, 0, memory_.bytes / abi::kPageBytes, kReadWrite), "map");
  must(abi::thread_configure(thread_, table_, space_, memory_.memory, kMessagePage, reports_), "configure");
  must(abi::thread_set_registers(thread_, rt::address_of(reinterpret_cast<const char*>(&follow_orders)), kStackTop, kMemoryAddress, 0), "registers");
  must(abi::thread_schedule(thread_, objects().own().budget, kPriority), "schedule");
  must(abi::thread_resume(thread_), "resume");
  await_report();
}

Desk& Tenant::desk() const { return rt::object_at<Desk>(memory_.address); }
abi::MessagePage& Tenant::message_page() const { return rt::object_at<abi::MessagePage>(memory_.address + kMessagePage); }

std::uint64_t Tenant::give(rt::Handle source, std::uint64_t rights, std::uint64_t badge) {
  return must(abi::cap_table_copy(table_, source, next_slot_++, rights, badge), "hand");
}

void Tenant::await_report() {
  const auto report = must(rt::wait(reports_, reply_), "report of a tenant");
  faulted_ = report.label == kFault;
  fault_address_ = faulted_ ? std::get<2>(report.words) : 0;
}

void Tenant::go_on() { must(rt::reply(reply_, {}), "order"); }

void Tenant::begin(const Order& order) {
  constexpr std::uint64_t kWords = 8;
  const std::uint64_t tag = static_cast<std::uint64_t>(order.call) | kWords << 8 | order.capabilities << 16 | std::uint64_t{order.label} << 32;
  desk().look = 0;
  desk().registers = {tag, order.handle, order.words};
  go_on();
}

Outcome Tenant::end() {
  await_report();
  const rt::arch::Registers& registers = desk().registers;
  return {static_cast<Error>(registers.tag & 0xff), registers.tag >> 16 & 7, registers.words};
}

void Tenant::await_standstill() const {
  constexpr std::uint64_t kWaiting = 2, kLookNs = 100'000;
  while (must(abi::thread_read_registers(thread_), "registers").state != kWaiting) rt::sleep_until(rt::now_ns() + kLookNs);
}

Outcome Tenant::make(const Order& order) {
  begin(order);
  return end();
}

std::expected<std::uint64_t, std::uint64_t> Tenant::look(std::uint64_t address) {
  desk().look = address;
  go_on();
  await_report();
  if (faulted_) return std::unexpected(fault_address_);
  return desk().seen;
}

}  // namespace tessera::tenants
