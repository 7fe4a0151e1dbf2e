// SPDX-License-Identifier: Apache-2.0
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {

// C: /* */ comments, so that C89 readers are not lost; "*/" cannot occur in a doc by accident.
std::string c_comment(const std::string& doc) { return doc.empty() ? "" : "/* " + doc + " */\n"; }

std::string c_enumeration(const std::vector<Item>& items, const std::string& type, const std::string& space) {
  if (items.empty()) return "";
  std::string out = std::format("enum {}_{} {{\n", space, type);
  for (const Item& one : items) {
    out += std::format("  {}_{}_{} = {}, {}", upper(space), upper(type), upper(one.name), one.number, c_comment(one.doc));
  }
  return out + "};\n\n";
}

std::string c_structure(const Struct& shape, const std::string& space) {
  const std::string type = "struct " + space + "_" + shape.name;
  std::string out = c_comment(shape.doc) + type + " {\n";
  std::string checks = std::format("TESSERA_ABI_CHECK(sizeof({}) == {}, \"size of {}\");\n", type, shape.size, shape.name);
  for (const Field& one : shape.fields) {
    const std::string element = one.is_struct ? "struct " + space + "_" + one.type : "uint" + one.type.substr(1) + "_t";
    const std::string extent = one.count == 0 ? "" : std::format("[{}]", one.count);
    out += std::format("  {} {}{};", element, cpp_name(one.name), extent);
    out += one.doc.empty() ? "\n" : " " + c_comment(one.doc);
    checks += std::format("TESSERA_ABI_CHECK(offsetof({}, {}) == {}, \"{}.{}\");\n", type, cpp_name(one.name),
                          one.offset, shape.name, one.name);
  }
  if (shape.padding != 0) out += std::format("  uint8_t padding[{}];\n", shape.padding);
  return out + "};\n" + checks + "\n";
}

std::string c_constants(const std::vector<Constant>& constants, const std::string& space) {
  std::string out;
  for (const Constant& one : constants) {
    const std::string value = one.text.empty() ? "UINT64_C(" + literal(one.value) + ")" : "\"" + one.text + "\"";
    out += c_comment(one.doc) + std::format("#define {}_{} {}\n", upper(space), upper(one.name), value);
  }
  return out;
}

std::string c_preamble() {
  return "#include <stddef.h>\n#include <stdint.h>\n\n"
         "#ifndef TESSERA_ABI_CHECK\n#ifdef __cplusplus\n#define TESSERA_ABI_CHECK(what, text) static_assert(what, text)\n"
         "#else\n#define TESSERA_ABI_CHECK(what, text) _Static_assert(what, text)\n#endif\n#endif\n\n";
}

}  // namespace tessera::tools::abigen
