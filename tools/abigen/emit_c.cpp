// SPDX-License-Identifier: Apache-2.0
// NAME.h: the same for C11.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {
std::string emit_c(const Abi& abi) {
  const std::string guard = "TESSERA_ABI_" + upper(abi.name) + "_H";
  std::string out = std::format(
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated from abi/{0}.toml by tools/abigen: do not edit. */\n"
      "/* {1} */\n#ifndef {2}\n#define {2}\n\n{3}"
      "#define TESSERA_{4}_ABI_HASH UINT64_C({5:#x})\n#define TESSERA_{4}_ABI_VERSION UINT64_C({6})\n\n",
      abi.name, abi.doc, guard, c_preamble(), upper(abi.name), abi.hash, abi.version);
  out += c_constants(abi.constants, "tessera");
  out += "\n" + c_enumeration(abi.calls, "call", "tessera") + c_enumeration(abi.errors, "error", "tessera");
  std::vector<Item> types;
  if (!abi.objects.empty()) types.push_back({"none", 0, "No object: an empty slot."});
  for (const Object& one : abi.objects) types.push_back({one.name, one.number, one.doc});
  out += c_enumeration(types, "object", "tessera");
  for (const Item& one : abi.rights) {
    out += c_comment(one.doc) + std::format("#define TESSERA_RIGHT_{} (1u << {})\n", upper(one.name), one.number);
  }
  if (!abi.rights.empty()) out += "\n";
  for (const Object& object : abi.objects) {
    std::vector<Item> methods;
    for (const Method& one : object.methods) methods.push_back({one.name, one.number, one.doc});
    out += c_enumeration(methods, object.name + "_method", "tessera");
  }
  out += c_enumeration(abi.guest_exits, "guest_exit", "tessera");
  for (const Struct& one : abi.structs) out += c_structure(one, "tessera");
  return out + "#endif\n";
}

}  // namespace tessera::tools::abigen
