// SPDX-License-Identifier: Apache-2.0
// NAME.md: the reference page for people.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

// A cell may not end the cell.
std::string cell(const std::string& text) {
  std::string out;
  for (const char character : text) out += character == '|' ? std::string("\\|") : std::string(1, character);
  return out;
}

std::string items(const std::vector<Item>& list, const std::string& title, const std::string& number) {
  if (list.empty()) return "";
  std::string out = std::format("## {}\n\n| name | {} | meaning |\n| --- | --- | --- |\n", title, number);
  for (const Item& one : list) out += std::format("| `{}` | {} | {} |\n", one.name, one.number, cell(one.doc));
  return out + "\n";
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& one : names) out += (out.empty() ? "`" : ", `") + one + "`";
  return out;
}

std::string parameters(const std::vector<Parameter>& list, const std::string& title) {
  if (list.empty()) return "";
  std::string out = std::format("| {} | type | meaning |\n| --- | --- | --- |\n", title);
  for (const Parameter& one : list) out += std::format("| `{}` | {} | {} |\n", one.name, one.type, cell(one.doc));
  return out + "\n";
}

std::string object_section(const Object& object) {
  std::string out = std::format("### `{}` (type {})\n\n{}\n\n", object.name, object.number, object.doc);
  for (const Method& one : object.methods) {
    out += std::format("#### `{}.{}` (method {})\n\n{}\n\n", object.name, one.name, one.number, one.doc);
    if (!one.rights.empty()) out += "Rights needed: " + joined(one.rights) + ".\n\n";
    out += parameters(one.args, "argument") + parameters(one.returns, "result");
    if (!one.errors.empty()) out += "Errors besides those of every invocation: " + joined(one.errors) + ".\n\n";
  }
  return out;
}

std::string struct_section(const Struct& shape) {
  std::string out = std::format("### `{}` ({} bytes)\n\n{}\n\n| offset | name | type | meaning |\n| --- | --- | --- | --- |\n",
                                shape.name, shape.size, shape.doc);
  for (const Field& one : shape.fields) {
    const std::string extent = one.count == 0 ? "" : std::format("[{}]", one.count);
    out += std::format("| {} | `{}` | {}{} | {} |\n", one.offset, one.name, one.type, extent, cell(one.doc));
  }
  return out + "\n";
}

}  // namespace

std::string emit_reference(const Abi& abi) {
  std::string out = std::format("# ABI `{0}`, version {1}\n\nGenerated from `abi/{0}.toml`. {2}\n\nHash: `{3:#x}`.\n\n",
                                abi.name, abi.version, abi.doc, abi.hash);
  if (!abi.constants.empty()) {
    out += "## Constants\n\n| name | value | meaning |\n| --- | --- | --- |\n";
    for (const Constant& one : abi.constants) {
      out += std::format("| `{}` | {} | {} |\n", one.name, literal(one.value), cell(one.doc));
    }
    out += "\n";
  }
  out += items(abi.calls, "Calls", "number") + items(abi.errors, "Errors", "number") + items(abi.rights, "Rights", "bit");
  if (!abi.objects.empty()) out += "## Objects\n\n";
  for (const Object& one : abi.objects) out += object_section(one);
  out += items(abi.guest_exits, "Guest exits", "number");
  if (!abi.structs.empty()) out += "## Structs\n\n";
  for (const Struct& one : abi.structs) out += struct_section(one);
  return out;
}

}  // namespace tessera::tools::abigen
