// SPDX-License-Identifier: Apache-2.0
// A driver that does harm, for tests: see README.md.
#include <abi/nucleus.client.hpp>

#include "lib/ddk/pci_function.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace {

using namespace tessera;

rt::Grant must_find(const rt::Start& start, std::string_view name) {
  const auto grant = start.grant(name, abi::ObjectType::interrupt);
  if (!grant) rt::panic("an interrupt is missing");
  return *grant;
}

// Its badge is the bit that it raises.
void must_bind(const rt::Grant& interrupt, rt::Handle raised, std::uint64_t bit) {
  const auto badged = rt::objects().copy(raised, abi::kRightWrite, bit);
  if (!badged || !abi::interrupt_bind(interrupt.handle, *badged)) rt::panic("an interrupt cannot be bound");
}

rt::Handle must_make_notification() {
  const auto made = rt::objects().make(abi::ObjectType::notification);
  if (!made) rt::panic("it has no memory");
  return *made;
}

// QEMU, docs/specs/edu.txt.
[[noreturn]] void storm(const rt::Start& start) {
  constexpr std::size_t kRaise = 0x60, kLower = 0x64;
  const rt::Mmio device = ddk::PciFunction(start).bar(0);
  if (device.size() == 0) rt::panic("there is no device");
  must_bind(must_find(start, "device.interrupt"), must_make_notification(), 1);
  rt::log("its device interrupts without end");
  start.ready();
  for (;;) {
    device.write_at<std::uint32_t>(kRaise, 1);
    device.write_at<std::uint32_t>(kLower, 1);
  }
}

// Intel 82574 datasheet, 10.2.4: which message an interrupt cause is, which causes may, and one that software sets.
void interrupt_by_software(const rt::Mmio& device) {
  constexpr std::size_t kCauses = 0xc0, kSetCauses = 0xc8, kMask = 0xd0, kMessages = 0xe4;
  constexpr std::uint32_t kOther = 1u << 24, kLinkChanged = 1u << 2, kMessageOfOther = 1u << 19;
  device.write_at<std::uint32_t>(kMessages, kMessageOfOther);
  device.write_at<std::uint32_t>(kCauses, ~0u);
  device.write_at<std::uint32_t>(kMask, kOther | kLinkChanged);
  device.write_at<std::uint32_t>(kSetCauses, kOther | kLinkChanged);
}

// Bits of what came by the time that nothing more is to be expected.
std::uint64_t wait_for(rt::Handle raised) {
  constexpr std::uint64_t kPatienceNs = 200'000'000;
  return rt::wait_notification(raised, rt::now_ns() + kPatienceNs).value_or(0);
}

int foreign(const rt::Start& start) {
  constexpr std::uint64_t kOwn = 1, kOther = 2;
  const ddk::PciFunction function(start);
  const rt::Mmio device = function.bar(0);
  const ddk::MsixTable table(function);
  if (device.size() == 0) rt::panic("there is no device");
  const rt::Grant own = must_find(start, "device.interrupt"), other = must_find(start, "device1.interrupt");
  const rt::Handle raised = must_make_notification();
  must_bind(own, raised, kOwn);
  must_bind(other, raised, kOther);
  start.ready();
  const auto send = [&](const rt::Grant& which) {
    if (!table.set(0, {.address = which.address, .data = which.extra})) rt::panic("it has no table of messages");
    interrupt_by_software(device);
    return wait_for(raised);
  };
  rt::log("{} came of another device's message", (send(other) & kOther) != 0 ? "an interrupt" : "nothing");
  rt::log("{} came of its own", (send(own) & kOwn) != 0 ? "an interrupt" : "nothing");
  return 0;
}

[[gnu::noinline]] void landed() { rt::log("it ran a function that it jumped into the middle of"); }

// Calls what lies behind that function's first instruction, its landing pad.
int astray() {
  constexpr std::uintptr_t kInstructionBytes = 4;
  // volatile: a branch whose target the compiler knew would be a direct one, which nothing checks.
  volatile std::uintptr_t behind = reinterpret_cast<std::uintptr_t>(&landed) + kInstructionBytes;
  reinterpret_cast<void (*)()>(behind)();
  return 0;
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto mood = start.config("mood").value_or("storm");
  if (mood == "storm") storm(start);
  return mood == "astray" ? astray() : foreign(start);
}
