// SPDX-License-Identifier: Apache-2.0
// NAME.rs: a protocol for Rust (core only).
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"
#include "tools/abigen/protocol.hpp"

namespace tessera::tools::abigen {
namespace {

std::string message(const std::string& type, const std::string& doc, const Words& words, std::size_t count) {
  std::string out = comment(doc, "", "///") + "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub struct " + type + " {\n";
  std::vector<std::string> parts(count);
  std::string values, zero;
  for (const Argument& one : words.arguments) {
    const std::string name = rust_name(one.name);
    out += comment(one.doc, "    ", "///") + std::format("    pub {}: {},\n", name, one.type);
    std::string& part = parts.at(one.word);
    part += one.shift != 0 ? " | (self." + name + " as u64) << 32" : (one.type == "u64" ? "self." + name : "self." + name + " as u64");
    const std::string word = std::format("words[{}]", one.word);
    values += std::format("{}: {}, ", name, one.type == "u64" ? word : one.shift != 0 ? "(" + word + " >> 32) as u32" : word + " as u32");
  }
  for (const std::size_t word : words.half) zero += std::format("{}words[{}] >> 32", zero.empty() ? "" : " | ", word);
  for (std::size_t word = words.used; word < count; ++word) zero += std::format("{}words[{}]", zero.empty() ? "" : " | ", word);
  std::string list;
  for (const std::string& part : parts) list += (list.empty() ? "" : ", ") + (part.empty() ? "0" : part);
  out += std::format("}}\n\nimpl {} {{\n    pub const fn words(&self) -> [u64; {}] {{\n        [{}]\n    }}\n", type, count, list);
  out += std::format("    /// None: something that must be zero is not.\n    pub const fn from_words(words: &[u64; {}]) -> Option<Self> {{\n", count);
  if (!zero.empty()) out += "        if (" + zero + ") != 0 {\n            return None;\n        }\n";
  else if (words.arguments.empty()) out += "        let _ = words;\n";
  return out + std::format("        Some(Self {{ {}}})\n    }}\n}}\n\n", values);
}

}  // namespace

std::string emit_protocol_rust(const Protocol& protocol) {
  std::vector<Item> operations;
  for (const Operation& one : protocol.operations) operations.push_back({one.name, one.code, one.doc});
  std::string out = std::format(
      "// SPDX-License-Identifier: Apache-2.0\n// Generated from abi/protocols/{0}.toml by tools/abigen: do not edit.\n"
      "// {1}\n\n/// Changes with all that both ends must agree on.\npub const HASH: u64 = {2:#x};\n"
      "/// Of a queue; 0: requests are calls of an endpoint.\npub const ENTRIES: u32 = {3};\n/// Bits that a request's flags may have.\npub const FLAGS: u16 = {4};\n{5}\n",
      protocol.name, protocol.doc, protocol.hash, protocol.entries, literal(protocol.flags), rust_constants(protocol.constants));
  if (!operations.empty()) out += rust_enumeration(operations, "Operation", protocol.stream ? "u8" : "u16");
  if (!protocol.stream) out += rust_enumeration(protocol.statuses, "Status", "u32");
  for (const Struct& one : protocol.structs) out += rust_structure(one);
  if (protocol.stream) return out;
  for (const Operation& one : protocol.operations) {
    out += message(pascal(one.name) + "Request", one.doc, one.args, kArgumentWords);
    out += message(pascal(one.name) + "Answer", "", one.results, kResultWords);
  }
  return out;
}

}  // namespace tessera::tools::abigen
