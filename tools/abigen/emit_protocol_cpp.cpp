// SPDX-License-Identifier: Apache-2.0
// NAME.hpp: a protocol for C++. What joins it to the ring is lib/ring/protocol.hpp.
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"
#include "tools/abigen/protocol.hpp"

namespace tessera::tools::abigen {
namespace {

std::string fields(const Words& words) {
  std::string out;
  for (const Argument& one : words.arguments) {
    out += comment(one.doc, "  ", "//");
    out += std::format("  std::uint{}_t {} = 0;\n", one.type.substr(1), cpp_name(one.name));
  }
  return out;
}

// The array of words that the fields are.
std::string packed(const Words& words, std::size_t count) {
  std::vector<std::string> parts(count);
  for (const Argument& one : words.arguments) {
    std::string& part = parts.at(one.word);
    if (one.shift != 0) part += " | std::uint64_t{" + cpp_name(one.name) + "} << 32";
    else part = one.type == "u32" ? "std::uint64_t{" + cpp_name(one.name) + "}" : cpp_name(one.name);
  }
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + (part.empty() ? "0" : part);
  return out;
}

// What must be zero.
std::string spare(const Words& words, std::size_t count) {
  std::string out;
  for (const std::size_t word : words.half) out += std::format("{}std::get<{}>(words) >> 32", out.empty() ? "" : " | ", word);
  for (std::size_t word = words.used; word < count; ++word) out += std::format("{}std::get<{}>(words)", out.empty() ? "" : " | ", word);
  return out;
}

std::string conversions(const Words& words, std::size_t count, const std::string& type) {
  std::string out = std::format("\n  using Words = std::array<std::uint64_t, {}>;\n", count);
  out += std::format("  [[nodiscard]] constexpr Words words() const {{\n    return {{{}}};\n  }}\n", packed(words, count));
  out += std::format("  // None: something that must be zero is not.\n  [[nodiscard]] static constexpr std::optional<{}> of_words(const Words& words) {{\n",
                     type);
  const std::string zero = spare(words, count);
  if (!zero.empty()) out += "    if ((" + zero + ") != 0) return std::nullopt;\n";
  std::string values;
  for (const Argument& one : words.arguments) {
    const std::string word = std::format("std::get<{}>(words)", one.word);
    values += std::format("{}.{} = {}", values.empty() ? "" : ", ", cpp_name(one.name),
                          one.type == "u64" ? word
                                            : "static_cast<std::uint32_t>(" + word + (one.shift != 0 ? " >> 32)" : ")"));
  }
  return out + std::format("    return {}{{{}}};\n  }}\n", type, values);
}

std::string operation(const Operation& one, const std::string& space) {
  const std::string request = pascal(one.name) + "Request", answer = pascal(one.name) + "Answer";
  std::string out = std::format("struct {} {{\n{}{}}};\n\n", answer, fields(one.results), conversions(one.results, kResultWords, answer));
  out += comment(one.doc, "", "//") + std::format("struct {} {{\n{}\n", request, fields(one.args));
  out += std::format("  static constexpr Operation kOperation = Operation::{};\n", cpp_name(one.name));
  out += std::format("  static constexpr bool kClientWrites = {}, kServerWrites = {}, kPieces = {};  // of the buffer\n",
                     one.client_writes, one.server_writes, one.pieces);
  out += std::format("  using Answer = {};\n  using Status = {}::Status;\n", answer, space);
  if (!one.request_struct.empty()) out += std::format("  using InBuffer = {};  // what it begins with\n", pascal(one.request_struct));
  if (!one.answer_struct.empty()) out += std::format("  using OutBuffer = {};  // what it begins with then\n", pascal(one.answer_struct));
  return out + conversions(one.args, kArgumentWords, request) + "};\n\n";
}

std::string whole(const Protocol& protocol) {
  std::string out = std::format(
      "// All of it, for code that works with any protocol.\nstruct Protocol {{\n"
      "  using Operation = {0}::Operation;\n  using Status = {0}::Status;\n"
      "  using Words = std::array<std::uint64_t, {1}>;\n  static constexpr std::string_view kName = \"{2}\";\n"
      "  static constexpr std::uint64_t kHash = {0}::kHash;\n  static constexpr std::uint32_t kEntries = {0}::kEntries;\n"
      "  static constexpr std::uint16_t kFlags = {0}::kFlags;\n\n",
      cpp_name(protocol.name), kArgumentWords, protocol.name);
  out += "  // None: there is no such status.\n  [[nodiscard]] static constexpr std::optional<Status> status(std::uint32_t number) {\n"
         "    switch (static_cast<Status>(number)) {\n";
  for (const Item& one : protocol.statuses) {
    out += std::format("      case Status::{0}: return Status::{0};\n", cpp_name(one.name));
  }
  out += "    }\n    return std::nullopt;\n  }\n\n"
         "  // Calls `act` with the request that these words are. False: they are none.\n"
         "  template <typename Act>\n  [[nodiscard]] static constexpr bool decode(std::uint16_t operation, const Words& words, Act&& act) {\n"
         "    const auto found = [&](const auto& request) {\n      if (request) act(*request);\n      return request.has_value();\n    };\n"
         "    switch (static_cast<Operation>(operation)) {\n";
  for (const Operation& one : protocol.operations) {
    out += std::format("      case Operation::{}: return found({}Request::of_words(words));\n", cpp_name(one.name), pascal(one.name));
  }
  return out + "    }\n    return false;\n  }\n};\n\n";
}

std::string queue(const Protocol& protocol) {
  if (protocol.stream) return "";
  return std::format("// Of a queue; 0: requests are calls of an endpoint.\ninline constexpr std::uint32_t kEntries = {};\n"
                     "// Bits that a request's flags may have.\ninline constexpr std::uint16_t kFlags = {};\n",
                     protocol.entries, literal(protocol.flags));
}

}  // namespace

std::string emit_protocol_cpp(const Protocol& protocol) {
  std::vector<Item> operations;
  for (const Operation& one : protocol.operations) operations.push_back({one.name, one.code, one.doc});
  const std::string space = "tessera::protocol::" + cpp_name(protocol.name);
  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/protocols/{0}.toml by tools/abigen: do not edit.\n{1}"
      "#pragma once\n\n#include <array>\n#include <cstddef>\n#include <cstdint>\n#include <optional>\n#include <string_view>\n\n"
      "namespace {2} {{\n\n"
      "// Changes with all that both ends must agree on.\ninline constexpr std::uint64_t kHash = {3:#x};\n"
      "{4}{5}\n",
      protocol.name, comment(protocol.doc, "", "//"), space, protocol.hash, queue(protocol), cpp_constants(protocol.constants));
  if (!operations.empty()) out += cpp_enumeration(operations, "Operation", protocol.stream ? "std::uint8_t" : "std::uint16_t");
  if (protocol.stream) {
    for (const Struct& one : protocol.structs) out += cpp_structure(one);
    return out + "}  // namespace " + space + "\n";
  }
  out += cpp_enumeration(protocol.statuses, "Status", "std::uint32_t");
  for (const Struct& one : protocol.structs) out += cpp_structure(one);
  for (const Operation& one : protocol.operations) out += operation(one, cpp_name(protocol.name));
  return out + whole(protocol) + "}  // namespace " + space + "\n";
}

}  // namespace tessera::tools::abigen
