// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/directory.hpp"

#include <algorithm>

#include "components/fs/fat/commit.hpp"
#include "components/fs/fat/table.hpp"

namespace tessera::fs::fat {

Result<std::optional<std::uint64_t>> directory_sector(Operation& operation, Node& directory, std::uint32_t index) {
  const Geometry& geometry = operation.volume.geometry;
  if (index >= entry::kMostInDirectory / operation.volume.entries_per_sector()) return std::nullopt;
  if (directory.root() && !geometry.fat32()) {
    if (index >= geometry.root_sectors) return std::nullopt;
    return geometry.fixed_root + index;
  }
  const std::optional<std::uint32_t> cluster = TRY(find_cluster(operation, directory, index / geometry.cluster_sectors));
  if (!cluster && index == 0) return fail(Error::corrupt);  // a directory without clusters
  if (!cluster) return std::nullopt;
  return geometry.sector_of(*cluster) + index % geometry.cluster_sectors;
}

Io<> walk(Volume& volume, Node& directory, std::uint32_t from, Visitor& visitor) {
  constexpr std::uint32_t kAhead = 16;
  const std::uint32_t per_sector = volume.entries_per_sector();
  std::vector<std::byte> contents(volume.geometry.sector_bytes);
  LongName long_name;
  Found found;
  for (std::uint32_t index = from / per_sector;; ++index) {
    const Result<std::optional<std::uint64_t>> sector = co_await run(volume, [&](Operation& operation) -> Result<std::optional<std::uint64_t>> {
      const std::optional<std::uint64_t> at = TRY(directory_sector(operation, directory, index));
      if (!at) return at;
      const std::uint32_t left = directory.root() && !volume.geometry.fat32() ? volume.geometry.root_sectors - index
                                                                             : volume.geometry.cluster_sectors - index % volume.geometry.cluster_sectors;
      copy(contents, TRY(operation.read(*at, std::min(left, kAhead))));
      return at;
    });
    if (!sector) co_return fail(sector.error());
    if (!*sector) {
      visitor.end(index * per_sector);
      co_return Result<void>();
    }
    for (std::uint32_t in = 0; in < per_sector; ++in) {
      const std::uint32_t number = index * per_sector + in;
      const Bytes slot = Bytes(contents).subspan(in * entry::kBytes, entry::kBytes);
      const std::uint8_t first = get8(slot, 0), attributes = get8(slot, entry::kAttributes);
      if (number < from) continue;
      if (first == entry::kEnd) {
        visitor.end(number);
        co_return Result<void>();
      }
      if (first == entry::kDeleted) {
        long_name.forget();
        visitor.free_slot(number, **sector * per_sector + in, slot);
      } else if ((attributes & entry::kLongNameMask) == entry::kLongName) {
        long_name.add(slot);
      } else if ((attributes & entry::kVolume) != 0) {
        long_name.forget();
        visitor.label(slot);
      } else {
        found.name = long_name.take(short_name_of(slot));
        found.first = number - (found.name.empty() ? 0 : long_name.slots());
        found.last = number;
        found.position = **sector * per_sector + in;
        copy(found.slot, slot);
        if (found.name.empty()) found.name = text_of(slot);
        long_name.forget();
        if (first == '.') continue;  // "." and "..", which nothing else begins like
        if (!visitor.entry(found)) co_return Result<void>();
      }
    }
  }
}

namespace {

class Finder final : public Visitor {
 public:
  explicit Finder(std::string_view name) : name_(without_dots(name)) {}
  bool entry(const Found& one) override {
    if (!same_name(one.name, name_)) return true;
    found = one;
    return false;
  }
  std::optional<Found> found;

 private:
  std::string_view name_;
};

struct Counter final : Visitor {
  std::uint32_t entries = 0, directories = 0;
  bool first_only = false;
  bool entry(const Found& found) override {
    ++entries;
    if ((get8(found.raw(), entry::kAttributes) & entry::kDirectory) != 0) ++directories;
    return !first_only;
  }
};

// Looks for room, for the name itself, and for the short names that begin like its own.
class PlaceFinder final : public Visitor {
 public:
  PlaceFinder(const Volume& volume, const NewName& name, std::uint64_t ignored)
      : volume_(volume), name_(name), slots_(name.slots()), ignored_(ignored) {}

