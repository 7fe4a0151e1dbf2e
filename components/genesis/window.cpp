// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/window.hpp"

#include <abi/nucleus.client.hpp>

#include "lib/rt/raw_memory.hpp"

namespace tessera::genesis {

Window::Window(rt::Handle memory, std::uint64_t bytes, std::uint64_t rights)
    : mapping_(rt::objects().map(memory, rt::kComponentArea, bytes, rights)) {}

Window::~Window() {
  if (mapping_) (void)abi::address_space_detach(rt::objects().own().space, mapping_->attachment);
}

std::span<std::byte> Window::bytes() const { return mapping_ ? rt::bytes_at(mapping_->address, mapping_->bytes) : std::span<std::byte>{}; }

}  // namespace tessera::genesis
