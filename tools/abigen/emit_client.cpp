// SPDX-License-Identifier: Apache-2.0
// NAME.client.hpp: a typed function for each method of each object, over
// tessera::rt::invoke.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

std::string parameter_type(const Parameter& parameter) {
  if (parameter.type == "object_type") return "ObjectType";
  return "std::uint64_t";
}

std::string result_type(const Object& object, const Method& method) {
  if (method.returns.empty()) return "void";
  if (method.returns.size() == 1) return parameter_type(method.returns.front());
  return pascal(object.name) + pascal(method.name) + "Result";
}

std::string result_struct(const Object& object, const Method& method) {
  if (method.returns.size() < 2) return "";
  std::string out = std::format("struct {} {{\n", result_type(object, method));
  for (const Parameter& one : method.returns) {
    out += comment(one.doc, "  ", "//");
    out += std::format("  {} {}{};\n", parameter_type(one), cpp_name(one.name),
                       one.type == "object_type" ? " = ObjectType::none" : " = 0");
  }
  return out + "};\n\n";
}

std::string documentation(const Object& object, const Method& method) {
  std::string out = comment(method.doc, "", "//");
  for (const Parameter& one : method.args) {
    if (!one.doc.empty()) out += comment(one.name + ": " + one.doc, "", "//  ");
  }
  if (method.returns.size() == 1 && !method.returns.front().doc.empty()) {
    out += comment("Returns " + method.returns.front().name + ": " + method.returns.front().doc, "", "//  ");
  }
  std::string needed;
  for (const std::string& one : method.rights) needed += (needed.empty() ? "" : ", ") + one;
  if (!needed.empty()) out += comment("Needs on " + object.name + ": " + needed + ".", "", "//  ");
  std::string errors;
  for (const std::string& one : method.errors) errors += (errors.empty() ? "" : ", ") + one;
  if (!errors.empty()) out += comment("Errors of its own: " + errors + ".", "", "//  ");
  return out;
}

std::string returned(const Object& object, const Method& method) {
  if (method.returns.empty()) return "  return {};\n";
  std::string words;
  for (std::size_t i = 0; i < method.returns.size(); ++i) {
    std::string word = std::format("std::get<{}>(tessera_result.words)", i);
    if (method.returns[i].type == "object_type") word = "static_cast<ObjectType>(" + word + ")";
    words += (i == 0 ? "" : ", ") + word;
  }
  if (method.returns.size() == 1) return "  return " + words + ";\n";
  return "  return " + result_type(object, method) + "{" + words + "};\n";
}

std::string wrapper(const Object& object, const Method& method) {
  std::string parameters = "std::uint64_t self";
  std::string words;
  for (const Parameter& one : method.args) {
    const std::string name = cpp_name(one.name);
    parameters += ", " + parameter_type(one) + " " + name;
    words += ", " + (one.type == "object_type" ? "static_cast<std::uint64_t>(" + name + ")" : name);
  }
  std::string out = result_struct(object, method) + documentation(object, method);
  out += std::format("[[nodiscard]] inline std::expected<{}, Error> {}_{}({}) {{\n", result_type(object, method),
                     object.name, method.name, parameters);
  out += std::format("  const auto tessera_result = ::tessera::rt::invoke(self, {}{});\n", method.number, words);
  out += "  if (tessera_result.error != Error::ok) return std::unexpected(tessera_result.error);\n";
  return out + returned(object, method) + "}\n\n";
}

}  // namespace

std::string emit_client(const Abi& abi) {
  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/{0}.toml by tools/abigen: do not edit.\n"
      "// The methods of the objects as functions. `self` is the handle that is invoked.\n"
      "#pragma once\n\n#include <abi/{0}.hpp>\n",
      abi.name);
  if (abi.objects.empty()) return out + "\n// This interface has no objects.\n";
  out +=
      "#include <array>\n#include <cstdint>\n#include <expected>\n\n#include \"lib/rt/system_call.hpp\"\n\n"
      "namespace tessera::abi {\n\n";
  for (const Object& object : abi.objects) {
    for (const Method& method : object.methods) out += wrapper(object, method);
  }
  return out + "}  // namespace tessera::abi\n";
}

}  // namespace tessera::tools::abigen
