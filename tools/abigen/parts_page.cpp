// SPDX-License-Identifier: Apache-2.0
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {
namespace {

std::string struct_section(const Struct& shape) {
  std::string out = std::format("### `{}` ({} bytes)\n\n{}\n\n| offset | name | type | meaning |\n| --- | --- | --- | --- |\n",
                                shape.name, shape.size, shape.doc);
  for (const Field& one : shape.fields) {
    const std::string extent = one.count == 0 ? "" : std::format("[{}]", one.count);
    out += std::format("| {} | `{}` | {}{} | {} |\n", one.offset, one.name, one.type, extent, page_cell(one.doc));
  }
  return out + "\n";
}

}  // namespace

// A cell may not end the cell.
std::string page_cell(const std::string& text) {
  std::string out;
  for (const char character : text) out += character == '|' ? std::string("\\|") : std::string(1, character);
  return out;
}

std::string page_items(const std::vector<Item>& list, const std::string& title, const std::string& number) {
  if (list.empty()) return "";
  std::string out = std::format("## {}\n\n| name | {} | meaning |\n| --- | --- | --- |\n", title, number);
  for (const Item& one : list) out += std::format("| `{}` | {} | {} |\n", one.name, one.number, page_cell(one.doc));
  return out + "\n";
}

std::string page_constants(const std::vector<Constant>& constants) {
  if (constants.empty()) return "";
  std::string out = "## Constants\n\n| name | value | meaning |\n| --- | --- | --- |\n";
  for (const Constant& one : constants) {
    out += std::format("| `{}` | {} | {} |\n", one.name, one.text.empty() ? literal(one.value) : "`" + one.text + "`", page_cell(one.doc));
  }
  return out + "\n";
}

std::string page_structs(const std::vector<Struct>& structs) {
  std::string out = structs.empty() ? "" : "## Structs\n\n";
  for (const Struct& one : structs) out += struct_section(one);
  return out;
}

}  // namespace tessera::tools::abigen
