// SPDX-License-Identifier: Apache-2.0
// What genesis knows of one component: what the manifest says, what is kept for it
// over restarts (memory, devices), and its present life, if it has one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "components/genesis/asked.hpp"
#include "components/genesis/pacing.hpp"
#include "components/genesis/pci.hpp"
#include "components/genesis/store.hpp"
#include "lib/format/manifest.hpp"

namespace tessera::genesis {

// An Untyped from which a part of the component is made each time it starts.
struct Chunk {
  Handle untyped = 0;
  unsigned bits = 0;
  unsigned node = 0;
};

struct DeviceBar {
  PciBar bar;
  Handle memory = 0;
};

// An interrupt of a device: a line, or what the device must write, and where.
struct DeviceInterrupt {
  Handle handle = 0;
  std::uint64_t message_address = 0;
  std::uint64_t message_data = 0;
};

// A device of the component, found and prepared when it first starts.
struct Device {
  std::string_view in_tree;  // what it is compatible with; empty: it is on PCI
  [[nodiscard]] bool on_pci() const { return in_tree.empty(); }
  PciFunction function;
  std::array<DeviceBar, 6> bars{};
  std::size_t bar_count = 0;
  std::optional<MsixTable> msix;
  std::optional<MsiCapability> msi;  // only without a table
  std::array<VirtioCapability, 8> virtio{};
  std::size_t virtio_count = 0;
  static constexpr std::size_t kMostInterrupts = 4;
  std::array<DeviceInterrupt, kMostInterrupts> interrupts{};
  std::size_t interrupt_count = 0;
  std::optional<std::uint32_t> dma_number;  // by which an IOMMU knows it; none: it is behind none
  Handle own_domain = 0;  // of one that was asked for, where there is an IOMMU
  Handle dma = 0;
  std::uint64_t dma_physical = 0, dma_bytes = 0;
  std::size_t asked = 0;  // granted while it runs: the broker's number of it, from 1 on
};

// Hardware that is not a device of its own: a range of ports or an interrupt line.
struct Line {
  Handle handle = 0;
  std::uint64_t first = 0;  // port, or interrupt
  std::uint64_t count = 0;  // ports
};

enum class State : std::uint8_t {
  waiting,   // for those that it needs
  starting,  // it runs, and is not ready
  ready,
  pausing,   // until it is started again
  stopped,   // it ended, was stopped, or was given up
};

struct Component {
  static constexpr std::size_t kMostGifts = 48, kMostMemory = 48, kMostDevices = 4, kMostLines = 8;

  std::size_t number = 0;  // badge and log number: index in the manifest + 1
  format::ManifestComponent what;
  // Whose address space it is in: its own, if it has its domain's first place.
  Component* leader = nullptr;
  std::size_t followers = 0;  // others in its address space
  std::uint64_t area = 0;     // how far its addresses are from those of a component with a space of its own
  std::span<const std::byte> program;   // of what.program
  std::span<const std::byte> fallback;  // of what.fallback; empty: none

  // Kept over restarts.
  Handle tenant = 0;      // its namespace; 0: genesis' own
  Handle audit_ring = 0;  // 0: none
  unsigned node = 0;      // where its memory comes from as long as there is some
  Chunk table, misc, page_tables, image, control, stack;
  std::array<Chunk, kMostMemory> memory{};
  std::size_t memory_count = 0;
  Chunk rooms;             // for two programs that are brought in: the one that it runs, and the next
  std::span<std::byte> room;  // all of that, mapped; empty: none may be
  Chunk reserve;           // out of which it may ask for memory
  Handle reserve_memory = 0;  // all of it
  bool prepared = false;  // the following are filled in
  std::array<Device, kMostDevices> devices{};
  std::size_t device_count = 0;
  Handle domain = 0;  // of its devices; 0: none is needed, or nothing is confined
  std::array<Line, kMostLines> ports{}, interrupts{};
  std::size_t port_count = 0, interrupt_count = 0;

  // Its lives.
  State state = State::waiting;
  std::uint64_t since_ns = 0;         // of this state
  std::uint64_t lives = 0;
  bool falls_back = false;            // it runs the other program
  Pacing pacing;
  std::uint64_t next_start_ns = 0;    // pausing
  std::array<char, 64> reason{};      // why the last life ended, cut
  std::size_t reason_bytes = 0;

  // The present one.
  Handle own_table = 0, space = 0, thread = 0, budget = 0;
  Handle image_memory = 0, control_memory = 0, stack_memory = 0;
  std::uint64_t restarts_in_row = 0;
  bool strayed = false;  // its device was refused something, and its end is to follow
  // Of what was mapped for it and is not gone with it, where its address space stays: attachments.
  std::array<std::uint64_t, kMostGifts> gifts{};
  std::size_t gift_count = 0;
  Asked asked;  // for, and was given
  // The program in place of the manifest's.
  struct Loaded {
    std::array<char, 40> name{};
    std::size_t name_bytes = 0;
    std::size_t half = 0;  // of the room
    std::span<const std::byte> file;  // empty: none
  };
  Loaded loaded;

  [[nodiscard]] std::span<const Chunk> memory_pieces() const { return std::span(memory).first(memory_count); }
  [[nodiscard]] std::uint64_t memory_bytes() const;
  [[nodiscard]] bool is_granted(std::string_view name) const;
  // The value of its first request of that name; none: it has none.
  [[nodiscard]] std::optional<std::string_view> request(std::string_view name) const;
  // The program of this life and the next ones.
  [[nodiscard]] bool is_loaded() const { return !falls_back && !loaded.file.empty(); }
  [[nodiscard]] std::string_view program_name() const {
    if (is_loaded()) return {loaded.name.data(), loaded.name_bytes};
    return falls_back ? what.fallback : what.program;
  }
  [[nodiscard]] std::span<const std::byte> program_file() const { return falls_back ? fallback : is_loaded() ? loaded.file : program; }
  [[nodiscard]] bool runs() const { return state == State::starting || state == State::ready; }

  [[nodiscard]] bool follows() const { return leader != this; }

  void become(State next);
  // False: it has too many.
  [[nodiscard]] bool remember(std::uint64_t attachment);
};

}  // namespace tessera::genesis
