// SPDX-License-Identifier: Apache-2.0
// Directories: slots of 32 bytes, each file's a few for its long name and then its entry. They are read from the
// beginning to the end; there is no index.
#pragma once

#include <array>

#include "components/fs/fat/names.hpp"
#include "components/fs/fat/nodes.hpp"

namespace tessera::fs::fat {

// A file's entry and its name.
struct Found {
  std::uint32_t first = 0, last = 0;  // slots of the directory: of the long name, or the entry; the entry
  std::uint64_t position = 0;         // of the entry on the volume
  std::array<std::byte, entry::kBytes> slot{};
  Text name;
  [[nodiscard]] Bytes raw() const { return slot; }
};

// What a walk through a directory meets.
class Visitor {
 public:
  // False: it has seen enough. "." and "..", and the volume's label, are not shown.
  virtual bool entry(const Found& found) = 0;
  virtual void label(Bytes) {}
  virtual void free_slot(std::uint32_t, std::uint64_t, Bytes) {}
  // From this slot on nothing was ever used.
  virtual void end(std::uint32_t) {}

 protected:
  ~Visitor() = default;
};
// From a slot on.
Io<> walk(Volume& volume, Node& directory, std::uint32_t from, Visitor& visitor);

// not_found.
Io<Found> find_name(Volume& volume, Node& directory, std::string_view name);
// Whether there is nothing in it.
Io<bool> is_empty(Volume& volume, Node& directory);
// Of a directory.
Io<std::uint32_t> count_subdirectories(Volume& volume, Node& directory);
Io<std::uint32_t> count_clusters(Volume& volume, Node& node);

// The sector of the directory with this index; none: it ends before.
Result<std::optional<std::uint64_t>> directory_sector(Operation& operation, Node& directory, std::uint32_t index);
[[nodiscard]] inline std::uint32_t slots_of(const Volume& volume, std::uint32_t sectors) { return sectors * volume.entries_per_sector(); }

// Room for a name that is not there yet.
struct Place {
  std::uint32_t first = 0;         // slot
  std::uint64_t position = 0;      // of the entry on the volume
  std::uint32_t unused_from = 0;   // slots from there to `first` were never used and are passed over; the same: none
  bool clears_next = false;        // the slot behind must say that nothing was ever used from there on
  ShortName short_name{};
};
// exists: the name, or what is another's short name, unless that entry is to be `ignored`. Without room the directory grows.
Io<Place> make_place(Volume& volume, Node& directory, const NewName& name, std::uint64_t ignored = 0);
// The slots of a name there, with the entry.
Result<void> put_name(Operation& operation, Node& directory, const Place& place, const NewName& name, const Entry& entry);
// The slots of a name go. `later`: as Operation::Deletion has it. `kept`: the file is still in use.
Result<void> remove_name(Operation& operation, Node& directory, const Found& found, bool later, bool kept);
// All slots of both lie in one sector.
[[nodiscard]] bool in_one_sector(const Volume& volume, const Found& found, const Place& place, std::uint32_t slots);

// Free clusters that are zeros on the disk, for a directory.
Io<std::vector<std::uint32_t>> zeroed_clusters(Volume& volume, std::uint32_t count, std::uint32_t goal);

}  // namespace tessera::fs::fat
