// SPDX-License-Identifier: Apache-2.0
// POSIX access control lists: shorter on the disk than clients know them (version 1 and 2 of Linux' form).
#pragma once

#include "components/fs/ext4/attributes.hpp"

namespace tessera::fs::ext4 {

[[nodiscard]] inline bool is_access_list(const AttributeName& name) { return name.index == 2 || name.index == 3; }

Result<std::size_t> shown_list_bytes(Bytes stored);
// `to` has room for it.
void show_list(Bytes stored, Room to);
// Of a client's form; invalid: it has none.
Result<std::vector<std::byte>> stored_list(Bytes shown);

}  // namespace tessera::fs::ext4
