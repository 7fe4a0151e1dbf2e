// SPDX-License-Identifier: Apache-2.0
// Spellings of the ABI's snake_case names in the generated languages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::tools::abigen {

[[nodiscard]] std::string pascal(std::string_view name);  // guest_state -> GuestState
[[nodiscard]] std::string upper(std::string_view name);   // guest_state -> GUEST_STATE
[[nodiscard]] std::string cpp_name(std::string_view name);   // delete -> delete_; good for C too
[[nodiscard]] std::string rust_name(std::string_view name);  // move -> move_

// Decimal when small, else hexadecimal: how people know the value.
[[nodiscard]] std::string literal(std::uint64_t value);

// A comment of lines at most 100 characters, each with INDENT and MARK before it; nothing for "".
[[nodiscard]] std::string comment(std::string_view text, std::string_view indent, std::string_view mark);

}  // namespace tessera::tools::abigen
