// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/access_list.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kStoredVersion = 1, kShownVersion = 2;
constexpr std::size_t kHeader = 4, kShort = 4, kLong = 8;

// Whether an entry names a user or a group.
bool has_id(std::uint16_t tag) { return tag == 0x2 || tag == 0x8; }
bool known(std::uint16_t tag) { return has_id(tag) || tag == 0x1 || tag == 0x4 || tag == 0x10 || tag == 0x20; }

}  // namespace

Result<std::size_t> shown_list_bytes(Bytes stored) {
  if (stored.size() < kHeader || get32(stored, 0) != kStoredVersion) return fail(Error::corrupt);
  std::size_t count = 0;
  for (std::size_t at = kHeader; at < stored.size(); ++count) {
    if (at + kShort > stored.size() || !known(get16(stored, at))) return fail(Error::corrupt);
    at += has_id(get16(stored, at)) ? kLong : kShort;
    if (at > stored.size()) return fail(Error::corrupt);
  }
  return kHeader + kLong * count;
}

void show_list(Bytes stored, Room to) {
  put32(to, 0, kShownVersion);
  std::size_t out = kHeader;
  for (std::size_t at = kHeader; at < stored.size(); out += kLong) {
    const std::uint16_t tag = get16(stored, at);
    put16(to, out, tag);
    put16(to, out + 2, get16(stored, at + 2));
    put32(to, out + 4, has_id(tag) ? get32(stored, at + 4) : ~0u);
    at += has_id(tag) ? kLong : kShort;
  }
}

Result<std::vector<std::byte>> stored_list(Bytes shown) {
  if (shown.size() < kHeader || (shown.size() - kHeader) % kLong != 0 || get32(shown, 0) != kShownVersion) return fail(Error::invalid);
  std::vector<std::byte> stored(shown.size());
  put32(stored, 0, kStoredVersion);
  std::size_t out = kHeader;
  for (std::size_t at = kHeader; at < shown.size(); at += kLong) {
    const std::uint16_t tag = get16(shown, at);
    if (!known(tag) || get16(shown, at + 2) > 7) return fail(Error::invalid);
    copy(Room(stored).subspan(out), shown.subspan(at, has_id(tag) ? kLong : kShort));
    out += has_id(tag) ? kLong : kShort;
  }
  stored.resize(out);
  return stored;
}

}  // namespace tessera::fs::ext4