  bool entry(const Found& one) override {
    const ShortName short_name = short_name_of(one.raw());
    if (one.position == ignored_) return true;
    if (same_name(one.name, name_.text) || (!name_.numbered && short_name == name_.short_name)) {
      exists = true;
      return false;
    }
    if (name_.numbered && std::ranges::contains(short_name, '~')) taken_.push_back(short_name);
    return true;
  }
  void free_slot(std::uint32_t slot, std::uint64_t position, Bytes raw) override {
    if (volume_.reserved.contains(position)) return note_gone(position, raw);
    const std::uint32_t per_sector = volume_.entries_per_sector();
    if (any_run_.add(slot, false) >= slots_ && !anywhere) anywhere = any_run_.first;
    if (sector_run_.add(slot, slot % per_sector == 0) >= slots_ && !in_sector) in_sector = sector_run_.first;
  }
  void end(std::uint32_t slot) override { end_slot = slot; }

  [[nodiscard]] ShortName short_name() {
    if (!name_.numbered) return name_.short_name;
    std::ranges::sort(taken_);
    for (std::uint32_t number = 1;; ++number) {
      const ShortName candidate = numbered(name_.short_name, number);
      if (!std::ranges::binary_search(taken_, candidate)) return candidate;
    }
  }

  bool exists = false;
  bool waits = false;  // for an entry that goes to be gone
  std::optional<std::uint32_t> in_sector, anywhere;  // runs of free slots
  std::uint32_t end_slot = 0;

 private:
  // What was removed and may still be on the disk must not have the same short name.
  void note_gone(std::uint64_t position, Bytes raw) {
    const auto one = std::ranges::find(volume_.changes.deletions, position, &Operation::Deletion::position);
    if (one == volume_.changes.deletions.end() || (get8(raw, entry::kAttributes) & entry::kLongNameMask) == entry::kLongName) return;
    ShortName gone = short_name_of(raw);
    gone.front() = static_cast<char>(one->first);
    if (name_.numbered) taken_.push_back(gone);
    else waits = waits || gone == name_.short_name;
  }

