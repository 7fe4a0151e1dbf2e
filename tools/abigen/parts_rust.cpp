// SPDX-License-Identifier: Apache-2.0
#include <format>

#include "tools/abigen/names.hpp"
#include "tools/abigen/parts.hpp"

namespace tessera::tools::abigen {

std::string rust_enumeration(const std::vector<Item>& items, const std::string& type, const std::string& base) {
  if (items.empty()) return "";
  std::string out = std::format(
      "#[repr({})]\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum {} {{\n", base, type);
  std::string arms;
  for (const Item& one : items) {
    out += comment(one.doc, "    ", "///") + std::format("    {} = {},\n", pascal(one.name), one.number);
    arms += std::format("            {} => Some(Self::{}),\n", one.number, pascal(one.name));
  }
  out += std::format(
      "}}\n\nimpl {0} {{\n    /// The value that a number stands for, if it stands for one.\n"
      "    pub const fn from_number(number: {1}) -> Option<Self> {{\n        match number {{\n{2}"
      "            _ => None,\n        }}\n    }}\n}}\n\n",
      type, base, arms);
  return out;
}

std::string rust_structure(const Struct& shape) {
  const std::string type = pascal(shape.name);
  std::string out = comment(shape.doc, "", "///");
  out += std::format("#[repr(C)]\n#[derive(Clone, Copy)]\npub struct {} {{\n", type);
  std::string checks = std::format("const _: () = assert!(core::mem::size_of::<{}>() == {});\n", type, shape.size);
  for (const Field& one : shape.fields) {
    const std::string element = one.is_struct ? pascal(one.type) : one.type;
    const std::string full = one.count == 0 ? element : std::format("[{}; {}]", element, one.count);
    out += comment(one.doc, "    ", "///") + std::format("    pub {}: {},\n", rust_name(one.name), full);
    checks += std::format("const _: () = assert!(core::mem::offset_of!({}, {}) == {});\n", type, rust_name(one.name),
                          one.offset);
  }
  if (shape.padding != 0) out += std::format("    pub padding: [u8; {}],\n", shape.padding);
  return out + "}\n" + checks + "\n";
}

std::string rust_constants(const std::vector<Constant>& constants) {
  std::string out;
  for (const Constant& one : constants) {
    out += comment(one.doc, "", "///") + std::format("pub const {}: {};\n", upper(one.name),
                                                     one.text.empty() ? "u64 = " + literal(one.value) : "&str = \"" + one.text + "\"");
  }
  return out;
}

}  // namespace tessera::tools::abigen
