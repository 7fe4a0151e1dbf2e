// SPDX-License-Identifier: Apache-2.0
// NAME.md: the reference page for people.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& one : names) out += (out.empty() ? "`" : ", `") + one + "`";
  return out;
}

std::string parameters(const std::vector<Parameter>& list, const std::string& title) {
  if (list.empty()) return "";
  std::string out = std::format("| {} | type | meaning |\n| --- | --- | --- |\n", title);
  for (const Parameter& one : list) out += std::format("| `{}` | {} | {} |\n", one.name, one.type, page_cell(one.doc));
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

}  // namespace

std::string emit_reference(const Abi& abi) {
  std::string out = std::format("# ABI `{0}`, version {1}\n\nGenerated from `abi/{0}.toml`. {2}\n\nHash: `{3:#x}`.\n\n",
                                abi.name, abi.version, abi.doc, abi.hash);
  out += page_constants(abi.constants);
  out += page_items(abi.calls, "Calls", "number") + page_items(abi.errors, "Errors", "number") + page_items(abi.rights, "Rights", "bit");
  if (!abi.objects.empty()) out += "## Objects\n\n";
  for (const Object& one : abi.objects) out += object_section(one);
  out += page_items(abi.guest_exits, "Guest exits", "number");
  return out + page_structs(abi.structs);
}

}  // namespace tessera::tools::abigen
