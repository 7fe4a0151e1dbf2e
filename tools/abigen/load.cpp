// SPDX-License-Identifier: Apache-2.0
// Reads and checks the text of an abi/*.toml.
#include "tools/abigen/load.hpp"

#include <array>
#include <limits>

#include "tools/abigen/load_items.hpp"
#include "tools/abigen/load_object.hpp"
#include "tools/abigen/load_struct.hpp"
#include "tools/abigen/unique.hpp"
#include "tools/support/hash64.hpp"
#include "tools/toml/parser.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::abigen {
namespace {

constexpr std::uint64_t kMostByte = 255;

void load_head(const toml::Reader& root, Abi& abi) {
  static const std::array<std::string, 3> keys{"name", "version", "doc"};
  const auto heads = root.table("abi");
  if (heads.empty()) {
    if (!root.has("abi")) root.error({1, 1}, "the table [abi] with name, version and doc is missing");
    return;
  }
  const toml::Reader& head = heads.front();
  head.allow(keys, "[abi]");
  abi.name = head.string("name");
  abi.version = head.number("version", std::numeric_limits<std::uint32_t>::max());
  abi.doc = head.string("doc");
  if (head.has("name") && !good_name(abi.name)) head.error(head.where("name"), "'" + abi.name + "' is not a good name");
}

}  // namespace

Abi load(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  static const std::array<std::string, 8> keys{"abi",   "constant",   "call",   "error",
                                               "right", "guest_exit", "object", "struct"};
  Abi abi;
  const auto document = toml::parse(text, file);
  if (!document) {
    diagnostics.add(document.error());
    return abi;
  }
  const toml::Reader root(*document, {1, 1}, diagnostics);
  root.allow(keys, "an ABI file");
  load_head(root, abi);
  abi.hash = hash64(text);
  abi.constants = load_constants(root);
  abi.calls = load_items(root, "call", "number", kMostByte);
  abi.errors = load_items(root, "error", "number", kMostByte);
  abi.rights = load_items(root, "right", "bit", 7);
  abi.guest_exits = load_items(root, "guest_exit", "number", std::numeric_limits<std::uint64_t>::max());
  abi.objects = load_objects(root, abi);
  abi.structs = load_structs(root);
  return abi;
}

}  // namespace tessera::tools::abigen
