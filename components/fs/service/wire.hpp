// SPDX-License-Identifier: Apache-2.0
// The structs of the protocol as those of file_system.hpp, and back; names out of a client's buffer.
#pragma once

#include <abi/protocols/fs.hpp>
#include <array>
#include <optional>
#include <string_view>

#include "components/fs/file_system.hpp"
#include "lib/ring/shared.hpp"

namespace tessera::fs {

namespace wire = protocol::fs;

[[nodiscard]] wire::Time to_wire(const Time& time);
[[nodiscard]] wire::Attributes to_wire(const Attributes& attributes);
[[nodiscard]] wire::Space to_wire(const Space& space);

[[nodiscard]] Time from_wire(std::uint64_t seconds, std::uint32_t nanoseconds);
// None: a word that must be zero is not, or bits that there are not.
[[nodiscard]] std::optional<AttributeChange> from_wire(const wire::AttributeChange& change);
[[nodiscard]] std::optional<NewInode> from_wire(const wire::NewInode& what);

// A copy of a name: the client may change its buffer at any time.
class Name {
 public:
  // name_too_long; invalid: it does not lie in the buffer, or has bytes that no name has.
  [[nodiscard]] static Result<Name> read(std::span<std::byte> buffer, std::uint64_t offset, std::uint32_t bytes);
  // The same of an extended attribute, which may have any byte but 0, and is not empty.
  [[nodiscard]] static Result<Name> read_attribute(std::span<std::byte> buffer, std::uint32_t bytes);
  [[nodiscard]] std::string_view text() const { return {text_.data(), bytes_}; }

 private:
  [[nodiscard]] static Result<Name> copy(std::span<std::byte> buffer, std::uint64_t offset, std::uint32_t bytes);

  std::array<char, wire::kMostName> text_{};
  std::size_t bytes_ = 0;
};

// Packs entries into a buffer.
class EntryWriter final : public DirectorySink {
 public:
  explicit EntryWriter(std::span<std::byte> to) : to_(to) {}
  bool add(const DirectoryEntry& entry) override;
  [[nodiscard]] std::size_t bytes() const { return used_; }
  // An entry found no room though it would have been the first.
  [[nodiscard]] bool too_small() const { return refused_ && used_ == 0; }

 private:
  std::span<std::byte> to_;
  std::size_t used_ = 0;
  bool refused_ = false;
};

}  // namespace tessera::fs
