// SPDX-License-Identifier: Apache-2.0
// See README.md.
#include <abi/guest_aarch64.hpp>
#include <abi/nucleus.client.hpp>
#include <array>
#include <atomic>
#include <cstring>
#include <span>
#include <string_view>

#include "components/visitor/guest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"
#include "lib/rt/thread_block.hpp"

namespace {

namespace rt = tessera::rt;
namespace abi = tessera::abi;
using abi::GuestExit;
using abi::GuestState;
using rt::objects;

constexpr std::uint64_t kCode = 0x10000, kData = 0x20000, kNothing = 0x40000;
constexpr std::uint64_t kReadWrite = abi::kRightRead | abi::kRightWrite, kReadExecute = abi::kRightRead | abi::kRightExecute;
constexpr std::uint64_t kUndefined = 0, kInstructionAbort = 0x20, kDataAbort = 0x24;
constexpr std::uint64_t kFlags = 0x6000'0000, kMayHave = 0xf300'1c00, kWriting = 1 << 6;

unsigned wrong = 0;

void check(bool right, std::string_view what) {
  if (right) return;
  ++wrong;
  rt::log("WRONG: {}", what);
}

template <typename T>
T must(std::expected<T, abi::Error> result, std::string_view what) {
  if (!result) rt::panic(what);
  if constexpr (!std::is_void_v<T>) return *result;
}

// Two pages: code and data. The component sees both, to write.
struct Pages {
  rt::Mapping mapped;
  std::uint64_t attachment = 0;
  Pages() {
    const rt::Handle memory = must(objects().make(abi::ObjectType::memory, 13), "memory");
    attachment = must(abi::address_space_attach(objects().own().space, memory, kReadWrite | abi::kRightExecute), "attach");
    mapped = {.address = objects().reserve_addresses(8192), .bytes = 8192, .memory = memory};
    must(abi::address_space_map(objects().own().space, mapped.address, attachment, 0, 2, kReadWrite), "map");
    const std::uint64_t start = rt::address_of(&visitor_code);
    const auto code = rt::bytes_at(start, rt::address_of(&visitor_code_end) - start);
    std::memcpy(rt::bytes_at(mapped.address, 4096).data(), code.data(), code.size());
  }
};

std::uint64_t place_of(const std::byte& label) { return kCode + (rt::address_of(&label) - rt::address_of(&visitor_code)); }

class Guest {
 public:
  Guest(const Pages& pages, GuestState& state, bool shared) : state_(state) {
    space_ = must(objects().make(abi::ObjectType::address_space), "space");
    (void)must(abi::address_space_donate(space_, must(objects().make(abi::ObjectType::untyped, 16), "untyped")), "donate");
    must(abi::address_space_bind_host(space_, objects().own().space, shared ? 1 : 0), "bind");
    must(abi::address_space_map(space_, kCode, pages.attachment, 0, 1, kReadExecute), "map code");
    must(abi::address_space_map(space_, kData, pages.attachment, 4096, 1, kReadWrite), "map data");
  }
  [[nodiscard]] rt::Handle space() const { return space_; }
  [[nodiscard]] GuestState& state() const { return state_; }
  [[nodiscard]] GuestExit run() const {
    const GuestExit why = must(rt::guest_run(space_), "guest_run");
    check(static_cast<std::uint64_t>(why) == state_.exit_reason, "the reason is in the state page");
    return why;
  }
  [[nodiscard]] GuestExit run_at(const std::byte& label) const {
    state_.pc = place_of(label);
    return run();
  }

