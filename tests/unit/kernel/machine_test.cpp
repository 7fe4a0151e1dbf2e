// SPDX-License-Identifier: Apache-2.0
// Machine, IoPorts, Log.
#include <cstring>
#include <string>

#include "kernel/boot/memory_map.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

using Method = abi::MachineMethod;

TEST(machine_info_and_refusals) {
  Machine m;
  arch::hosted::advance(1234);
  const Outcome info = m.invoke(m.machine_cap, Method::info);
  CHECK_EQ(info.words[0], 1234);
  CHECK_EQ(info.words[1], 1);
  CHECK_EQ(m.invoke(m.machine_cap, Method::power_off, {256}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.machine_cap, 55).error, Error::bad_call);
  const std::uint64_t weak = m.copy(m.machine_cap, abi::kRightRead | abi::kRightWrite);
  CHECK_EQ(m.invoke(weak, Method::power_off, {0}).error, Error::no_right);
  CHECK_EQ(m.invoke(weak, Method::make_io_ports, {1, 2, m.table_cap, m.free_slot()}).error, Error::no_right);
}

TEST(the_longest_stretch_is_measured_when_asked) {
  Machine m;
  const auto measure = [&](std::uint64_t on) { return m.invoke(m.machine_cap, Method::measure_interrupts_off, {on}).error; };
  const auto longest = [&] { return m.invoke(m.machine_cap, Method::info).words[2]; };
  CHECK_EQ(measure(2), Error::bad_argument);
  CHECK_EQ(m.invoke(m.copy(m.machine_cap, abi::kRightManage), Method::measure_interrupts_off, {1}).error, Error::no_right);
  CHECK_EQ(measure(1), Error::ok);
  CHECK_EQ(longest(), 0);
  m.run(m.thread(1));
  begin_stretch(this_core());
  arch::hosted::advance(777);  // in an interrupt
  end_stretch(this_core());
  CHECK_EQ(longest(), 777);
  CHECK_EQ(measure(0), Error::ok);
  begin_stretch(this_core());
  arch::hosted::advance(9999);
  end_stretch(this_core());
  CHECK_EQ(longest(), 777);
  CHECK_EQ(measure(1), Error::ok);
  CHECK_EQ(longest(), 0);
}

TEST(io_ports) {
  Machine m;
  const auto make = [&](Words words) { return m.invoke(m.machine_cap, Method::make_io_ports, words); };
  CHECK_EQ(make({5, 4, m.table_cap, m.free_slot()}).error, Error::bad_argument);
  CHECK_EQ(make({5, 0x10000, m.table_cap, m.free_slot()}).error, Error::bad_argument);
  CHECK_EQ(make({0x10, 0x20, m.table_cap, m.free_slot()}).error, Error::overlap);  // the interrupt controller's
  CHECK_EQ(make({0x60, 0x64, m.table_cap, m.table_cap & 0xffff}).error, Error::slot_occupied);
  CHECK_EQ(make({0x60, 0x64, m.untyped_cap, m.free_slot()}).error, Error::wrong_type);
  const std::uint64_t ports = make({0x60, 0x64, m.table_cap, m.free_slot()}).words[0];
  const auto read = [&](std::uint64_t port, std::uint64_t bytes) {
    return m.invoke(ports, abi::IoPortsMethod::read, {port, bytes}).error;
  };
  CHECK_EQ(read(0x60, 1), Error::ok);
  CHECK_EQ(read(0x61, 4), Error::ok);
  CHECK_EQ(read(0x62, 4), Error::bad_argument);
  CHECK_EQ(read(0x5f, 1), Error::bad_argument);
  CHECK_EQ(read(0x65, 1), Error::bad_argument);
  CHECK_EQ(read(0x60, 3), Error::bad_argument);
  CHECK_EQ(read(0x63, 2), Error::ok);
  CHECK_EQ(read(0x64, 2), Error::bad_argument);
  CHECK_EQ(read(~std::uint64_t{0}, 4), Error::bad_argument);
  CHECK(m.invoke(ports, abi::IoPortsMethod::write, {0x60, 1, 5}).ok());
  CHECK_EQ(m.invoke(m.copy(ports, abi::kRightRead), abi::IoPortsMethod::write, {0x60, 1, 5}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(ports, abi::kRightWrite), abi::IoPortsMethod::read, {0x60, 1}).error, Error::no_right);
  CHECK_EQ(m.invoke(ports, 3, {0x60, 1}).error, Error::bad_call);
  check_invariants(m);
  m.revoke(m.machine_cap);
  CHECK_EQ(read(0x60, 1), Error::stale_handle);
}

