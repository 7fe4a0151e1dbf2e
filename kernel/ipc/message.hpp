// SPDX-License-Identifier: Apache-2.0
// What a message is made of, and moving one between threads.
#pragma once

#include "kernel/namespace/crossing.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

// The tag word of the ABI: call number or error, counts, label.
struct Tag {
  std::uint64_t value = 0;
  [[nodiscard]] constexpr unsigned call() const { return value & 0xff; }
  [[nodiscard]] constexpr unsigned words() const { return (value >> 8) & 0xff; }
  [[nodiscard]] constexpr unsigned capabilities() const { return (value >> 16) & 7; }
  [[nodiscard]] constexpr std::uint32_t label() const { return static_cast<std::uint32_t>(value >> 32); }
  // At most eight words and no capabilities: registers are enough.
  [[nodiscard]] constexpr bool fits_registers() const { return ((value >> 8) & 0x7ff) <= abi::kRegisterWords; }
  [[nodiscard]] static constexpr Tag make(std::uint32_t label, unsigned words, unsigned capabilities = 0) {
    return {(std::uint64_t{label} << 32) | (capabilities << 16) | (words << 8)};
  }
};

inline constexpr std::uint32_t kFaultLabel = 0x66617574;  // a thread's fault, sent in its name
inline constexpr std::uint64_t kFaultTag = Tag::make(kFaultLabel, std::tuple_size_v<FaultWords>).value;

// Copies the words that travel in registers.
inline void copy_register_words(const arch::Frame& from, arch::Frame& to, unsigned words) {
  switch (words) {
    default: to.set_word(7, from.word(7)); [[fallthrough]];
    case 7: to.set_word(6, from.word(6)); [[fallthrough]];
    case 6: to.set_word(5, from.word(5)); [[fallthrough]];
    case 5: to.set_word(4, from.word(4)); [[fallthrough]];
    case 4: to.set_word(3, from.word(3)); [[fallthrough]];
    case 3: to.set_word(2, from.word(2)); [[fallthrough]];
    case 2: to.set_word(1, from.word(1)); [[fallthrough]];
    case 1: to.set_word(0, from.word(0)); [[fallthrough]];
    case 0: break;
  }
}

inline void set_fault_words(arch::Frame& to, const FaultWords& words) {
  for (unsigned i = 0; i < words.size(); ++i) to.set_word(i, words[i]);
}

// Delivers the message in `from`'s registers and message page to `to`, whose call
// thereby ends without error. `grant`: capabilities may go along, to other namespaces
// by the sender's own hand or through the gate.
void transfer(Thread& from, Thread& to, std::uint64_t badge, bool grant, const Gate& gate) REQUIRES(object_lock);

// Whether the sender's message can be delivered: counts in range, a page for what
// needs one.
Error check_message(const Thread& from);

}  // namespace tessera::nucleus