  const Volume& volume_;
  const NewName& name_;
  std::uint32_t slots_;
  std::uint64_t ignored_;
  std::vector<ShortName> taken_;
  struct Run {
    std::uint32_t first = 0, count = 0;
    std::uint32_t add(std::uint32_t slot, bool anew) {
      if (anew || slot != first + count) first = slot, count = 0;
      return ++count;
    }
  };
  Run any_run_, sector_run_;
};

// So many sectors a directory has, at least if it is so many.
Io<std::uint32_t> sectors_up_to(Volume& volume, Node& directory, std::uint32_t wanted) {
  co_return co_await run(volume, [&](Operation& operation) -> Result<std::uint32_t> {
    for (std::uint32_t have = wanted; have > 0; --have) {
      if (TRY(directory_sector(operation, directory, have - 1))) return have;
    }
    return 0u;
  });
}

Io<> grow_directory(Volume& volume, Node& directory, std::uint32_t have_sectors, std::uint32_t want_sectors) {
  const Geometry& geometry = volume.geometry;
  const bool fixed = directory.root() && !geometry.fat32();
  if (fixed || want_sectors > entry::kMostInDirectory / volume.entries_per_sector()) co_return fail(Error::no_space);
  const std::uint32_t have = have_sectors / geometry.cluster_sectors;
  const std::uint32_t want = (want_sectors + geometry.cluster_sectors - 1) / geometry.cluster_sectors;
  const Result<std::uint32_t> tail = co_await run(volume, [&](Operation& operation) { return cluster_at(operation, directory, have - 1); });
  if (!tail) co_return fail(tail.error());
  const Result<std::vector<std::uint32_t>> fresh = co_await zeroed_clusters(volume, want - have, *tail + 1);
  if (!fresh) co_return fail(fresh.error());
  const Result<void> linked = co_await run(volume, [&](Operation& operation) { return link_clusters(operation, *tail, *fresh); });
  if (linked) directory.clusters.reset();
  co_return linked;
}

// A name goes into one sector where it fits into one: then it comes and goes at once.
std::uint32_t start_for(const Volume& volume, std::uint32_t end_slot, std::uint32_t slots) {
  const std::uint32_t per_sector = volume.entries_per_sector();
  if (slots > per_sector || end_slot % per_sector + slots <= per_sector) return end_slot;
  return (end_slot / per_sector + 1) * per_sector;
}

}  // namespace

Io<Found> find_name(Volume& volume, Node& directory, std::string_view name) {
  Finder finder(name);
  if (const Result<void> walked = co_await walk(volume, directory, 0, finder); !walked) co_return fail(walked.error());
  if (!finder.found) co_return fail(Error::not_found);
  co_return std::move(*finder.found);
}

Io<bool> is_empty(Volume& volume, Node& directory) {
  Counter counter;
  counter.first_only = true;
  if (const Result<void> walked = co_await walk(volume, directory, 0, counter); !walked) co_return fail(walked.error());
  co_return counter.entries == 0;
}

Io<std::uint32_t> count_subdirectories(Volume& volume, Node& directory) {
  if (!directory.subdirectories) {
    Counter counter;
    if (const Result<void> walked = co_await walk(volume, directory, 0, counter); !walked) co_return fail(walked.error());
    directory.subdirectories = counter.directories;
  }
  co_return *directory.subdirectories;
}

Io<std::uint32_t> count_clusters(Volume& volume, Node& node) {
  constexpr std::uint32_t kStep = 1024;
  for (std::uint32_t at = 0; !node.clusters; at += kStep) {
    const Result<void> done = co_await run(volume, [&](Operation& operation) -> Result<void> {
      for (std::uint32_t index = at; index < at + kStep; ++index) {
        if (TRY(find_cluster(operation, node, index))) continue;
        node.clusters = index;
        break;
      }
      return {};
    });
    if (!done) co_return fail(done.error());
  }
  co_return *node.clusters;
}

Io<std::vector<std::uint32_t>> zeroed_clusters(Volume& volume, std::uint32_t count, std::uint32_t goal) {
  const Geometry& geometry = volume.geometry;
  Result<std::vector<std::uint32_t>> found = co_await find_free(volume, count, goal);
  if (!found) co_return found;
  for (const std::uint32_t cluster : *found) {
    volume.sectors.forget(geometry.sector_of(cluster), geometry.cluster_sectors);
    for (std::uint64_t done = 0; done < geometry.cluster_bytes; done += volume.zeros.size()) {
      const std::span<std::byte> piece = volume.zeros.first(static_cast<std::size_t>(std::min<std::uint64_t>(volume.zeros.size(), geometry.cluster_bytes - done)));
      if (const Result<void> wrote = co_await volume.device.write(geometry.place_of(cluster) + done, std::span(&piece, 1), false); !wrote) co_return fail(wrote.error());
    }
  }
  volume.changes.directory_grew = true;
  co_return found;
}

Io<Place> make_place(Volume& volume, Node& directory, const NewName& name, std::uint64_t ignored) {
  PlaceFinder finder(volume, name, ignored);
  if (const Result<void> walked = co_await walk(volume, directory, 0, finder); !walked) co_return fail(walked.error());
  if (finder.exists) co_return fail(Error::exists);
  if (finder.waits) {
    if (const Result<void> done = co_await commit(volume); !done) co_return fail(done.error());
  }
  const std::uint32_t slots = name.slots(), per_sector = volume.entries_per_sector();
  Place place{.short_name = finder.short_name()};
  const std::uint32_t end = start_for(volume, finder.end_slot, slots);
  if (finder.in_sector || (slots > per_sector && finder.anywhere)) {
    place.first = place.unused_from = finder.in_sector ? *finder.in_sector : *finder.anywhere;
  } else {
    const std::uint32_t wanted = (end + slots + per_sector - 1) / per_sector;
    const Result<std::uint32_t> have = co_await sectors_up_to(volume, directory, wanted);
    if (!have) co_return fail(have.error());
    place.first = end;
    place.unused_from = finder.end_slot;
    if (*have < wanted) {
      const Result<void> grown = co_await grow_directory(volume, directory, *have, wanted);
      if (!grown && grown.error() != Error::no_space) co_return fail(grown.error());
      // What lies across sectors is better than nothing.
      if (!grown && finder.anywhere) place.first = place.unused_from = *finder.anywhere;
      else if (!grown && finder.end_slot + slots <= slots_of(volume, *have)) place.first = finder.end_slot;
      else if (!grown) co_return fail(Error::no_space);
    }
    place.clears_next = place.first >= finder.end_slot;
  }
  const std::uint32_t last = place.first + slots - 1;
  const Result<std::uint64_t> position = co_await run(volume, [&](Operation& operation) -> Result<std::uint64_t> {
    const std::optional<std::uint64_t> sector = TRY(directory_sector(operation, directory, last / per_sector));
    if (!sector) return fail(Error::corrupt);
    return *sector * per_sector + last % per_sector;
  });
  if (!position) co_return fail(position.error());
  place.position = *position;
  co_return place;
}

namespace {

// A slot of the directory, to be changed.
Result<Room> edit_slot(Operation& operation, Node& directory, std::uint32_t slot, std::uint64_t* position = nullptr) {
  const std::uint32_t per_sector = operation.volume.entries_per_sector();
  const std::optional<std::uint64_t> sector = TRY(directory_sector(operation, directory, slot / per_sector));
  if (!sector) return fail(Error::corrupt);
  if (position != nullptr) *position = *sector * per_sector + slot % per_sector;
  const Room contents = TRY(operation.edit(*sector, Role::directory));
  return contents.subspan(slot % per_sector * entry::kBytes, entry::kBytes);
}

}  // namespace

Result<void> put_name(Operation& operation, Node& directory, const Place& place, const NewName& name, const Entry& of) {
  for (std::uint32_t slot = place.unused_from; slot < place.first; ++slot) put8(TRY(edit_slot(operation, directory, slot)), 0, entry::kDeleted);
  const std::uint8_t sum = checksum(place.short_name);
  const std::uint32_t parts = name.parts(), per_sector = operation.volume.entries_per_sector();
  for (std::uint32_t i = 0; i < parts; ++i) put_part(TRY(edit_slot(operation, directory, place.first + i)), name, parts - i, sum);
  const Room slot = TRY(edit_slot(operation, directory, place.first + parts));
  clear(slot);
  copy(slot, std::as_bytes(std::span(place.short_name)));
  put8(slot, entry::kCase, name.case_bits);
  of.put(slot);
  if (!place.clears_next) return {};
  const std::uint32_t next = place.first + parts + 1;
  const std::optional<std::uint64_t> sector = TRY(directory_sector(operation, directory, next / per_sector));
  if (!sector || get8(TRY(operation.read(*sector)), next % per_sector * entry::kBytes) == entry::kEnd) return {};
  put8(TRY(edit_slot(operation, directory, next)), 0, entry::kEnd);
  return {};
}

Result<void> remove_name(Operation& operation, Node& directory, const Found& found, bool later, bool kept) {
  for (std::uint32_t slot = found.first; slot <= found.last; ++slot) {
    Operation::Deletion deletion{.later = later};
    const Room room = TRY(edit_slot(operation, directory, slot, &deletion.position));
    deletion.first = room[0];
    put8(room, 0, entry::kDeleted);
    if (slot == found.last && kept) put8(room, entry::kCase, get8(room, entry::kCase) | entry::kKept);
    operation.deletions.push_back(deletion);
  }
  return {};
}

bool in_one_sector(const Volume& volume, const Found& found, const Place& place, std::uint32_t slots) {
  const std::uint32_t per_sector = volume.entries_per_sector();
  const bool first = found.first / per_sector == found.last / per_sector, second = place.first / per_sector == (place.first + slots - 1) / per_sector;
  return first && second && volume.sector_of_position(found.position) == volume.sector_of_position(place.position) &&
         (place.unused_from == place.first || place.unused_from / per_sector == place.first / per_sector);
}

}  // namespace tessera::fs::fat
