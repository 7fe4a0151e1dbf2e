// SPDX-License-Identifier: Apache-2.0
// NAME.rs: a module for Rust, without dependencies (core only).
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {
namespace {

std::string method_rights(const Object& object) {
  std::string out;
  for (const Method& one : object.methods) {
    std::string needed;
    for (const std::string& right : one.rights) needed += (needed.empty() ? "RIGHT_" : " | RIGHT_") + upper(right);
    out += std::format("/// Rights that {}.{} needs.\npub const {}_{}_RIGHTS: u8 = {};\n", object.name, one.name,
                       upper(object.name), upper(one.name), needed.empty() ? "0" : needed);
  }
  return out.empty() ? out : out + "\n";
}

}  // namespace

std::string emit_rust(const Abi& abi) {
  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/{0}.toml by tools/abigen: do not edit.\n"
      "// {1}\n\n/// Changes with every change of abi/{0}.toml.\npub const {2}_ABI_HASH: u64 = {3:#x};\n"
      "pub const {2}_ABI_VERSION: u64 = {4};\n\n",
      abi.name, abi.doc, upper(abi.name), abi.hash, abi.version);
  out += rust_constants(abi.constants) + "\n" + rust_enumeration(abi.calls, "Call", "u8") + rust_enumeration(abi.errors, "Error", "u8");
  std::vector<Item> types;
  if (!abi.objects.empty()) types.push_back({"none", 0, "No object: an empty slot."});
  for (const Object& one : abi.objects) types.push_back({one.name, one.number, one.doc});
  out += rust_enumeration(types, "ObjectType", "u8");
  for (const Item& one : abi.rights) {
    out += comment(one.doc, "", "///") + std::format("pub const RIGHT_{}: u8 = 1 << {};\n", upper(one.name), one.number);
  }
  if (!abi.rights.empty()) out += "\n";
  for (const Object& object : abi.objects) {
    std::vector<Item> methods;
    for (const Method& one : object.methods) methods.push_back({one.name, one.number, one.doc});
    out += rust_enumeration(methods, pascal(object.name) + "Method", "u32") + method_rights(object);
  }
  out += rust_enumeration(abi.guest_exits, "GuestExit", "u64");
  for (const Struct& one : abi.structs) out += rust_structure(one);
  return out;
}

}  // namespace tessera::tools::abigen
