// SPDX-License-Identifier: Apache-2.0
// What an architecture must provide to the nucleus: the headers `arch.hpp`,
// `page_entry.hpp` and `guest.hpp` on the include path, with at least this.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "arch.hpp"
#include "kernel/support/address_types.hpp"

namespace tessera::nucleus {

template <typename F>
concept RegisterFrame = requires(F frame, const F& constant, std::uint64_t value, unsigned index, abi::Error error) {
  { constant.tag() } -> std::same_as<std::uint64_t>;
  frame.set_tag(value);
  frame.set_badge(value);
  { constant.reply_handle() } -> std::same_as<std::uint64_t>;
  frame.set_result(error);
  { constant.word(index) } -> std::same_as<std::uint64_t>;
  frame.set_word(index, value);
  { constant.pc() } -> std::same_as<std::uint64_t>;
  { constant.sp() } -> std::same_as<std::uint64_t>;
  frame.restart_call();
  { F::start(value, value, value) } -> std::same_as<F>;
};

template <typename P>
concept PageEntry = requires(std::uint64_t entry, PhysAddr frame, std::uint8_t rights, unsigned number) {
  { P::used(entry) } -> std::same_as<bool>;
  { P::is_leaf(entry, number) } -> std::same_as<bool>;
  { P::writable(entry) } -> std::same_as<bool>;
  { P::address(entry) } -> std::same_as<PhysAddr>;
  { P::attachment(entry) } -> std::same_as<unsigned>;
  { P::table(frame) } -> std::same_as<std::uint64_t>;
  { P::leaf(frame, rights, number, true, true) } -> std::same_as<std::uint64_t>;
  { P::with_rights(entry, rights) } -> std::same_as<std::uint64_t>;
  { P::without_write(entry) } -> std::same_as<std::uint64_t>;
  { P::small_part(entry, entry) } -> std::same_as<std::uint64_t>;
};

// The functions are a namespace, which a concept cannot take: this names them all
// once, so that a missing one is an error here and not at a distant use.
template <typename Frame>
concept ArchitectureFunctions = requires(Thread& thread, Interrupt& interrupt, std::uint64_t value, std::byte* bytes,
                                         abi::GuestState& state, VirtAddr address, PhysAddr physical) {
  { arch::core_block() } -> std::convertible_to<void*>;
  { arch::direct_map_offset() } -> std::same_as<std::uint64_t>;
  arch::zero_page(bytes);
  arch::zero_bytes(bytes, value);
  { arch::current_root() } -> std::same_as<PhysAddr>;
  arch::flush_range(address, value);
  arch::flush_all();
  arch::publish_tables();
  arch::replace_entry(value, value, address);
  arch::make_executable(physical, value);
  arch::leave_address_space();
  { arch::own_root() } -> std::same_as<PhysAddr>;
  { arch::now_ticks() } -> std::same_as<std::uint64_t>;
  { arch::ns_to_ticks(value) } -> std::same_as<std::uint64_t>;
  { arch::ns_to_clock(value) } -> std::same_as<std::uint64_t>;
  arch::arm_timer(value);
  arch::activate(thread);
  arch::relax();
  arch::doze();
  arch::idle();
  arch::preemption_window();
  arch::kick(thread);
  arch::interrupt_core(1u);
  arch::leave_core();
  arch::bring_home(thread);
  arch::save_extended(thread);
  arch::forget_extended(thread);
  arch::describe_extended(state);
  arch::allocate_interrupt(value, value);
  arch::connect_interrupt(interrupt);
  arch::release_interrupt(interrupt);
  arch::unmask_interrupt(interrupt);
  { arch::device_reserved(physical, value) } -> std::same_as<bool>;
  arch::log_byte(std::uint8_t{0});
};

static_assert(std::same_as<decltype(arch::kHasIoPorts), const bool>);
static_assert(RegisterFrame<arch::Frame> && PageEntry<arch::Pte> && ArchitectureFunctions<arch::Frame>);

}  // namespace tessera::nucleus
