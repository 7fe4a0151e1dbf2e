// SPDX-License-Identifier: Apache-2.0
// A flattened device tree (Devicetree Specification 0.4, 5): bytes that firmware wrote.
// All of it is checked when it is opened; what is asked for later is found within it.
//
// Knows the format, addresses and their translation; not what any node means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::foreign {

class DeviceTree {
 public:
  using Bytes = std::span<const std::byte>;
  struct Range {
    std::uint64_t start = 0;
    std::uint64_t end = 0;  // exclusive, not below start
  };
  static constexpr std::size_t kMostBytes = 2 * 1024 * 1024;
  static constexpr unsigned kMostDepth = 16;

  // The children of a node are numbered and measured as it says (2.3.5), and their addresses
  // are those of the node's own parent as its `ranges` says (2.3.8).
  struct Bus {
    const Bus* parent = nullptr;
    std::uint32_t address_cells = 2, size_cells = 1;
    bool translates = true;  // else no address below is one of the CPU's
    Bytes ranges{};          // empty: the same addresses
  };
  struct Node {
    std::string_view name;
    std::size_t inside = 0;  // offset of what follows the name
    const Bus* bus = nullptr;  // it is on; none: the root
  };

  // How many bytes a tree that begins so has; 0 when it is none.
  [[nodiscard]] static std::size_t size_of(Bytes head);
  // `blob` may be longer than the tree.
  [[nodiscard]] static std::expected<DeviceTree, std::string_view> open(Bytes blob);

  // Visits all nodes, parents first. `Visit`: void(const Node&).
  template <typename Visit>
  void each(Visit visit) const {
    const Token root = token_at(0);
    walk({root.name, root.next, nullptr}, visit);
  }
  [[nodiscard]] std::optional<Bytes> property(const Node& node, std::string_view name) const;
  [[nodiscard]] bool has(const Node& node, std::string_view name) const { return property(node, name).has_value(); }
  [[nodiscard]] bool is_compatible(const Node& node, std::string_view with) const;
  // Present and not said to be out of use.
  [[nodiscard]] bool in_use(const Node& node) const;
  // A number of one or two cells.
  [[nodiscard]] std::optional<std::uint64_t> number(const Node& node, std::string_view name) const;
  // The nth range of `reg`, in addresses of the CPU.
  [[nodiscard]] std::optional<Range> range(const Node& node, unsigned index) const;
  // An address on this bus, as the CPU's.
  [[nodiscard]] static std::optional<std::uint64_t> translate(const Bus& on, std::uint64_t address);

  // Entries of the memory reservation block (5.3).
  [[nodiscard]] std::optional<Range> reservation(unsigned index) const;

  // The blocks as they are, of nodes and of names (5.4, 5.5).
  [[nodiscard]] Bytes structure() const { return structure_; }
  [[nodiscard]] Bytes strings() const { return strings_; }

  // 0 behind the end.
  [[nodiscard]] static std::uint32_t cell(Bytes bytes, std::size_t index);
  // `count` cells from the nth on; cells above the lowest two must be zero.
  [[nodiscard]] static std::optional<std::uint64_t> cells(Bytes bytes, std::size_t first, std::size_t count);

 private:
  enum class Kind : std::uint32_t { begin = 1, end = 2, property = 3, nothing = 4, last = 9, damaged = 0 };
  struct Token {
    Kind kind = Kind::damaged;
    std::string_view name;
    Bytes value{};
    std::size_t next = 0;
  };
  [[nodiscard]] Token token_at(std::size_t offset) const;
  [[nodiscard]] std::string_view check() const;
  [[nodiscard]] Bus bus_of(const Node& node) const;

  // Where the node's end is. Depth is bounded: check().
  template <typename Visit>
  std::size_t walk(const Node& node, Visit& visit) const {
    visit(node);
    const Bus below = bus_of(node);
    std::size_t at = node.inside;
    for (;;) {
      const Token token = token_at(at);
      at = token.next;
      if (token.kind == Kind::begin) at = walk({token.name, token.next, &below}, visit);
      if (token.kind != Kind::begin && token.kind != Kind::property && token.kind != Kind::nothing) return at;
    }
  }

  Bytes structure_, strings_, reservations_;
};

}  // namespace tessera::foreign
