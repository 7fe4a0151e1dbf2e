// SPDX-License-Identifier: Apache-2.0
// A generated protocol (<abi/protocols/NAME.hpp>) over a channel: typed requests as the ring's words, and
// back. Both ends have the same hash, so a request that is none of the protocol's comes from a client that
// breaks the rules: ChannelServer::refuse_client().
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "lib/ring/channel_client.hpp"
#include "lib/ring/channel_server.hpp"

namespace tessera::ring {

// A request of a generated protocol.
template <typename R>
concept TypedRequest = requires(const R& request) {
  typename R::Answer;
  { R::kClientWrites || R::kServerWrites || R::kPieces } -> std::same_as<bool>;
  { request.words() } -> std::same_as<std::array<std::uint64_t, 5>>;
};

// What submit() takes; flags, resends and the cookie are the caller's to set, and data_bytes for pieces.
template <TypedRequest R>
[[nodiscard]] constexpr Request request_for(const R& typed, const Buffer& buffer = {}) {
  return {.operation = static_cast<std::uint16_t>(R::kOperation), .buffer = buffer, .arguments = typed.words()};
}

// The least that a buffer of such a request has.
template <TypedRequest R>
[[nodiscard]] constexpr std::size_t least_buffer() {
  std::size_t least = 0;
  if constexpr (requires { typename R::InBuffer; }) least = sizeof(typename R::InBuffer);
  if constexpr (requires { typename R::OutBuffer; }) least = std::max(least, sizeof(typename R::OutBuffer));
  return least;
}

// The buffer is such a one: of a form that the request may have, large enough for each of its structs,
// and aligned for them.
template <TypedRequest R>
[[nodiscard]] constexpr bool buffer_fits(const Buffer& buffer) {
  if (!R::kClientWrites && !R::kServerWrites) return buffer.bytes == 0 && buffer.form == Form::direct;
  if (buffer.form == Form::pieces) return R::kPieces;
  constexpr std::uint32_t kAligned = alignof(std::uint64_t);
  if (least_buffer<R>() == 0) return true;
  return buffer.bytes >= least_buffer<R>() && buffer.offset % kAligned == 0 && (!R::kClientWrites || !R::kServerWrites || buffer.bytes % kAligned == 0);
}

// Where `bytes` of answer lie in a buffer that has as much. Where the client writes, too, they are the last: a
// server that is killed before it said so leaves the request as it was, for the next one to do.
template <TypedRequest R>
[[nodiscard]] std::span<std::byte> answer_part(std::span<std::byte> buffer, std::size_t bytes) {
  return R::kClientWrites ? buffer.last(bytes) : buffer.first(bytes);
}

// Calls `act` with the typed request that `work` is. False: it is none, and nothing was called.
template <typename Protocol, typename Act>
[[nodiscard]] bool decode(const Work& work, Act&& act) {
  if ((work.flags & ~Protocol::kFlags) != 0) return false;
  bool fits = false;
  const bool known = Protocol::decode(work.operation, work.arguments, [&](const auto& request) {
    fits = buffer_fits<std::remove_cvref_t<decltype(request)>>(work.buffer);
    if (fits) act(request);
  });
  return known && fits;
}

// The struct that a buffer begins with, read once; of a buffer that buffer_fits().
template <Entry T>
[[nodiscard]] T load_struct(std::span<std::byte> buffer) {
  return shared_in<T>(buffer, 1).front().load();
}
template <Entry T>
void store_struct(std::span<std::byte> buffer, const T& value) {
  shared_in<T>(buffer, 1).front().store(value);
}

}  // namespace tessera::ring
