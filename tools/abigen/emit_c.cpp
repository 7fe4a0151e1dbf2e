// SPDX-License-Identifier: Apache-2.0
// NAME.h: the same for C11.
#include <format>

#include "tools/abigen/emit.hpp"
#include "tools/abigen/names.hpp"

namespace tessera::tools::abigen {
namespace {

// C: /* */ comments, so that C89 readers are not lost; "*/" cannot occur in a doc by accident.
std::string c_comment(const std::string& doc) { return doc.empty() ? "" : "/* " + doc + " */\n"; }

std::string enumeration(const std::vector<Item>& items, const std::string& type) {
  if (items.empty()) return "";
  std::string out = std::format("enum tessera_{} {{\n", type);
  for (const Item& one : items) {
    out += std::format("  TESSERA_{}_{} = {}, {}", upper(type), upper(one.name), one.number, c_comment(one.doc));
  }
  return out + "};\n\n";
}

std::string structure(const Struct& shape) {
  const std::string type = "struct tessera_" + shape.name;
  std::string out = c_comment(shape.doc) + type + " {\n";
  std::string checks = std::format("TESSERA_ABI_CHECK(sizeof({}) == {}, \"size of {}\");\n", type, shape.size, shape.name);
  for (const Field& one : shape.fields) {
    const std::string element = one.is_struct ? "struct tessera_" + one.type : "uint" + one.type.substr(1) + "_t";
    const std::string extent = one.count == 0 ? "" : std::format("[{}]", one.count);
    out += std::format("  {} {}{};", element, cpp_name(one.name), extent);
    out += one.doc.empty() ? "\n" : " " + c_comment(one.doc);
    checks += std::format("TESSERA_ABI_CHECK(offsetof({}, {}) == {}, \"{}.{}\");\n", type, cpp_name(one.name),
                          one.offset, shape.name, one.name);
  }
  if (shape.padding != 0) out += std::format("  uint8_t padding[{}];\n", shape.padding);
  return out + "};\n" + checks + "\n";
}

}  // namespace

std::string emit_c(const Abi& abi) {
  const std::string guard = "TESSERA_ABI_" + upper(abi.name) + "_H";
  std::string out = std::format(
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated from abi/{0}.toml by tools/abigen: do not edit. */\n"
      "/* {1} */\n#ifndef {2}\n#define {2}\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
      "#ifndef TESSERA_ABI_CHECK\n#ifdef __cplusplus\n#define TESSERA_ABI_CHECK(what, text) static_assert(what, text)\n"
      "#else\n#define TESSERA_ABI_CHECK(what, text) _Static_assert(what, text)\n#endif\n#endif\n\n"
      "#define TESSERA_{3}_ABI_HASH UINT64_C({4:#x})\n#define TESSERA_{3}_ABI_VERSION UINT64_C({5})\n\n",
      abi.name, abi.doc, guard, upper(abi.name), abi.hash, abi.version);
  for (const Constant& one : abi.constants) {
    out += c_comment(one.doc) + std::format("#define TESSERA_{} UINT64_C({})\n", upper(one.name), literal(one.value));
  }
  out += "\n" + enumeration(abi.calls, "call") + enumeration(abi.errors, "error");
  std::vector<Item> types;
  if (!abi.objects.empty()) types.push_back({"none", 0, "No object: an empty slot."});
  for (const Object& one : abi.objects) types.push_back({one.name, one.number, one.doc});
  out += enumeration(types, "object");
  for (const Item& one : abi.rights) {
    out += c_comment(one.doc) + std::format("#define TESSERA_RIGHT_{} (1u << {})\n", upper(one.name), one.number);
  }
  if (!abi.rights.empty()) out += "\n";
  for (const Object& object : abi.objects) {
    std::vector<Item> methods;
    for (const Method& one : object.methods) methods.push_back({one.name, one.number, one.doc});
    out += enumeration(methods, object.name + "_method");
  }
  out += enumeration(abi.guest_exits, "guest_exit");
  for (const Struct& one : abi.structs) out += structure(one);
  return out + "#endif\n";
}

}  // namespace tessera::tools::abigen
