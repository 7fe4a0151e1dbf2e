// SPDX-License-Identifier: Apache-2.0
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {
namespace {

std::string field_type(const Field& field) {
  const std::string element = field.is_struct ? pascal(field.type) : "std::uint" + field.type.substr(1) + "_t";
  return field.count == 0 ? element : std::format("std::array<{}, {}>", element, field.count);
}

}  // namespace

std::string cpp_enumeration(const std::vector<Item>& items, const std::string& type, const std::string& base) {
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

std::string cpp_structure(const Struct& shape) {
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

std::string cpp_constants(const std::vector<Constant>& constants) {
  std::string out;
  for (const Constant& one : constants) {
    out += comment(one.doc, "", "//");
    out += one.text.empty() ? std::format("inline constexpr std::uint64_t k{} = {};\n", pascal(one.name), literal(one.value))
                            : std::format("inline constexpr std::string_view k{} = \"{}\";\n", pascal(one.name), one.text);
  }
  return out;
}

}  // namespace tessera::tools::abigen
