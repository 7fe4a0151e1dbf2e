// SPDX-License-Identifier: Apache-2.0
// What the pages of an ABI and those of a protocol have in common, in each language.
#pragma once

#include <string>
#include <vector>

#include "tools/abigen/model.hpp"

namespace tessera::tools::abigen {

// C++: an enum and its name(); a struct with checks of its layout.
[[nodiscard]] std::string cpp_enumeration(const std::vector<Item>& items, const std::string& type, const std::string& base);
[[nodiscard]] std::string cpp_structure(const Struct& shape);
[[nodiscard]] std::string cpp_constants(const std::vector<Constant>& constants);

// C: all names begin with SPACE ("tessera").
[[nodiscard]] std::string c_comment(const std::string& doc);
[[nodiscard]] std::string c_enumeration(const std::vector<Item>& items, const std::string& type, const std::string& space);
[[nodiscard]] std::string c_structure(const Struct& shape, const std::string& space);
[[nodiscard]] std::string c_constants(const std::vector<Constant>& constants, const std::string& space);
// What a header includes and defines before all else.
[[nodiscard]] std::string c_preamble();

[[nodiscard]] std::string rust_enumeration(const std::vector<Item>& items, const std::string& type, const std::string& base);
[[nodiscard]] std::string rust_structure(const Struct& shape);
[[nodiscard]] std::string rust_constants(const std::vector<Constant>& constants);

// Of the reference page.
[[nodiscard]] std::string page_cell(const std::string& text);
[[nodiscard]] std::string page_items(const std::vector<Item>& items, const std::string& title, const std::string& number);
[[nodiscard]] std::string page_constants(const std::vector<Constant>& constants);
[[nodiscard]] std::string page_structs(const std::vector<Struct>& structs);

}  // namespace tessera::tools::abigen
