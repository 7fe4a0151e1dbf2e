// SPDX-License-Identifier: Apache-2.0
// The nucleus' calls (abi/nucleus.toml) as functions. <abi/nucleus.client.hpp>
// builds the objects' methods on invoke(). What goes through the message page
// (words 8 and up, capabilities) is put there by the caller.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>
#include <expected>

#include <arch_system_call.hpp>

namespace tessera::rt {

using abi::Error;

struct InvokeResult {
  abi::Error error = abi::Error::ok;
  std::array<std::uint64_t, 8> words{};
};

// A message: what it is about, how many words (the first eight of them here, the
// rest in the message page), and, once received, the sender's badge.
struct Message {
  std::uint32_t label = 0;
  std::uint32_t word_count = 0;
  std::uint32_t caps = 0;
  std::array<std::uint64_t, 8> words{};
  std::uint64_t badge = 0;
};

namespace detail {

constexpr std::uint64_t make_tag(abi::Call number, std::uint32_t label, std::uint64_t words, std::uint64_t caps) {
  return static_cast<std::uint64_t>(number) | (words & 0xff) << 8 | (caps & 7) << 16 | std::uint64_t{label} << 32;
}

constexpr abi::Error error_of(std::uint64_t tag) { return static_cast<abi::Error>(tag & 0xff); }

[[gnu::always_inline]] inline std::expected<Message, Error> exchange(abi::Call number, std::uint64_t handle, std::uint64_t reply,
                                                                     const Message& out) {
  arch::Registers registers{make_tag(number, out.label, out.word_count, out.caps), handle, out.words};
  arch::system_call(registers, reply);
  if (error_of(registers.tag) != Error::ok) [[unlikely]] return std::unexpected(error_of(registers.tag));
  return Message{.label = static_cast<std::uint32_t>(registers.tag >> 32),
                 .word_count = static_cast<std::uint32_t>(registers.tag >> 8 & 0xff),
                 .caps = static_cast<std::uint32_t>(registers.tag >> 16 & 7),
                 .words = registers.words,
                 .badge = registers.handle};
}

[[gnu::always_inline]] inline std::expected<void, Error> checked(std::uint64_t tag) {
  if (error_of(tag) != Error::ok) [[unlikely]] return std::unexpected(error_of(tag));
  return {};
}

}  // namespace detail

// Operates on the object that the handle names.
template <typename... Words>
[[gnu::always_inline]] inline InvokeResult invoke(std::uint64_t handle, std::uint32_t label, Words... words) {
  static_assert(sizeof...(Words) <= 8);
  arch::Registers registers{detail::make_tag(abi::Call::invoke, label, sizeof...(Words), 0), handle,
                            {static_cast<std::uint64_t>(words)...}};
  arch::system_call(registers, 0);
  return {detail::error_of(registers.tag), registers.words};
}

// Sends and waits for the answer. The badge of the answer is 0.
[[nodiscard]] inline std::expected<Message, Error> call(std::uint64_t endpoint, const Message& message) {
  return detail::exchange(abi::Call::call, endpoint, 0, message);
}

// Sends without waiting for an answer; waits until a receiver takes it.
[[nodiscard]] inline std::expected<void, Error> send(std::uint64_t endpoint, const Message& message) {
  const auto done = detail::exchange(abi::Call::send, endpoint, 0, message);
  if (!done) return std::unexpected(done.error());
  return {};
}

// Waits for a message; `reply` (0: none) is the Reply object that will hold a caller.
[[nodiscard]] inline std::expected<Message, Error> wait(std::uint64_t endpoint, std::uint64_t reply) {
  return detail::exchange(abi::Call::wait, endpoint, reply, Message{});
}

// Answers the caller in `reply`, if there is one, and waits for the next message.
[[nodiscard]] inline std::expected<Message, Error> reply_wait(std::uint64_t endpoint, std::uint64_t reply, const Message& answer) {
  return detail::exchange(abi::Call::reply_wait, endpoint, reply, answer);
}

// Answers the caller in `reply`; would_block when it holds none.
[[nodiscard]] inline std::expected<void, Error> reply(std::uint64_t reply_handle, const Message& answer) {
  const auto done = detail::exchange(abi::Call::reply, 0, reply_handle, answer);
  if (!done) return std::unexpected(done.error());
  return {};
}

// The bits collected, at least one; timed_out at `deadline_ns` (absolute, 0: none).
[[nodiscard]] inline std::expected<std::uint64_t, Error> wait_notification(std::uint64_t handle, std::uint64_t deadline_ns = 0) {
  arch::Registers registers{detail::make_tag(abi::Call::wait, 0, 2, 0), handle, {0, deadline_ns}};
  arch::system_call(registers, 0);
  if (detail::error_of(registers.tag) != Error::ok) return std::unexpected(detail::error_of(registers.tag));
  return std::get<0>(registers.words);
}

// Raises the capability's badge in the notification.
inline std::expected<void, Error> notify(std::uint64_t handle) {
  arch::Registers registers{detail::make_tag(abi::Call::notify, 0, 0, 0), handle, {}};
  arch::system_call_small(registers);
  return detail::checked(registers.tag);
}

inline void yield() {
  arch::Registers registers{detail::make_tag(abi::Call::yield, 0, 0, 0), 0, {}};
  arch::system_call_small(registers);
}

// Runs the calling thread's guest until it traps. Its registers are in the
// thread's GuestState page.
[[gnu::always_inline]] [[nodiscard]] inline std::expected<abi::GuestExit, Error> guest_run(std::uint64_t space) {
  std::uint64_t tag = detail::make_tag(abi::Call::guest_run, 0, 0, 0), reason = 0;
  arch::system_call_guest_run(tag, space, reason);
  if (detail::error_of(tag) != Error::ok) [[unlikely]] return std::unexpected(detail::error_of(tag));
  return static_cast<abi::GuestExit>(reason);
}

}  // namespace tessera::rt
