// SPDX-License-Identifier: Apache-2.0
// Reads and checks the text of an abi/protocols/*.toml.
#include <algorithm>
#include <array>
#include <bit>
#include <format>

#include "tools/abigen/load_items.hpp"
#include "tools/abigen/load_struct.hpp"
#include "tools/abigen/names.hpp"
#include "tools/abigen/protocol.hpp"
#include "tools/abigen/unique.hpp"
#include "tools/support/hash64.hpp"
#include "tools/support/suggest.hpp"
#include "tools/toml/parser.hpp"

namespace tessera::tools::abigen {
namespace {

constexpr std::uint64_t kMostEntries = 32768;
constexpr std::uint64_t kMostCode = 0xffff;
constexpr std::uint64_t kMostStatus = 0xffff;
constexpr std::uint64_t kMostFrame = 0xff;

void load_head(const toml::Reader& root, Protocol& protocol) {
  static const std::array<std::string, 5> keys{"name", "doc", "transport", "entries", "flags"};
  static const std::array<std::string, 3> transports{"ring", "call", "stream"};
  const auto heads = root.table("protocol");
  if (heads.empty()) {
    if (!root.has("protocol")) root.error({1, 1}, "the table [protocol] with name, entries and doc is missing");
    return;
  }
  const toml::Reader& head = heads.front();
  head.allow(keys, "[protocol]");
  protocol.name = head.string("name");
  protocol.doc = head.string("doc");
  if (head.has("name") && !good_name(protocol.name)) {
    head.error(head.where("name"), "'" + protocol.name + "' is not a good name");
  }
  const std::string transport = head.string_or("transport", "ring");
  if (std::ranges::find(transports, transport) == transports.end()) {
    head.error(head.where("transport"), "no transport '" + transport + "'" + suggestion(transport, transports));
  }
  protocol.stream = transport == "stream";
  if (transport != "ring") {
    for (const char* key : {"entries", "flags"}) {
      if (head.has(key)) head.error(head.where(key), std::string("only requests in a ring have ") + key);
    }
    return;
  }
  protocol.entries = head.number("entries", kMostEntries);
  protocol.flags = head.number_or("flags", 0, kMostCode);
  if (head.has("entries") && !std::has_single_bit(protocol.entries)) {
    head.error(head.where("entries"), "the entries of a queue are a power of two");
  }
}

// Gives ARGUMENT its place.
void place(Words& words, Argument& argument) {
  if (argument.type == "u32" && !words.half.empty() && words.half.back() == words.used - 1) {
    words.half.pop_back();
    argument.word = words.used - 1;
    argument.shift = 32;
    return;
  }
  argument.word = words.used++;
  if (argument.type == "u32") words.half.push_back(argument.word);
}

Words load_words(const toml::Reader& operation, const char* key, std::size_t most) {
  static const std::array<std::string, 3> keys{"name", "type", "doc"};
  static const std::array<std::string, 2> types{"u64", "u32"};
  Words words;
  Unique unique("argument");
  for (const toml::Reader& reader : operation.tables(key)) {
    reader.allow(keys, "an argument");
    Argument argument{.name = reader.string("name"), .type = reader.string("type"), .doc = reader.string_or("doc", "")};
    unique.name(reader, argument.name);
    if (argument.name == "words" || argument.name == "of_words") {
      reader.error(reader.where("name"), "an argument may not be called '" + argument.name + "': the generated code uses it");
    }
    if (reader.has("type") && std::ranges::find(types, argument.type) == types.end()) {
      reader.error(reader.where("type"), "no argument type '" + argument.type + "'" + suggestion(argument.type, types));
    }
    place(words, argument);
    words.arguments.push_back(std::move(argument));
  }
  if (words.used > most) {
    operation.error(operation.where(key), std::format("there are {} words for {}, these take {}", most, key, words.used));
  }
  return words;
}

void load_buffer(const toml::Reader& reader, Operation& operation, bool calls) {
  static const std::array<std::string, 4> kinds{"none", "in", "out", "both"};
  const std::string kind = reader.string_or("buffer", "none");
  if (std::ranges::find(kinds, kind) == kinds.end()) {
    reader.error(reader.where("buffer"), "no kind of buffer '" + kind + "'" + suggestion(kind, kinds));
  }
  operation.client_writes = kind == "in" || kind == "both";
  operation.server_writes = kind == "out" || kind == "both";
  operation.pieces = reader.boolean_or("pieces", false);
  if (operation.pieces && calls) reader.error(reader.where("pieces"), "requests that are calls have no pieces");
  if (operation.pieces && kind == "none") reader.error(reader.where("pieces"), "an operation without a buffer has no pieces");
}

// The name of a struct under KEY, which needs that the one side WRITES the buffer.
std::string load_shape(const toml::Reader& reader, const char* key, bool writes, const Protocol& protocol) {
  if (!reader.has(key)) return "";
  const std::string name = reader.string(key);
  std::vector<std::string> known;
  for (const Struct& one : protocol.structs) known.push_back(one.name);
  if (std::ranges::find(known, name) == known.end()) {
    reader.error(reader.where(key), "no struct is called '" + name + "'" + suggestion(name, known));
  }
  if (!writes) {
    reader.error(reader.where(key), std::string(key) + " needs a buffer that the " +
                                        (std::string_view(key) == "request" ? "client" : "server") + " writes");
  }
  return name;
}

// A kind of frames says who sends it, and at most what its content begins with.
void check_frame(const toml::Reader& reader, const Operation& operation, const Protocol& protocol) {
  if (!protocol.stream) return;
  if (operation.code > kMostFrame) reader.error(reader.where("code"), "a kind of frames is a number from 0 to 255");
  for (const char* key : {"args", "results", "pieces"}) {
    if (reader.has(key)) reader.error(reader.where(key), std::string("frames have no ") + key);
  }
  const std::string buffer = reader.string_or("buffer", "none");
  if (buffer != "in" && buffer != "out") reader.error(reader.where(), "frames need buffer = \"in\", from the client, or \"out\", to it");
}

void load_operations(const toml::Reader& root, Protocol& protocol) {
  static const std::array<std::string, 9> keys{"name", "code", "doc", "args", "results", "buffer", "pieces", "request", "answer"};
  Unique unique("operation");
  for (const toml::Reader& reader : root.tables("operation")) {
    reader.allow(keys, "an operation");
    Operation operation{.name = reader.string("name"), .code = reader.number("code", kMostCode), .doc = reader.string("doc")};
    unique.name(reader, operation.name);
    unique.number(reader, "code", operation.code);
    check_frame(reader, operation, protocol);
    operation.args = load_words(reader, "args", kArgumentWords);
    operation.results = load_words(reader, "results", kResultWords);
    load_buffer(reader, operation, protocol.entries == 0);
    operation.request_struct = load_shape(reader, "request", operation.client_writes, protocol);
    operation.answer_struct = load_shape(reader, "answer", operation.server_writes, protocol);
    protocol.operations.push_back(std::move(operation));
  }
  if (protocol.operations.empty() && !protocol.stream) root.error({1, 1}, "a protocol needs operations");
}

// Names that the generated code makes itself.
void check_struct_names(const toml::Reader& root, const Protocol& protocol) {
  std::vector<std::string> taken{"Operation", "Status", "Protocol", "Words"};
  for (const Operation& one : protocol.operations) {
    taken.push_back(pascal(one.name) + "Request");
    taken.push_back(pascal(one.name) + "Answer");
  }
  for (const toml::Reader& reader : root.tables("struct")) {
    const std::string name = pascal(reader.string_or("name", ""));
    if (std::ranges::find(taken, name) != taken.end()) {
      reader.error(reader.where("name"), "the generated code has a " + name + " of its own: choose another name");
    }
  }
}

std::string agreed(const Words& words) {
  std::string out;
  for (const Argument& one : words.arguments) out += one.name + ":" + one.type + ",";
  return out + ";";
}

// All that the two ends must agree on, and no text that is for people only.
std::string agreed(const Protocol& protocol) {
  std::string out = std::format("{} {} {}\n", protocol.name, protocol.entries, protocol.flags);
  for (const Constant& one : protocol.constants) out += std::format("constant {} {}{}\n", one.name, one.value, one.text);
  for (const Item& one : protocol.statuses) out += std::format("status {} {}\n", one.name, one.number);
  for (const Struct& one : protocol.structs) {
    out += std::format("struct {} {}\n", one.name, one.size);
    for (const Field& field : one.fields) out += std::format("{} {} {} {}\n", field.name, field.type, field.count, field.offset);
  }
  for (const Operation& one : protocol.operations) {
    out += std::format("operation {} {} {}{}{} {} {} {} {}\n", one.name, one.code, agreed(one.args), agreed(one.results),
                       one.client_writes, one.server_writes, one.pieces, one.request_struct, one.answer_struct);
  }
  return out;
}

}  // namespace

Protocol load_protocol(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  static const std::array<std::string, 5> keys{"protocol", "constant", "status", "struct", "operation"};
  Protocol protocol;
  const auto document = toml::parse(text, file);
  if (!document) {
    diagnostics.add(document.error());
    return protocol;
  }
  const toml::Reader root(*document, {1, 1}, diagnostics);
  root.allow(keys, "a protocol file");
  load_head(root, protocol);
  protocol.constants = load_constants(root);
  protocol.statuses = load_items(root, "status", "number", kMostStatus);
  for (const toml::Reader& reader : root.tables("status")) {
    if (reader.has("number") && reader.number("number") == 0) {
      reader.error(reader.where("number"), "status 0 stands for success in every protocol");
    }
  }
  protocol.structs = load_structs(root);
  load_operations(root, protocol);
  check_struct_names(root, protocol);
  protocol.hash = hash64(agreed(protocol));
  return protocol;
}

}  // namespace tessera::tools::abigen
