// SPDX-License-Identifier: Apache-2.0
// The TOML parser: values with their places, and messages for what is wrong.
#include <array>
#include <string>

#include "tests/unit/tools/check.hpp"
#include "tools/toml/parser.hpp"

namespace {

using namespace tessera::tests;
using tessera::tools::toml::parse;
using tessera::tools::toml::Table;
using tessera::tools::toml::Value;

void values() {
  const auto parsed = parse(R"(
# a comment
text = "a\tb \"q\" \u00e9" # another
path = 'C:\n'
big = 0xffff_8000_0000_0000
octal = 0o755
negative = -1_000
yes = true
list = [
  "one", # comment
  "two",
]
inline = { a = 1, "b c" = [2, 3], d.e = false }
[table.nested]
key = "v"
[[item]]
name = "first"
  [[item.part]]
  n = 1
  [[item.part]]
  n = 2
[[item]]
name = "second"
)", "t.toml");
  check(parsed.has_value(), "parses");
  if (!parsed) return;
  equal(*parsed->find("text")->string(), "a\tb \"q\" \xc3\xa9");
  equal(*parsed->find("path")->string(), "C:\\n");
  equal(parsed->find("big")->integer()->magnitude, 0xffff'8000'0000'0000);
  equal(parsed->find("octal")->integer()->magnitude, 0755u);
  check(parsed->find("negative")->integer()->negative, "negative");
  check(*parsed->find("yes")->boolean(), "true");
  equal(parsed->find("list")->array()->size(), 2u);
  equal((*parsed->find("list")->array())[1].where.line, 11u);
  equal((*parsed->find("list")->array())[1].where.column, 3u);
  const Table* inside = parsed->find("inline")->table();
  equal(inside->find("b c")->array()->size(), 2u);
  check(inside->find("d")->table()->find("e")->boolean() != nullptr, "dotted key");
  equal(*parsed->find("table")->table()->find("nested")->table()->find("key")->string(), "v");
  const auto& items = *parsed->find("item")->array();
  equal(items.size(), 2u);
  equal(items[0].table()->find("part")->array()->size(), 2u);
  check(items[1].table()->find("part") == nullptr, "parts belong to the first item");
}

struct Wrong {
  std::string_view text;
  std::string_view message;
};

void errors() {
  const auto cases = std::to_array<Wrong>({
      {"a = \n", "t.toml:1:5: a value is expected"},
      {"a = 1\na = 2", "t.toml:2:1: 'a' is defined already, in line 1"},
      {"[t]\n[t]", "t.toml:2:2: 't' is defined already"},
      {"a = 1 b = 2", "t.toml:1:7: the line should end here"},
      {"a = \"x", "t.toml:1:5: the string does not end"},
      {"a = \"\\q\"", "t.toml:1:7: unknown escape"},
      {"a = \"\"\"x\"\"\"", "multi-line strings are not supported"},
      {"a = 1.5", "t.toml:1:5: numbers with a fraction"},
      {"a = 2026-01-01", "t.toml:1:5: dates"},
      {"a = 0x1_0000_0000_0000_0000", "does not fit in 64 bits"},
      {"a = 1__0", "t.toml:1:7: an underscore"},
      {"a = 007", "may not begin with 0"},
      {"a = [1, 2", "t.toml:1:5: the array has no ']'"},
      {"a = { b = 1\n}", "stays on one line"},
      {"a = { b = 1 }\n[a.c]\n", "cannot be extended"},
      {"a = 1\n[[a]]", "is no array of tables"},
      {"= 1", "t.toml:1:1: a key is expected"},
      {"a 1", "t.toml:1:3: '=' is expected"},
      {"[a", "t.toml:1:3: ']' is expected"},
      {"a = \"\x01\"", "control characters"},
      {"a = tru", "t.toml:1:5: a value is expected"},
  });
  for (const Wrong& one : cases) {
    const auto parsed = parse(one.text, "t.toml");
    check(!parsed.has_value(), "refused: " + std::string(one.text));
    if (!parsed) contains(parsed.error().text(), one.message);
  }
  const std::string deep(100'000, '[');
  check(!parse("a = " + deep, "t.toml").has_value(), "deep nesting is refused");
}

}  // namespace

int main() {
  values();
  errors();
  return result();
}
