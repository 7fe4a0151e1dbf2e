// SPDX-License-Identifier: Apache-2.0
// NAME.inc: numbers, offsets and sizes for preprocessed assembler. No suffixes
// on the numbers: the assembler would not read them.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

std::string define(const std::string& name, std::uint64_t value) {
  return std::format("#define ABI_{} {}\n", upper(name), literal(value));
}

std::string items(const std::vector<Item>& list, const std::string& prefix) {
  std::string out;
  for (const Item& one : list) out += define(prefix + "_" + one.name, one.number);
  return out;
}

}  // namespace

std::string emit_assembler(const Abi& abi) {
  const std::string guard = "TESSERA_ABI_" + upper(abi.name) + "_INC";
  std::string out = std::format(
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated from abi/{0}.toml by tools/abigen: do not edit. */\n"
      "#ifndef {1}\n#define {1}\n\n",
      abi.name, guard);
  out += define(abi.name + "_ABI_HASH", abi.hash) + define(abi.name + "_ABI_VERSION", abi.version);
  for (const Constant& one : abi.constants) out += define(one.name, one.value);
  out += items(abi.calls, "call") + items(abi.errors, "error");
  for (const Item& one : abi.rights) out += define("right_" + one.name, std::uint64_t{1} << one.number);
  if (!abi.objects.empty()) out += define("object_none", 0);
  for (const Object& object : abi.objects) {
    out += define("object_" + object.name, object.number);
    for (const Method& one : object.methods) out += define("method_" + object.name + "_" + one.name, one.number);
  }
  out += items(abi.guest_exits, "guest_exit");
  for (const Struct& shape : abi.structs) {
    for (const Field& one : shape.fields) out += define(shape.name + "_" + one.name, one.offset);
    out += define(shape.name + "_SIZE", shape.size);
  }
  return out + "\n#endif\n";
}

}  // namespace tessera::tools::abigen
