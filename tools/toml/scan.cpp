// SPDX-License-Identifier: Apache-2.0
// Strings, keys and numbers of TOML.
#include "tools/toml/scan.hpp"

#include <limits>
#include <utility>

namespace tessera::tools::toml {
namespace {

constexpr unsigned kNoDigit = 99;

unsigned digit_value(char character) {
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a') + 10;
  if (character >= 'A' && character <= 'F') return static_cast<unsigned>(character - 'A') + 10;
  return kNoDigit;
}

bool bare_key_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '-';
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xe0 | (point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0 | (point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Behind the backslash.
Parsed<void> scan_escape(Cursor& cursor, std::string& text) {
  const Location where = cursor.where();
  unsigned digits = 0;
  switch (cursor.take()) {
    case 'b': text += '\b'; return {};
    case 't': text += '\t'; return {};
    case 'n': text += '\n'; return {};
    case 'f': text += '\f'; return {};
    case 'r': text += '\r'; return {};
    case '"': text += '"'; return {};
    case '\\': text += '\\'; return {};
    case 'u': digits = 4; break;
    case 'U': digits = 8; break;
    default: return problem(where, "unknown escape; known are \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX");
  }
  std::uint32_t point = 0;
  for (unsigned i = 0; i < digits; ++i) {
    const unsigned digit = digit_value(cursor.peek());
    if (digit == kNoDigit) return problem(cursor.where(), "a hexadecimal digit is missing in the escape");
    cursor.take();
    point = point << 4 | digit;
  }
  if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return problem(where, "not a Unicode character");
  append_utf8(text, point);
  return {};
}

}  // namespace

Parsed<std::string> scan_string(Cursor& cursor) {
  const Location start = cursor.where();
  const char quote = cursor.take();
  if (cursor.peek() == quote && cursor.peek(1) == quote) {
    return problem(start, "multi-line strings are not supported: write one line with \\n");
  }
  std::string text;
  for (;;) {
    if (cursor.at_line_end()) return problem(start, "the string does not end on its line");
    const Location where = cursor.where();
    const char character = cursor.take();
    if (character == quote) return text;
    if (character == '\\' && quote == '"') {
      if (auto escaped = scan_escape(cursor, text); !escaped) return std::unexpected(escaped.error());
    } else if ((static_cast<unsigned char>(character) < 0x20 && character != '\t') || character == 0x7f) {
      return problem(where, "control characters must be written as escapes");
    } else {
      text += character;
    }
  }
}

Parsed<std::vector<Key>> scan_dotted_key(Cursor& cursor) {
  std::vector<Key> keys;
  do {
    cursor.skip_blanks();
    Key key{"", cursor.where()};
    if (cursor.peek() == '"' || cursor.peek() == '\'') {
      auto name = scan_string(cursor);
      if (!name) return std::unexpected(name.error());
      key.name = std::move(*name);
    } else {
      while (bare_key_character(cursor.peek())) key.name += cursor.take();
      if (key.name.empty()) return problem(key.where, "a key is expected here");
    }
    if (keys.size() == 32) return problem(key.where, "the key has too many parts");
    keys.push_back(std::move(key));
    cursor.skip_blanks();
  } while (cursor.accept('.'));
  return keys;
}

Parsed<Integer> scan_integer(Cursor& cursor) {
  const Location start = cursor.where();
  Integer result;
  if (cursor.accept('-')) {
    result.negative = true;
  } else {
    cursor.accept('+');
  }
  unsigned base = 10;
  if (cursor.peek() == '0') {
    const char prefix = cursor.peek(1);
    base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
    if (base != 10) {
      cursor.take();
      cursor.take();
    } else if (digit_value(prefix) < 10 || prefix == '_') {
      return problem(start, "a decimal number may not begin with 0");
    }
  }
  bool digit_before = false;
  for (;;) {
    if (cursor.peek() == '_') {
      if (!digit_before) return problem(cursor.where(), "an underscore must stand between digits");
      cursor.take();
      digit_before = false;
      continue;
    }
    const unsigned digit = digit_value(cursor.peek());
    if (digit >= base) break;
    cursor.take();
    if (result.magnitude > (std::numeric_limits<std::uint64_t>::max() - digit) / base) {
      return problem(start, "the number does not fit in 64 bits");
    }
    result.magnitude = result.magnitude * base + digit;
    digit_before = true;
  }
  if (!digit_before) return problem(cursor.where(), "a digit is missing here");
  const char next = cursor.peek();
  if (next == '.' || next == 'e' || next == 'E') return problem(start, "numbers with a fraction are not supported");
  if (next == '-' || next == ':') return problem(start, "dates and times are not supported: write a string");
  return result;
}

}  // namespace tessera::tools::toml
