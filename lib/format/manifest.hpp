// SPDX-License-Identifier: Apache-2.0
// Reader of the compiled manifest (docs/formats.md, "Compiled manifest"). It was
// checked when it was made; here it is checked again as bytes that could be
// anything. Nothing is copied: values are views of the text, still escaped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/format/read.hpp"

namespace tessera::format {

// One line: a key and what follows it, tab-separated.
struct ManifestLine {
  std::string_view key;
  std::string_view rest;  // all behind the first tab
};

// Takes the first line off `text`; nullopt at its end.
[[nodiscard]] std::optional<ManifestLine> take_line(std::string_view& text);
// Takes the first field off what follows a key; nullopt at its end.
[[nodiscard]] std::optional<std::string_view> take_field(std::string_view& rest);
// Undoes \t \n \\ into `out`; nullopt when it does not fit or an escape is unknown.
[[nodiscard]] std::optional<std::string_view> unescape(std::string_view value, std::span<char> out);
// Decimal, or hexadecimal after 0x; nullopt when it is not wholly a number of 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

enum class ComponentKind : std::uint8_t { native, linux, wasm };
enum class RestartPolicy : std::uint8_t { never, always, on_failure };

struct MemoryShare {
  std::uint64_t bytes = 0;    // exactly, or
  std::uint64_t percent = 0;  // of what is left, 1 to 95
};

// Of channels: powers of two.
inline constexpr std::uint64_t kChannelBytes = 256 * 1024, kLeastChannelBytes = 4096, kMostChannelBytes = std::uint64_t{1} << 30;

// Devices and interrupts that one component may ask for.
inline constexpr std::size_t kMostAskedHardware = 8;

// Of programs that are brought in while the system runs: powers of two.
inline constexpr std::uint64_t kLeastReloadBytes = 16 << 10, kMostReloadBytes = 64 << 20;

// Of one interrupt, in a second.
inline constexpr std::uint64_t kInterruptsPerSecond = 50'000, kMostInterruptsPerSecond = 10'000'000;

// Components of one domain.
inline constexpr std::uint64_t kMostPlaces = 4;

inline constexpr std::uint64_t kMostCores = 64;
inline constexpr std::uint64_t kAllCores = kMostCores * 100;  // percent of one

// All zero until the manifest begins one: a table of them takes no place in a program's file.
struct ManifestComponent {
  std::string_view name;
  std::string_view program;
  std::string_view fallback;  // the program instead, when that one was given up; empty: none
  std::string_view domain;
  std::uint64_t place = 0;  // in the domain's address space; 0: it is the domain's own
  ComponentKind kind = ComponentKind::native;
  RestartPolicy restart = RestartPolicy::never;
  std::uint64_t restarts = 0;
  std::uint64_t priority = 0;
  std::uint64_t interrupts = 0;  // that each of its interrupts may come in a second
  MemoryShare memory;
  std::uint64_t reload = 0;    // bytes of a program that may take the place of this one while the system runs; 0: none may
  bool by_hand = false;        // started by the operator only
  std::optional<std::uint64_t> node;  // of the machine, of which the memory must be
  std::uint64_t cpu_percent = 0;  // of one core, 1 to kAllCores
  std::uint64_t core = 0;         // where its first thread runs
  std::string_view lines;  // all of its lines: needs, grant, request, config, channel and member are read from here
};

// Memory in one piece that several components share.
struct ManifestPool {
  std::string_view name;
  MemoryShare memory;
};

struct Manifest {
  static constexpr std::size_t kMostComponents = 63;  // badges of the log
  static constexpr std::size_t kMostPools = 8;
  std::string_view system;
  std::string_view main;
  std::string_view key;  // that signs programs, hexadecimal; empty: none
  std::array<ManifestPool, kMostPools> pools{};
  std::size_t pool_count = 0;
  std::array<ManifestComponent, kMostComponents> components{};
  std::size_t component_count = 0;

  [[nodiscard]] std::span<const ManifestComponent> all() const { return std::span(components).first(component_count); }
  // Index of a component; nullopt when there is none of that name.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] std::optional<std::size_t> find_pool(std::string_view name) const;
};

// Fills `manifest` (which is large) from the text.
[[nodiscard]] Parsed<void> parse_manifest(std::string_view text, Manifest& manifest);

}  // namespace tessera::format
