// SPDX-License-Identifier: Apache-2.0
// NAME.h: a protocol for C11: numbers, structs, and functions that make words of arguments and back.
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"
#include "tools/abigen/protocol.hpp"

namespace tessera::tools::abigen {
namespace {

std::string parameters(const Words& words, bool pointers) {
  std::string out;
  for (const Argument& one : words.arguments) {
    out += std::format(", uint{}_t {}{}", one.type.substr(1), pointers ? "*" : "", cpp_name(one.name));
  }
  return out;
}

std::string pack(const std::string& name, const Words& words, std::size_t count) {
  std::string out = std::format("static inline void {}_pack(uint64_t words[{}]{}) {{\n", name, count, parameters(words, false));
  for (std::size_t i = 0; i < count; ++i) out += std::format("  words[{}] = 0;\n", i);
  for (const Argument& one : words.arguments) {
    out += std::format("  words[{}] |= (uint64_t){}{};\n", one.word, cpp_name(one.name), one.shift != 0 ? " << 32" : "");
  }
  return out + "}\n";
}

// 0: something that must be zero is not.
std::string unpack(const std::string& name, const Words& words, std::size_t count) {
  std::string out = std::format("static inline int {}_unpack(const uint64_t words[{}]{}) {{\n", name, count, parameters(words, true));
  std::string zero;
  for (const std::size_t word : words.half) zero += std::format("{}words[{}] >> 32", zero.empty() ? "" : " | ", word);
  for (std::size_t word = words.used; word < count; ++word) zero += std::format("{}words[{}]", zero.empty() ? "" : " | ", word);
  for (const Argument& one : words.arguments) {
    out += std::format("  *{} = (uint{}_t)(words[{}]{});\n", cpp_name(one.name), one.type.substr(1), one.word,
                       one.shift != 0 ? " >> 32" : "");
  }
  return out + "  return " + (zero.empty() ? (words.arguments.empty() ? "(void)words, 1" : "1") : "(" + zero + ") == 0") + ";\n}\n";
}

}  // namespace

std::string emit_protocol_c(const Protocol& protocol) {
  const std::string space = "tessera_" + protocol.name, guard = upper(space) + "_PROTOCOL_H";
  std::vector<Item> operations;
  for (const Operation& one : protocol.operations) operations.push_back({one.name, one.code, one.doc});
  std::string out = std::format(
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated from abi/protocols/{0}.toml by tools/abigen: do not edit. */\n"
      "/* {1} */\n#ifndef {2}\n#define {2}\n\n{3}#define {4}_HASH UINT64_C({5:#x})\n#define {4}_ENTRIES {6}\n#define {4}_FLAGS {7}\n{8}\n",
      protocol.name, protocol.doc, guard, c_preamble(), upper(space), protocol.hash, protocol.entries, literal(protocol.flags),
      c_constants(protocol.constants, space));
  if (!operations.empty()) out += c_enumeration(operations, "operation", space);
  if (!protocol.stream) out += c_enumeration(protocol.statuses, "status", space);
  for (const Struct& one : protocol.structs) out += c_structure(one, space);
  if (protocol.stream) return out + "\n#endif\n";
  out += "/* Words of requests and of answers; what unpacks returns 0 where something that must be zero is not. */\n";
  for (const Operation& one : protocol.operations) {
    const std::string name = space + "_" + one.name;
    out += pack(name + "_request", one.args, kArgumentWords) + unpack(name + "_request", one.args, kArgumentWords);
    out += pack(name + "_answer", one.results, kResultWords) + unpack(name + "_answer", one.results, kResultWords);
  }
  return out + "\n#endif\n";
}

}  // namespace tessera::tools::abigen
