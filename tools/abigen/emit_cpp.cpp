// SPDX-License-Identifier: Apache-2.0
// NAME.hpp: constants, enums, rights and structs for C++.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {
namespace {

std::string constants(const Abi& abi) {
  std::string out = std::format(
      "// Changes with every change of abi/{0}.toml.\n"
      "inline constexpr std::uint64_t k{1}AbiHash = {2:#x};\n"
      "inline constexpr std::uint64_t k{1}AbiVersion = {3};\n\n",
      abi.name, pascal(abi.name), abi.hash, abi.version);
  return out + cpp_constants(abi.constants) + "\n";
}

std::string rights(const Abi& abi) {
  std::string out;
  for (const Item& one : abi.rights) {
    out += comment(one.doc, "", "//");
    out += std::format("inline constexpr std::uint8_t kRight{} = 1u << {};\n", pascal(one.name), one.number);
  }
  return out.empty() ? out : out + "\n";
}

std::string methods(const Object& object) {
  if (object.methods.empty()) return "";
  const std::string type = pascal(object.name) + "Method";
  std::string out = std::format("enum class {} : std::uint32_t {{\n", type);
  for (const Method& one : object.methods) {
    out += comment(one.doc, "  ", "//");
    out += std::format("  {} = {},\n", cpp_name(one.name), one.number);
  }
  out += "};\n";
  for (const Method& one : object.methods) {
    std::string needed;
    for (const std::string& right : one.rights) needed += (needed.empty() ? "kRight" : " | kRight") + pascal(right);
    out += std::format("inline constexpr std::uint8_t k{}{}Rights = {};\n", pascal(object.name), pascal(one.name),
                       needed.empty() ? "0" : needed);
  }
  return out + "\n";
}

}  // namespace

std::string emit_cpp(const Abi& abi) {
  std::vector<Item> types;
  if (!abi.objects.empty()) types.push_back({"none", 0, "No object: an empty slot."});
  for (const Object& one : abi.objects) types.push_back({one.name, one.number, one.doc});

  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/{}.toml by tools/abigen: do not edit.\n", abi.name);
  out += comment(abi.doc, "", "//");
  out +=
      "#pragma once\n\n#include <array>\n#include <cstddef>\n#include <cstdint>\n#include <string_view>\n\n"
      "namespace tessera::abi {\n\n";
  out += constants(abi);
  out += cpp_enumeration(abi.calls, "Call", "std::uint8_t");
  out += cpp_enumeration(abi.errors, "Error", "std::uint8_t");
  out += cpp_enumeration(types, "ObjectType", "std::uint8_t");
  out += rights(abi);
  for (const Object& one : abi.objects) out += methods(one);
  out += cpp_enumeration(abi.guest_exits, "GuestExit", "std::uint64_t");
  for (const Struct& one : abi.structs) out += cpp_structure(one);
  return out + "}  // namespace tessera::abi\n";
}

}  // namespace tessera::tools::abigen
