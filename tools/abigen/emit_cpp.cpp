// SPDX-License-Identifier: Apache-2.0
// NAME.hpp: constants, enums, rights and structs for C++.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

std::string constants(const Abi& abi) {
  std::string out = std::format(
      "// Changes with every change of abi/{0}.toml.\n"
      "inline constexpr std::uint64_t k{1}AbiHash = {2:#x};\n"
      "inline constexpr std::uint64_t k{1}AbiVersion = {3};\n\n",
      abi.name, pascal(abi.name), abi.hash, abi.version);
  for (const Constant& one : abi.constants) {
    out += comment(one.doc, "", "//");
    out += std::format("inline constexpr std::uint64_t k{} = {};\n", pascal(one.name), literal(one.value));
  }
  return out + "\n";
}

// An enum and its name().
std::string enumeration(const std::vector<Item>& items, const std::string& type, const std::string& base) {
  if (items.empty()) return "";
  std::string out = std::format("enum class {} : {} {{\n", type, base);
  std::string cases;
  for (const Item& one : items) {
    out += comment(one.doc, "  ", "//");
    out += std::format("  {} = {},\n", cpp_name(one.name), literal(one.number));
    cases += std::format("    case {}::{}: return \"{}\";\n", type, cpp_name(one.name), one.name);
  }
  out += std::format("}};\n\n[[nodiscard]] constexpr std::string_view name({} value) {{\n  switch (value) {{\n", type);
  return out + cases + "  }\n  return \"?\";\n}\n\n";
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

std::string field_type(const Field& field) {
  const std::string element = field.is_struct ? pascal(field.type) : "std::uint" + field.type.substr(1) + "_t";
  return field.count == 0 ? element : std::format("std::array<{}, {}>", element, field.count);
}

std::string structure(const Struct& shape) {
  const std::string type = pascal(shape.name);
  std::string out = comment(shape.doc, "", "//") + std::format("struct {} {{\n", type);
  std::string checks = std::format("static_assert(sizeof({}) == {});\n", type, shape.size);
  for (const Field& one : shape.fields) {
    const bool scalar = one.count == 0 && !one.is_struct;
    out += comment(one.doc, "  ", "//");
    out += std::format("  {} {}{};\n", field_type(one), cpp_name(one.name), scalar ? " = 0" : "{}");
    checks += std::format("static_assert(offsetof({}, {}) == {});\n", type, cpp_name(one.name), one.offset);
  }
  if (shape.padding != 0) out += std::format("  std::array<std::uint8_t, {}> padding{{}};\n", shape.padding);
  return out + "};\n" + checks + "\n";
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
  out += enumeration(abi.calls, "Call", "std::uint8_t");
  out += enumeration(abi.errors, "Error", "std::uint8_t");
  out += enumeration(types, "ObjectType", "std::uint8_t");
  out += rights(abi);
  for (const Object& one : abi.objects) out += methods(one);
  out += enumeration(abi.guest_exits, "GuestExit", "std::uint64_t");
  for (const Struct& one : abi.structs) out += structure(one);
  return out + "}  // namespace tessera::abi\n";
}

}  // namespace tessera::tools::abigen
