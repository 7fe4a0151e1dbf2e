// SPDX-License-Identifier: Apache-2.0
// NAME.rs: a module for Rust, without dependencies (core only).
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

std::string enumeration(const std::vector<Item>& items, const std::string& type, const std::string& base) {
  if (items.empty()) return "";
  std::string out = std::format(
      "#[repr({})]\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum {} {{\n", base, type);
  std::string arms;
  for (const Item& one : items) {
    out += comment(one.doc, "    ", "///") + std::format("    {} = {},\n", pascal(one.name), one.number);
    arms += std::format("            {} => Some(Self::{}),\n", one.number, pascal(one.name));
  }
  out += std::format(
      "}}\n\nimpl {0} {{\n    /// The value that a number stands for, if it stands for one.\n"
      "    pub const fn from_number(number: {1}) -> Option<Self> {{\n        match number {{\n{2}"
      "            _ => None,\n        }}\n    }}\n}}\n\n",
      type, base, arms);
  return out;
}

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

std::string structure(const Struct& shape) {
  const std::string type = pascal(shape.name);
  std::string out = comment(shape.doc, "", "///");
  out += std::format("#[repr(C)]\n#[derive(Clone, Copy)]\npub struct {} {{\n", type);
  std::string checks = std::format("const _: () = assert!(core::mem::size_of::<{}>() == {});\n", type, shape.size);
  for (const Field& one : shape.fields) {
    const std::string element = one.is_struct ? pascal(one.type) : one.type;
    const std::string full = one.count == 0 ? element : std::format("[{}; {}]", element, one.count);
    out += comment(one.doc, "    ", "///") + std::format("    pub {}: {},\n", rust_name(one.name), full);
    checks += std::format("const _: () = assert!(core::mem::offset_of!({}, {}) == {});\n", type, rust_name(one.name),
                          one.offset);
  }
  if (shape.padding != 0) out += std::format("    pub padding: [u8; {}],\n", shape.padding);
  return out + "}\n" + checks + "\n";
}

}  // namespace

std::string emit_rust(const Abi& abi) {
  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/{0}.toml by tools/abigen: do not edit.\n"
      "// {1}\n\n/// Changes with every change of abi/{0}.toml.\npub const {2}_ABI_HASH: u64 = {3:#x};\n"
      "pub const {2}_ABI_VERSION: u64 = {4};\n\n",
      abi.name, abi.doc, upper(abi.name), abi.hash, abi.version);
  for (const Constant& one : abi.constants) {
    out += comment(one.doc, "", "///") + std::format("pub const {}: u64 = {};\n", upper(one.name), literal(one.value));
  }
  out += "\n" + enumeration(abi.calls, "Call", "u8") + enumeration(abi.errors, "Error", "u8");
  std::vector<Item> types;
  if (!abi.objects.empty()) types.push_back({"none", 0, "No object: an empty slot."});
  for (const Object& one : abi.objects) types.push_back({one.name, one.number, one.doc});
  out += enumeration(types, "ObjectType", "u8");
  for (const Item& one : abi.rights) {
    out += comment(one.doc, "", "///") + std::format("pub const RIGHT_{}: u8 = 1 << {};\n", upper(one.name), one.number);
  }
  if (!abi.rights.empty()) out += "\n";
  for (const Object& object : abi.objects) {
    std::vector<Item> methods;
    for (const Method& one : object.methods) methods.push_back({one.name, one.number, one.doc});
    out += enumeration(methods, pascal(object.name) + "Method", "u32") + method_rights(object);
  }
  out += enumeration(abi.guest_exits, "GuestExit", "u64");
  for (const Struct& one : abi.structs) out += structure(one);
  return out;
}

}  // namespace tessera::tools::abigen
