// SPDX-License-Identifier: Apache-2.0
// What an architecture must provide to the nucleus: the functions of `arch_functions.hpp`,
// and the headers `arch.hpp`, `page_entry.hpp` and `guest.hpp` on the include path, with
// at least this.
#pragma once

#include <concepts>
#include <cstdint>

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

static_assert(std::same_as<decltype(arch::kHasIoPorts), const bool>);
static_assert(RegisterFrame<arch::Frame> && PageEntry<arch::Pte>);

}  // namespace tessera::nucleus
