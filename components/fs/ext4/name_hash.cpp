// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/name_hash.hpp"

#include <bit>

namespace tessera::fs::ext4 {

namespace {

using Words = std::array<std::uint32_t, 8>;

std::uint32_t character(char c, bool is_unsigned) {
  return is_unsigned ? static_cast<unsigned char>(c) : static_cast<std::uint32_t>(static_cast<signed char>(c));
}

// The name's first characters as `count` words, filled up with its length.
Words words_of(std::string_view name, std::size_t count, bool is_unsigned) {
  const auto length = static_cast<std::uint32_t>(name.size());
  std::uint32_t pad = length | length << 8;
  pad |= pad << 16;
  Words words{};
  for (std::size_t word = 0; word < count; ++word) {
    std::uint32_t value = pad;
    for (std::size_t i = word * 4; i < word * 4 + 4 && i < name.size(); ++i) value = character(name[i], is_unsigned) + (value << 8);
    words[word] = value;
  }
  return words;
}

// A third of MD4, with 8 words.
void half_md4(std::array<std::uint32_t, 4>& state, const Words& in) {
  auto [a, b, c, d] = state;
  const auto turn = [](std::uint32_t& w, std::uint32_t value, int by) { w = std::rotl(w + value, by); };
  const auto f = [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return z ^ (x & (y ^ z)); };
  const auto g = [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) + ((x ^ y) & z); };
  const auto h = [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return x ^ y ^ z; };
  const auto round = [&](auto mix, std::array<std::uint8_t, 8> order, std::array<int, 4> by, std::uint32_t constant) {
    for (std::size_t i = 0; i < 8; i += 4) {
      turn(a, mix(b, c, d) + in[order[i]] + constant, by[0]);
      turn(d, mix(a, b, c) + in[order[i + 1]] + constant, by[1]);
      turn(c, mix(d, a, b) + in[order[i + 2]] + constant, by[2]);
      turn(b, mix(c, d, a) + in[order[i + 3]] + constant, by[3]);
    }
  };
  round(f, {0, 1, 2, 3, 4, 5, 6, 7}, {3, 7, 11, 19}, 0);
  round(g, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 5, 9, 13}, 0x5a82'7999);
  round(h, {3, 7, 2, 6, 1, 5, 0, 4}, {3, 9, 11, 15}, 0x6ed9'eba1);
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

// The Tiny Encryption Algorithm, 16 rounds.
void tea(std::array<std::uint32_t, 4>& state, const Words& key) {
  std::uint32_t sum = 0, x = state[0], y = state[1];
  for (int n = 0; n < 16; ++n) {
    sum += 0x9e37'79b9;
    x += ((y << 4) + key[0]) ^ (y + sum) ^ ((y >> 5) + key[1]);
    y += ((x << 4) + key[2]) ^ (x + sum) ^ ((x >> 5) + key[3]);
  }
  state[0] += x;
  state[1] += y;
}

std::uint32_t legacy(std::string_view name, bool is_unsigned) {
  std::uint32_t last = 0x12a3'fe2d, before = 0x37ab'e8f9;
  for (const char c : name) {
    std::uint32_t hash = before + (last ^ (character(c, is_unsigned) * 7152373u));
    if ((hash & 0x8000'0000) != 0) hash -= 0x7fff'ffff;
    before = last;
    last = hash;
  }
  return last << 1;
}

}  // namespace

std::optional<NameHasher> NameHasher::of(std::uint8_t version, bool unsigned_characters, const std::array<std::uint32_t, 4>& seed) {
  if (version > 5) return std::nullopt;
  return NameHasher{.kind = static_cast<HashKind>(version % 3), .unsigned_characters = unsigned_characters || version > 2, .seed = seed};
}

std::uint32_t NameHasher::operator()(std::string_view name) const {
  std::array<std::uint32_t, 4> state{0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476};
  if (seed != std::array<std::uint32_t, 4>{}) state = seed;
  std::uint32_t hash = 0;
  switch (kind) {
    case HashKind::legacy: hash = legacy(name, unsigned_characters); break;
    case HashKind::half_md4:
      for (; !name.empty(); name.remove_prefix(name.size() < 32 ? name.size() : 32)) half_md4(state, words_of(name, 8, unsigned_characters));
      hash = state[1];
      break;
    case HashKind::tea:
      for (; !name.empty(); name.remove_prefix(name.size() < 16 ? name.size() : 16)) tea(state, words_of(name, 4, unsigned_characters));
      hash = state[0];
      break;
  }
  hash &= ~1u;
  return hash == 0xffff'fffe ? 0xffff'fffc : hash;
}

}  // namespace tessera::fs::ext4
