// SPDX-License-Identifier: Apache-2.0
// NAME.methods.hpp: every method and its arguments as a table, for code that makes
// calls without knowing what they mean.
#include <algorithm>
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

std::string shape(const Object& object, const Method& method) {
  std::string args;
  for (const Parameter& one : method.args) {
    args += std::format("{}{{\"{}\", \"{}\"}}", args.empty() ? "" : ", ", one.name, one.type);
  }
  return std::format("    {{ObjectType::{}, {}, \"{}\", {}, {{{{{}}}}}}},\n", cpp_name(object.name), method.number, method.name,
                     method.args.size(), args);
}

}  // namespace

std::string emit_methods(const Abi& abi) {
  std::string shapes;
  std::size_t count = 0, most = 0;
  for (const Object& object : abi.objects) {
    for (const Method& method : object.methods) {
      shapes += shape(object, method);
      most = std::max(most, method.args.size());
      ++count;
    }
  }
  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/{0}.toml by tools/abigen: do not edit.\n"
      "// The methods of the objects and the names and types of their arguments.\n"
      "#pragma once\n\n#include <abi/{0}.hpp>\n",
      abi.name);
  if (count == 0) return out + "\n// This interface has no methods.\n";
  out += std::format(
      "\nnamespace tessera::abi {{\n\nstruct ArgumentShape {{\n  std::string_view name;\n  std::string_view type;\n}};\n\n"
      "struct MethodShape {{\n  ObjectType object = ObjectType::none;\n  std::uint32_t number = 0;\n  std::string_view name;\n"
      "  std::size_t arguments = 0;\n  std::array<ArgumentShape, {}> argument;\n}};\n\n"
      "inline constexpr std::array<MethodShape, {}> kMethods{{{{\n",
      most, count);
  return out + shapes + "}};\n\n}  // namespace tessera::abi\n";
}

}  // namespace tessera::tools::abigen
