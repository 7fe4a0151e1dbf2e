// SPDX-License-Identifier: Apache-2.0
// Numbers in a block: little endian in file systems, big endian in the journal of ext4. Outside of the
// bytes is a trap: who reads has checked the place.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tessera::fs {

using Bytes = std::span<const std::byte>;
using Room = std::span<std::byte>;

template <typename T>
[[nodiscard]] inline T get(Bytes bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.subspan(at, sizeof(T)).data(), sizeof(T));
  return value;
}
template <typename T>
inline void put(Room bytes, std::size_t at, T value) {
  std::memcpy(bytes.subspan(at, sizeof(T)).data(), &value, sizeof(T));
}

[[nodiscard]] inline std::uint8_t get8(Bytes bytes, std::size_t at) { return get<std::uint8_t>(bytes, at); }
[[nodiscard]] inline std::uint16_t get16(Bytes bytes, std::size_t at) { return get<std::uint16_t>(bytes, at); }
[[nodiscard]] inline std::uint32_t get32(Bytes bytes, std::size_t at) { return get<std::uint32_t>(bytes, at); }
[[nodiscard]] inline std::uint64_t get64(Bytes bytes, std::size_t at) { return get<std::uint64_t>(bytes, at); }
inline void put8(Room bytes, std::size_t at, std::uint64_t value) { put(bytes, at, static_cast<std::uint8_t>(value)); }
inline void put16(Room bytes, std::size_t at, std::uint64_t value) { put(bytes, at, static_cast<std::uint16_t>(value)); }
inline void put32(Room bytes, std::size_t at, std::uint64_t value) { put(bytes, at, static_cast<std::uint32_t>(value)); }
inline void put64(Room bytes, std::size_t at, std::uint64_t value) { put(bytes, at, value); }

[[nodiscard]] inline std::uint16_t get_big16(Bytes bytes, std::size_t at) { return std::byteswap(get16(bytes, at)); }
[[nodiscard]] inline std::uint32_t get_big32(Bytes bytes, std::size_t at) { return std::byteswap(get32(bytes, at)); }
inline void put_big16(Room bytes, std::size_t at, std::uint16_t value) { put(bytes, at, std::byteswap(value)); }
inline void put_big32(Room bytes, std::size_t at, std::uint32_t value) { put(bytes, at, std::byteswap(value)); }

inline void copy(Room to, Bytes from) {
  if (!from.empty()) std::memmove(to.first(from.size()).data(), from.data(), from.size());
}
inline void clear(Room bytes) {
  if (!bytes.empty()) std::memset(bytes.data(), 0, bytes.size());
}
[[nodiscard]] inline bool same(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}
[[nodiscard]] inline std::string_view text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
[[nodiscard]] inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace tessera::fs
