// SPDX-License-Identifier: Apache-2.0
// A generated protocol whose requests are calls of an endpoint (abi/protocols, transport "call").
//
//   label   upper half of the protocol's hash, with the operation in its lower 16 bits: a caller that was built for
//           another protocol sends labels that nobody knows
//   words   0: bytes of data, 1 to 5: the request's words; data from word 8 on, in the message page
//   answer  label: the status, kUnknownLabel to what is no request; word 0: bytes of data, 1 and 2: the results
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

inline constexpr std::size_t kMostAskBytes = sizeof(abi::MessagePage::words) - abi::kRegisterWords * 8;
inline constexpr std::uint32_t kUnknownLabel = ~std::uint32_t{0};
inline constexpr std::uint32_t kOperationMask = 0xffff;

template <typename Protocol>
inline constexpr std::uint32_t kLabelOf = static_cast<std::uint32_t>(Protocol::kHash >> 32) & ~kOperationMask;

namespace detail {

inline std::span<std::byte> message_data() {
  return std::as_writable_bytes(std::span(current().message_page->words).subspan(abi::kRegisterWords));
}

// With `data`, as much as fits, behind the register words.
inline Message with_data(std::uint32_t label, std::span<const std::byte> data) {
  const std::size_t bytes = std::min(data.size(), kMostAskBytes);
  std::memcpy(message_data().data(), data.data(), bytes);
  Message message{.label = label, .word_count = static_cast<std::uint32_t>(abi::kRegisterWords + (bytes + 7) / 8)};
  message.words.front() = bytes;
  return message;
}

// Copied: the page is used for the next message.
inline std::span<std::byte> take_data(const Message& message, std::span<std::byte> to) {
  const std::size_t sent = message.word_count < abi::kRegisterWords ? 0 : (message.word_count - abi::kRegisterWords) * 8;
  const std::size_t bytes = std::min({static_cast<std::size_t>(message.words.front()), sent, to.size(), kMostAskBytes});
  std::memcpy(to.data(), message_data().data(), bytes);
  return to.first(bytes);
}

}  // namespace detail

// What an operation answered: its results, and how many bytes of data.
template <typename R>
struct Told {
  typename R::Answer results{};
  std::size_t bytes = 0;
};

// Status 0 in `error()`: nobody who speaks this protocol answered.
template <typename Protocol, typename R>
[[nodiscard]] std::expected<Told<R>, typename R::Status> ask(std::uint64_t endpoint, const R& request, std::span<const std::byte> in = {},
                                                             std::span<std::byte> out = {}) {
  using Status = typename R::Status;
  Message message = detail::with_data(kLabelOf<Protocol> | static_cast<std::uint16_t>(R::kOperation), in);
  std::ranges::copy(request.words(), std::span(message.words).subspan(1).begin());
  const auto answer = call(endpoint, message);
  if (!answer) return std::unexpected(Status{});
  if (answer->label != 0) return std::unexpected(Protocol::status(answer->label).value_or(Status{}));
  // What was not sent is what the caller had there.
  const auto word = [&](std::size_t number) { return number < answer->word_count ? answer->words.at(number) : 0; };
  const auto results = R::Answer::of_words({word(1), word(2)});
  if (!results) return std::unexpected(Status{});
  return Told<R>{*results, detail::take_data(*answer, out).size()};
}

// A request as its receiver has it.
struct Asked {
  std::uint16_t operation = 0;
  std::array<std::uint64_t, 5> words{};
  std::span<const std::byte> data;
};

// None: it is no request of this protocol. The data is copied to `room`, and cut where that is too small.
template <typename Protocol>
[[nodiscard]] std::optional<Asked> asked(const Message& message, std::span<std::byte> room) {
  if ((message.label & ~kOperationMask) != kLabelOf<Protocol>) return std::nullopt;
  Asked request;
  request.operation = static_cast<std::uint16_t>(message.label & kOperationMask);
  if (message.word_count < abi::kRegisterWords) return std::nullopt;
  std::ranges::copy(std::span(message.words).subspan(1, 5), request.words.begin());
  request.data = detail::take_data(message, room);
  return request;
}

// What answers it.
template <typename R>
[[nodiscard]] Message answer_to(const typename R::Answer& results, std::span<const std::byte> data = {}) {
  Message message = detail::with_data(0, data);
  std::ranges::copy(results.words(), std::span(message.words).subspan(1).begin());
  return message;
}

template <typename Status>
[[nodiscard]] Message refusal(Status status) {
  return {.label = static_cast<std::uint32_t>(status)};
}

}  // namespace tessera::rt
