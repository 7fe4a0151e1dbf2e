// SPDX-License-Identifier: Apache-2.0
// NAME.md: a protocol for people.
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"
#include "tools/abigen/protocol.hpp"

namespace tessera::tools::abigen {
namespace {

std::string table(const Words& words, const std::string& title) {
  if (words.arguments.empty()) return "";
  std::string out = std::format("| {} | type | word | meaning |\n| --- | --- | --- | --- |\n", title);
  for (const Argument& one : words.arguments) {
    const std::string half = one.type == "u64" ? "" : one.shift != 0 ? " (upper half)" : " (lower half)";
    out += std::format("| `{}` | {} | {}{} | {} |\n", one.name, one.type, one.word, half, page_cell(one.doc));
  }
  return out + "\n";
}

std::string buffer(const Operation& one) {
  if (!one.client_writes && !one.server_writes) return "No buffer.\n\n";
  std::string out = "Buffer: ";
  const auto side = [&out](bool writes, const std::string& shape, const char* who) {
    if (!writes) return;
    out += std::format("the {} writes it", who);
    if (!shape.empty()) out += ", beginning with `" + shape + "`";
    out += "; ";
  };
  side(one.client_writes, one.request_struct, "client");
  side(one.server_writes, one.answer_struct, "server");
  return out + (one.pieces ? "in one part or a list of pieces.\n\n" : "in one part.\n\n");
}

std::string frame(const Operation& one) {
  const std::string& shape = one.client_writes ? one.request_struct : one.answer_struct;
  return std::string(one.client_writes ? "From the client" : "To the client") + (shape.empty() ? "" : ", beginning with `" + shape + "`") + ".\n\n";
}

}  // namespace

std::string emit_protocol_page(const Protocol& protocol) {
  std::string out = std::format(
      "# Protocol `{0}`\n\nGenerated from `abi/protocols/{0}.toml`. {1}\n\nHash: `{2:#x}`. {3}\n\n", protocol.name, protocol.doc, protocol.hash,
      protocol.stream         ? "Frames in a stream of bytes."
      : protocol.entries == 0 ? "Requests are calls of an endpoint."
                            : std::format("Entries of a queue: {}. Bits of `flags`: {:#x}.", protocol.entries, protocol.flags));
  out += page_constants(protocol.constants);
  if (!protocol.stream) out += page_items(protocol.statuses, "Statuses", "number") + "0: success.\n\n";
  if (!protocol.operations.empty()) out += protocol.stream ? "## Frames\n\n" : "## Operations\n\n";
  for (const Operation& one : protocol.operations) {
    out += std::format("### `{}` ({})\n\n{}\n\n", one.name, one.code, one.doc);
    out += protocol.stream ? frame(one) : table(one.args, "argument") + buffer(one) + table(one.results, "result");
  }
  return out + page_structs(protocol.structs);
}

}  // namespace tessera::tools::abigen
