// SPDX-License-Identifier: Apache-2.0
// A channel of bytes (lib/ring/byte_ring.hpp) as a component of one thread uses it: each call waits until it is done. A
// peer that breaks the channel's rules ends the component.
#pragma once

#include <span>
#include <string_view>

#include "lib/ring/byte_ring.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/start.hpp"

namespace tessera::service {

class ByteLink {
 public:
  // The granted channel of that name; `protocol`: the hash of what is spoken there. Panics when there is none.
  [[nodiscard]] static ByteLink open(const rt::Start& start, std::string_view name, std::uint64_t protocol);

  // One byte at least: what is there.
  [[nodiscard]] std::size_t read_some(std::span<std::byte> bytes);
  void read(std::span<std::byte> bytes);
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  // Until the peer has taken everything.
  void drain();
  [[nodiscard]] std::uint32_t mode() const { return channel_.in.mode(); }

 private:
  ByteLink(const ring::ByteChannel& channel, rt::Handle wake, rt::Handle peer) : channel_(channel), wake_(wake), peer_(peer) {}
  template <typename Ready>
  void sleep_until(Ready ready);

  ring::ByteChannel channel_;
  rt::Handle wake_, peer_;
};

}  // namespace tessera::service
