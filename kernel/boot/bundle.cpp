// SPDX-License-Identifier: Apache-2.0
#include "kernel/boot/bundle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tessera::nucleus {

namespace {

using Bytes = std::span<const std::byte>;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version, entry_count;
  std::uint64_t total_bytes, entries_hash;
};
struct Entry {
  std::array<char, 40> name;
  std::uint32_t kind, reserved;
  std::uint64_t offset, bytes, hash;
};
static_assert(sizeof(Header) == 32 && sizeof(Entry) == 72);

std::uint64_t hash64(Bytes bytes) {
  std::uint64_t hash = 0x9e3779b97f4a7c15 ^ bytes.size();
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t part = std::min<std::size_t>(8, bytes.size());
    std::memcpy(&word, bytes.data(), part);
    hash = std::rotl(hash ^ word, 29) * 0xbf58476d1ce4e5b9;
    bytes = bytes.subspan(part);
  }
  return hash ^ hash >> 32;
}

}  // namespace

std::expected<Bytes, std::string_view> find_in_bundle(Bytes bundle, std::string_view name) {
  const auto bad = [](std::string_view why) { return std::unexpected(why); };
  Header header;
  if (bundle.size() < sizeof header) return bad("the bundle is truncated");
  std::memcpy(&header, bundle.data(), sizeof header);
  if (std::string_view(header.magic.data(), header.magic.size()) != "TESSBNDL") return bad("the boot module is not a Tessera bundle");
  if (header.version != 1) return bad("the bundle is of another version");
  if (header.total_bytes > bundle.size() || header.entry_count > 4096 ||
      sizeof header + header.entry_count * sizeof(Entry) > bundle.size()) {
    return bad("the bundle is truncated");
  }
  const Bytes entries = bundle.subspan(sizeof header, header.entry_count * sizeof(Entry));
  if (hash64(entries) != header.entries_hash) return bad("the bundle is corrupt");
  for (std::size_t at = 0; at < entries.size(); at += sizeof(Entry)) {
    Entry entry;
    std::memcpy(&entry, entries.subspan(at).data(), sizeof entry);
    const std::string_view whole(entry.name.data(), entry.name.size());
    if (whole.substr(0, whole.find('\0')) != name) continue;
    if (entry.offset > bundle.size() || entry.bytes > bundle.size() - entry.offset) return bad("the bundle is corrupt");
    const Bytes content = bundle.subspan(entry.offset, entry.bytes);
    if (hash64(content) != entry.hash) return bad("the bundle is corrupt: genesis is damaged");
    return content;
  }
  return bad("the bundle has no genesis");
}

}  // namespace tessera::nucleus