TEST(device_memory) {
  Machine m;
  BootFacts facts;
  add_ram(facts, 0x10'0000, 0x100'0000);
  settle_ram(facts);
  remember_ram(facts);
  const auto make = [&](Words words) { return m.invoke(m.machine_cap, Method::make_device_memory, words); };
  CHECK_EQ(make({0xfee0'0800, 12, m.table_cap, m.free_slot()}).error, Error::bad_argument);
  CHECK_EQ(make({0xfee0'0000, 11, m.table_cap, m.free_slot()}).error, Error::bad_argument);
  CHECK_EQ(make({0, 41, m.table_cap, m.free_slot()}).error, Error::bad_argument);
  CHECK_EQ(make({std::uint64_t{1} << 48, 12, m.table_cap, m.free_slot()}).error, Error::bad_argument);
  CHECK_EQ(make({0x20'0000, 12, m.table_cap, m.free_slot()}).error, Error::overlap);
  CHECK_EQ(make({0, 21, m.table_cap, m.free_slot()}).error, Error::overlap);
  CHECK_EQ(make({0xfee0'0000, 12, m.table_cap, m.free_slot()}).error, Error::overlap);  // the interrupt controller's
  CHECK_EQ(make({0xfec0'0000, 12, m.table_cap, m.table_cap & 0xffff}).error, Error::slot_occupied);
  CHECK_EQ(make({0xfec0'0000, 12, m.log_cap, m.free_slot()}).error, Error::wrong_type);
  CHECK_EQ(make({0, 20, m.table_cap, m.free_slot()}).error, Error::ok);  // ends where RAM begins
  const std::uint64_t device = make({0xfec0'0000, 12, m.table_cap, m.free_slot()}).words[0];
  // No one's message page or guest state, and nothing behind it either.
  const std::uint64_t t = m.make(ObjectType::thread);
  CHECK_EQ(m.invoke(t, abi::ThreadMethod::configure, {0, 0, device, 0, 0}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(t, abi::ThreadMethod::set_guest_state, {device, 0}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(device, abi::MemoryMethod::info).words[1], 0);
  const std::uint64_t number = m.invoke(m.space_cap, abi::AddressSpaceMethod::attach, {device, 0xff}).words[0];
  CHECK(m.invoke(m.space_cap, abi::AddressSpaceMethod::map, {kHalf, number, 0, 1, abi::kRightRead}).ok());
  m.revoke(m.machine_cap);
  CHECK_EQ(m.invoke(device, abi::MemoryMethod::info).error, Error::stale_handle);
  remember_ram(BootFacts{});
}

static void put_text(Machine& m, std::string_view text) {
  std::memset(&m.message(0).words[8], 0, 448);
  std::memcpy(&m.message(0).words[8], text.data(), text.size());
}

TEST(log_lines) {
  Machine m;
  const std::uint64_t one = m.copy(m.log_cap, abi::kRightWrite, 1), two = m.copy(m.log_cap, kAllRights, 2);
  put_text(m, "first");
  CHECK(m.invoke(m.log_cap, abi::LogMethod::name, {1, 5}).ok());
  CHECK_EQ(m.invoke(m.log_cap, abi::LogMethod::name, {0, 5}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.log_cap, abi::LogMethod::name, {64, 5}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.log_cap, abi::LogMethod::name, {1, 32}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.log_cap, abi::LogMethod::name, {1, 0}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(two, abi::LogMethod::name, {1, 5}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(m.log_cap, abi::kRightWrite), abi::LogMethod::name, {1, 5}).error, Error::no_right);
  const std::uint64_t t = m.make(ObjectType::thread);  // without a message page
  CHECK(m.invoke(t, abi::ThreadMethod::configure, {m.table_cap, m.space_cap, 0, 0, 0}).ok());
  CHECK(m.invoke(t, abi::ThreadMethod::schedule, {m.budget_cap, 9}).ok());
  CHECK(m.invoke(t, abi::ThreadMethod::resume).ok());
  CHECK_EQ(m.invoke(*m.slot(t).as<Thread>(), one, abi::LogMethod::write, {1}).error, Error::not_configured);
  CHECK_EQ(m.invoke(*m.slot(t).as<Thread>(), m.space_cap, abi::AddressSpaceMethod::map_list, {kHalf, 1}).error, Error::not_configured);
  put_text(m, "abc\x1b\ndef");
  CHECK(m.invoke(one, abi::LogMethod::write, {8}).ok());
  CHECK_EQ(m.invoke(one, abi::LogMethod::write, {0}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(one, abi::LogMethod::write, {449}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.copy(m.log_cap, abi::kRightRead), abi::LogMethod::write, {1}).error, Error::no_right);
  put_text(m, "other\n");
  CHECK(m.invoke(two, abi::LogMethod::write, {6}).ok());
  CHECK_EQ(m.invoke(one, 9, {1}).error, Error::bad_call);
  CHECK(arch::hosted::log_text().contains("first: abc?\n"));
  CHECK(arch::hosted::log_text().contains("first: def\n"));
  CHECK(arch::hosted::log_text().contains("component 2: other\n"));
  put_text(m, std::string(448, 'x'));
  CHECK(m.invoke(one, abi::LogMethod::write, {448}).ok());
}

}  // namespace tessera::nucleus::test
