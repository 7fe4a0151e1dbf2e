// SPDX-License-Identifier: Apache-2.0
// One emitter per generated file. Each is a pure function from the model to text.
#pragma once

#include <string>

#include "tools/abigen/model.hpp"

namespace tessera::tools::abigen {

[[nodiscard]] std::string emit_cpp(const Abi& abi);        // NAME.hpp
[[nodiscard]] std::string emit_client(const Abi& abi);     // NAME.client.hpp
[[nodiscard]] std::string emit_methods(const Abi& abi);    // NAME.methods.hpp
[[nodiscard]] std::string emit_c(const Abi& abi);          // NAME.h
[[nodiscard]] std::string emit_assembler(const Abi& abi);  // NAME.inc
[[nodiscard]] std::string emit_rust(const Abi& abi);       // NAME.rs
[[nodiscard]] std::string emit_reference(const Abi& abi);  // NAME.md

}  // namespace tessera::tools::abigen
