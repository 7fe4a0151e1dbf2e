// SPDX-License-Identifier: Apache-2.0
// Values in memory that an untrusted peer may write to at any time: each word is read exactly
// once, into a copy, and what is checked is the copy.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace tessera::ring {

// What may be passed so: whole words, without padding that would tell what it should not.
template <typename T>
concept Entry = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T> && sizeof(T) % 8 == 0;

template <Entry T>
class Shared {
 public:
  [[nodiscard]] T load() const {
    Words copy;
    for (std::size_t i = 0; i < copy.size(); ++i) copy[i] = words_[i].load(std::memory_order_relaxed);
    return std::bit_cast<T>(copy);
  }
  void store(const T& value) {
    const auto copy = std::bit_cast<Words>(value);
    for (std::size_t i = 0; i < copy.size(); ++i) words_[i].store(copy[i], std::memory_order_relaxed);
  }

 private:
  using Words = std::array<std::uint64_t, sizeof(T) / 8>;
  std::array<std::atomic<std::uint64_t>, sizeof(T) / 8> words_;
};

// The first `count` of such values in `memory`, which is aligned for them and large enough.
// Whatever the bytes are, they are values.
template <Entry T>
[[nodiscard]] std::span<Shared<T>> shared_in(std::span<std::byte> memory, std::size_t count) {
  static_assert(sizeof(Shared<T>) == sizeof(T));
  const auto place = memory.first(count * sizeof(T));
#pragma clang unsafe_buffer_usage begin
  return std::span(reinterpret_cast<Shared<T>*>(place.data()), count);
#pragma clang unsafe_buffer_usage end
}

// Bytes of such memory, each read or written once: names and the like, of which any bytes will do.
inline void load_bytes(std::span<const std::byte> from, std::span<std::byte> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::atomic_ref(const_cast<std::byte&>(from[i])).load(std::memory_order_relaxed);
}
inline void store_bytes(std::span<std::byte> to, std::span<const std::byte> from) {
  for (std::size_t i = 0; i < from.size(); ++i) std::atomic_ref(to[i]).store(from[i], std::memory_order_relaxed);
}

}  // namespace tessera::ring