 private:
  GuestState& state_;
  rt::Handle space_ = 0;
};

std::span<std::uint64_t> registers_of(GuestState& state) { return rt::span_at<std::uint64_t>(rt::address_of(&state), 31); }

void check_call(const Guest& guest) {
  GuestState& state = guest.state();
  std::uint64_t number = 0x1234'5678'9abc'def0;
  for (std::uint64_t& one : registers_of(state)) one = number += 0x1111'0101'1001'1111;
  state.sp = 0x7777'7777'7770;
  state.pstate = kFlags;
  const GuestState before = state;
  check(guest.run_at(visitor_call) == GuestExit::syscall, "a call ends the run");
  check(std::memcmp(&before, &state, 31 * 8) == 0 && before.sp == state.sp, "a call keeps the registers");
  check(state.pc == place_of(visitor_call) + 4, "the guest is behind its call");
  check((state.pstate & kMayHave) == kFlags, "a call keeps the flags");
  for (unsigned i = 0; i < 1000; ++i) check(guest.run() == GuestExit::syscall, "a call again");
  state.pstate = ~std::uint64_t{0};
  check(guest.run_at(visitor_call) == GuestExit::syscall && (state.pstate & ~kMayHave) == 0, "a hostile state gains nothing");
}

void check_vectors(const Guest& guest, const Guest& other) {
  GuestState& state = guest.state();
  state.x0 = 0xfeed'f00d'dead'beef;
  check(guest.run_at(visitor_vectors) == GuestExit::syscall, "a call after vectors");
  must(abi::thread_sync_guest(rt::current().thread), "sync");
  std::array<std::uint64_t, 2> saved{};
  std::memcpy(saved.data(), std::span(state.extended).subspan(7 * 16).data(), 8);
  std::memcpy(std::span(saved).subspan(1).data(), std::span(state.extended).subspan(31 * 16 + 8).data(), 8);
  check(saved.front() == state.x0 && saved.back() == state.x0, "sync_guest writes the vectors");
  const std::uint64_t pc = state.pc;
  check(other.run_at(visitor_call) == GuestExit::syscall, "another space between");
  state.pc = pc;
  check(guest.run() == GuestExit::syscall && state.x1 == state.x0 && state.x2 == state.x0, "vectors are kept");
  const std::uint64_t changed = 0x0123'4567'89ab'cdef;
  std::memcpy(std::span(state.extended).subspan(7 * 16).data(), &changed, 8);
  state.load_extended = 1;
  state.pc = pc;
  check(guest.run() == GuestExit::syscall && state.x1 == changed && state.load_extended == 0, "changed vectors are loaded");
}

void check_fault(const Guest& guest, const std::byte& label, std::uint64_t address, std::uint64_t code_bits, std::string_view what) {
  GuestState& state = guest.state();
  state.x3 = address;
  const bool right = guest.run_at(label) == GuestExit::page_fault && state.vector == kDataAbort && state.fault_address == address &&
                     (state.fault_code & kWriting) == code_bits && state.pc == place_of(label);
  check(right, what);
}

void check_faults(const Guest& guest, bool shared) {
  GuestState& state = guest.state();
  check_fault(guest, visitor_load, kNothing, 0, "a load from nowhere");
  check_fault(guest, visitor_store, kNothing + 8, kWriting, "a store to nowhere");
  check_fault(guest, visitor_store, kCode, kWriting, "a store to code");
  check_fault(guest, visitor_load, 0xffff'ffff'8000'0000, 0, "the nucleus' image is out of reach");
  if (!shared) check_fault(guest, visitor_load, rt::address_of(&state), 0, "the component is out of reach");
  check_fault(guest, visitor_load, 0x0000'9000'0000'0000, 0, "there is nothing above the guest's half");
  state.x3 = kData;
  state.x2 = 4711;
  check(guest.run_at(visitor_store) == GuestExit::syscall, "a store to data");
  state.x2 = 0;
  check(guest.run_at(visitor_load) == GuestExit::syscall && state.x2 == 4711, "a load of what was stored");
  state.pc = kNothing;
  check(guest.run() == GuestExit::page_fault && state.vector == kInstructionAbort && state.fault_address == kNothing, "a jump to nowhere");
  state.pc = kData;
  check(guest.run() == GuestExit::page_fault && state.vector == kInstructionAbort, "data cannot be executed");
  for (const auto& [label, what] : {std::pair{&visitor_undefined, "undefined"}, std::pair{&visitor_scalable, "SVE is undefined"}}) {
    check(guest.run_at(*label) == GuestExit::exception && state.vector == kUndefined && state.pc == place_of(*label), what);
  }
  check(guest.run_at(visitor_privileged) == GuestExit::exception, "a privileged register");
}

void check_pointer(const Guest& guest) {
  const auto* const own = &rt::current();
  guest.state().tpidr = 41;
  check(guest.run_at(visitor_pointer) == GuestExit::syscall && guest.state().tpidr == 42, "the guest's thread pointer");
  check(&rt::current() == own, "the component's thread pointer");
}

// Another thread ends the endless loop.
void check_kick(const Guest& guest) {
  static constinit std::atomic<rt::Handle> whom = 0;
  whom.store(rt::current().thread);
  guest.state().x0 = 0;
  const auto kicker = rt::Thread::create({.entry = [](void*) {
                                            rt::sleep_until(rt::now_ns() + 20'000'000);
                                            (void)abi::thread_kick(whom.load());
                                          },
                                          .priority = 120});
  if (!kicker) rt::panic("a thread");
  check(guest.run_at(visitor_spin) == GuestExit::kick, "a kick ends the run");
  check(guest.state().x0 > 1000, "the guest ran meanwhile");
  must(abi::thread_kick(rt::current().thread), "kick");
  check(guest.run() == GuestExit::kick, "a kick before the run is not lost");
}

// What the component writes into the guest's code is what runs, once it is made executable again.
void check_changed_code(const Guest& guest, const Pages& pages) {
  auto& instruction = rt::object_at<std::uint32_t>(pages.mapped.address + (place_of(visitor_undefined) - kCode));
  const std::uint32_t before = instruction;
  constexpr std::uint32_t kSystemCall = 0xd400'0001;
  instruction = kSystemCall;
  must(abi::address_space_protect(guest.space(), kCode, 1, kReadExecute), "protect");
  check(guest.run_at(visitor_undefined) == GuestExit::syscall, "changed code runs");
  instruction = before;
  must(abi::address_space_protect(guest.space(), kCode, 1, kReadExecute), "protect");
  check(guest.run_at(visitor_undefined) == GuestExit::exception, "and its old self again");
}

// As after a fork: the data is shared until somebody writes.
void check_copy(const Guest& guest, const Guest& child) {
  (void)must(abi::address_space_unmap(child.space(), kData, 1), "unmap");
  (void)must(abi::address_space_copy_range(child.space(), guest.space(), kData, 1, 1), "copy");
  check_fault(guest, visitor_store, kData, kWriting, "the parent's first store");
  check_fault(child, visitor_store, kData, kWriting, "the child's first store");
  child.state().x2 = 0;
  child.state().x3 = kData;
  check(child.run_at(visitor_load) == GuestExit::syscall && child.state().x2 == 4711, "the child reads the parent's data");
}

}  // namespace

int component_main(const rt::Start& start) {
  start.ready();
  const Pages pages;
  const auto page = must(objects().map_new(12), "state page");
  must(abi::thread_set_guest_state(rt::current().thread, page.memory, 0), "guest state");
  auto& state = rt::object_at<GuestState>(page.address);
  for (const bool shared : {false, true}) {
    const Guest guest(pages, state, shared), other(pages, state, shared);
    check_call(guest);
    check_vectors(guest, other);
    check_faults(guest, shared);
    check_pointer(guest);
    check_kick(guest);
    check_changed_code(guest, pages);
    check_copy(guest, other);
    rt::log("{} view: {} wrong", shared ? "shared" : "protected", wrong);
  }
  if (wrong == 0) rt::log("all of this is as it should be");
  return wrong == 0 ? 0 : 1;
}
