// SPDX-License-Identifier: Apache-2.0
// Spellings of the ABI's snake_case names in the generated languages.
#include "tools/abigen/names.hpp"

#include <algorithm>
#include <array>
#include <format>

namespace tessera::tools::abigen {
namespace {

char to_upper(char character) {
  return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
}

constexpr auto kCppKeywords = std::to_array<std::string_view>(
    {"alignas",  "alignof",  "and",       "asm",      "auto",      "bool",      "break",    "case",     "catch",
     "char",     "class",    "compl",     "concept",  "const",     "constexpr", "continue", "default",  "delete",
     "do",       "double",   "else",      "enum",     "explicit",  "export",    "extern",   "false",    "float",
     "for",      "friend",   "goto",      "if",       "inline",    "int",       "long",     "mutable",  "namespace",
     "new",      "noexcept", "not",       "nullptr",  "operator",  "or",        "private",  "protected", "public",
     "register", "requires", "restrict",  "return",   "short",     "signed",    "sizeof",   "static",   "struct",
     "switch",   "template", "this",      "throw",    "true",      "try",       "typedef",  "typeid",   "typename",
     "union",    "unsigned", "using",     "virtual",  "void",      "volatile",  "while",    "xor"});

constexpr auto kRustKeywords = std::to_array<std::string_view>(
    {"abstract", "as",     "async", "await",  "become", "box",    "break",  "const",   "continue", "crate", "do",
     "dyn",      "else",   "enum",  "extern", "false",  "final",  "fn",     "for",     "gen",      "if",    "impl",
     "in",       "let",    "loop",  "macro",  "match",  "mod",    "move",   "mut",     "override", "priv",  "pub",
     "ref",      "return", "self",  "static", "struct", "super",  "trait",  "true",    "try",      "type",  "typeof",
     "union",    "unsafe", "unsized", "use",  "virtual", "where", "while",  "yield"});

}  // namespace

std::string pascal(std::string_view name) {
  std::string result;
  bool start = true;
  for (const char character : name) {
    if (character == '_') {
      start = true;
    } else {
      result += start ? to_upper(character) : character;
      start = false;
    }
  }
  return result;
}

std::string upper(std::string_view name) {
  std::string result(name);
  std::ranges::transform(result, result.begin(), to_upper);
  return result;
}

std::string cpp_name(std::string_view name) {
  return std::string(name) + (std::ranges::find(kCppKeywords, name) != kCppKeywords.end() ? "_" : "");
}

std::string rust_name(std::string_view name) {
  return std::string(name) + (std::ranges::find(kRustKeywords, name) != kRustKeywords.end() ? "_" : "");
}

std::string literal(std::uint64_t value) {
  return value < 0x1'0000 ? std::format("{}", value) : std::format("{:#x}", value);
}

std::string comment(std::string_view text, std::string_view indent, std::string_view mark) {
  constexpr std::size_t kWidth = 100;
  std::string result;
  while (!text.empty()) {
    std::size_t length = std::min(text.size(), kWidth);
    if (length < text.size()) {
      if (const std::size_t blank = text.rfind(' ', length); blank != std::string_view::npos && blank > 0) length = blank;
    }
    result += std::string(indent) + std::string(mark) + " " + std::string(text.substr(0, length)) + "\n";
    text.remove_prefix(length);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return result;
}

}  // namespace tessera::tools::abigen
