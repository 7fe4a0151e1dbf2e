// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/unicode.hpp"

#include <array>
#include <cstdint>

namespace tessera::fs::fat {

namespace {

// What lies behind ASCII in code page 437.
constexpr std::array<char16_t, 128> k437 = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5,
    0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192,
    0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510,
    0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
    0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229,
    0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

void add_utf8(Text& to, std::uint32_t code) {
  const auto tail = [&](unsigned shift) { to.add(static_cast<char>(0x80 | (code >> shift & 0x3f))); };
  if (code < 0x80) {
    to.add(static_cast<char>(code));
  } else if (code < 0x800) {
    to.add(static_cast<char>(0xc0 | code >> 6));
    tail(0);
  } else if (code < 0x1'0000) {
    to.add(static_cast<char>(0xe0 | code >> 12));
    tail(6), tail(0);
  } else {
    to.add(static_cast<char>(0xf0 | code >> 18));
    tail(12), tail(6), tail(0);
  }
}

constexpr bool first_half(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool second_half(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

}  // namespace

std::optional<Text> to_utf8(std::span<const char16_t> units) {
  Text text;
  text.reserve(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::uint32_t code = units[i];
    if (second_half(code)) return std::nullopt;
    if (first_half(code)) {
      if (++i == units.size() || !second_half(units[i])) return std::nullopt;
      code = 0x1'0000 + ((code & 0x3ff) << 10 | (units[i] & 0x3ffu));
    }
    add_utf8(text, code);
  }
  return text;
}

std::optional<std::vector<char16_t>> to_utf16(std::string_view text) {
  std::vector<char16_t> units;
  for (std::size_t i = 0; i < text.size();) {
    const auto head = static_cast<unsigned char>(text[i++]);
    const unsigned more = head < 0x80 ? 0 : head >= 0xc2 && head < 0xe0 ? 1 : head >= 0xe0 && head < 0xf0 ? 2 : head >= 0xf0 && head < 0xf5 ? 3 : 4;
    if (more == 4 || text.size() - i < more) return std::nullopt;
    std::uint32_t code = more == 0 ? head : head & (0x3fu >> more);
    for (unsigned k = 0; k < more; ++k) {
      const auto next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xc0) != 0x80) return std::nullopt;
      code = code << 6 | (next & 0x3f);
    }
    // Written longer than it needs to be, half of a pair, or no character.
    if ((more == 2 && code < 0x800) || (more == 3 && code < 0x1'0000) || first_half(code) || second_half(code) || code > 0x10'ffff) return std::nullopt;
    if (code < 0x1'0000) {
      units.push_back(static_cast<char16_t>(code));
    } else {
      units.push_back(static_cast<char16_t>(0xd800 + ((code - 0x1'0000) >> 10)));
      units.push_back(static_cast<char16_t>(0xdc00 + (code & 0x3ff)));
    }
  }
  return units;
}

void add_437(Text& to, unsigned char character) { add_utf8(to, character < 0x80 ? character : k437.at(character - 0x80)); }

}  // namespace tessera::fs::fat
